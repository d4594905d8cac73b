// What the device says of a model, before and after its ladder was climbed.

import { join } from 'node:path'
import { test } from 'tap'
import { NearsideError, type RemoteModel } from '../../contract/index.ts'
import { climbed, madeUpEngine, VARIANTS } from '../../test/harness/fake-trials.ts'
import { writeLadderBundle } from '../../test/harness/ladder-bundle.ts'
import { describeModel, type ModelFacts } from './describe-model.ts'

const FIGURES = { requests: 1, batches: 1, p50Ms: 1, p95Ms: 2 }
const GOLDEN = { ok: true, cases: 3, maxDifference: 0, sentence: 'All 3 golden cases match.' }

const HERE: RemoteModel = {
  ...{ state: 'off', sentence: 'Requests to tiny are answered on this device.' },
  ...{ url: null, model: null, version: null, precision: null, timeoutMs: null },
  ...{ headers: [], code: null, retryAt: null }
}

function facts(
  bundle: Awaited<ReturnType<typeof writeLadderBundle>>,
  change: Partial<ModelFacts> = {}
) {
  const signer = { keyId: 'k', name: 'test' }
  return {
    current: { bundle: { ...bundle, signer }, origin: 'builtin' },
    previous: undefined,
    golden: undefined,
    loading: false,
    fault: undefined,
    nvidia: false,
    figures: FIGURES,
    remote: HERE,
    ...change
  } as ModelFacts
}

test('before its ladder was climbed a model is on the CPU', async (t) => {
  const bundle = await writeLadderBundle({ dir: join(t.testdir(), 'b'), variants: VARIANTS })
  const cold = describeModel(facts(bundle))
  t.match(cold, { rung: 'cpu', precision: 'int8', state: 'cold', previousVersion: null })
  t.match(cold.sentence, /^Runs as INT8 on the CPU; loaded and checked/)
  t.match(cold.ladder[3], { taken: true, code: null })
  t.match(describeModel(facts(bundle, { loading: true })), { state: 'loading' })
  const fault = new NearsideError('NS_GOLDEN_MISMATCH', 'It differs.')
  const failed = describeModel(facts(bundle, { fault }))
  t.match(failed, { state: 'failed', sentence: 'It differs.' })
  t.match(failed.ladder[3], { taken: false, code: 'NS_GOLDEN_MISMATCH' })
})

test('afterwards it is where the ladder took it, and a fault stands on that rung', async (t) => {
  const { found, bundle } = await climbed(t, { 'cuda/fp16': { ms: 0.5 }, 'cpu/int8': { ms: 3 } })
  const ready = describeModel(facts(bundle, { climb: found, golden: GOLDEN }))
  t.match(ready, {
    rung: 'cuda',
    precision: 'fp16',
    state: 'ready',
    sentence: 'Runs as FP16 on the GPU by CUDA. All 3 golden cases match.'
  })
  t.strictSame(ready.ladder, found.statuses)
  const fault = new NearsideError('NS_WORKER_FAILED', 'It is gone.')
  const { ladder } = describeModel(facts(bundle, { climb: found, fault }))
  t.strictSame(ladder.map(({ code, taken }) => [code, taken])[1], ['NS_WORKER_FAILED', false])
  t.match(ladder[3], { rung: 'cpu', code: null })
  const engine = { deps: { engine: async () => madeUpEngine('int8') } }
  const top = await climbed(t, { 'tensorrt/fp16': { ms: 0.1 } }, engine)
  t.match(describeModel(facts(top.bundle, { climb: top.found })), {
    rung: 'tensorrt',
    precision: 'int8'
  })
})

test('a model that is sent elsewhere says so while it waits and while it is served there', async (t) => {
  const bundle = await writeLadderBundle({ dir: join(t.testdir(), 'b'), variants: VARIANTS })
  const waiting: RemoteModel = { ...HERE, state: 'waiting', sentence: 'They go to another server.' }
  t.match(describeModel(facts(bundle, { remote: waiting })), {
    ...{ state: 'cold', sentence: 'They go to another server.' }
  })
  const serving: RemoteModel = { ...HERE, state: 'serving', sentence: 'Another server answers.' }
  t.match(describeModel(facts(bundle, { remote: serving, golden: GOLDEN })), {
    ...{ state: 'ready', sentence: 'Another server answers. All 3 golden cases match.' }
  })
})
