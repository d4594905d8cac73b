// A model on a machine with a GPU from the first request on: answered by the CPU at once, moved to the best rung
// while requests come, then asked by one client and by many. In one process, without HTTP: the scheduler and the
// executors are what is measured. Needs NEARSIDE_GPU_LIBRARIES.

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  EngineStore,
  LadderCache,
  ModelEngines,
  ModelPool,
  readRungFacts,
  type Tensors
} from '../../device/inference/index.ts'
import { testKey } from '../../test/harness/tiny-model.ts'
import { BERT_BASE } from '../models/encoder-model.ts'
import type { Scenario, ScenarioResult, ScenarioRow } from '../scenario.ts'
import { tokensOf, writeEncoderBundle } from '../serving/encoder-bundle.ts'

const MODEL = 'bert'
const TOKENS = 128
const CLIENTS = 64
/** Clients of the comparison with the same model unbatched. */
const FEW = 16
const SECONDS = 5
const LATENCY_GOAL_MS = 100
/** Time that the engine and the proofs may take. */
const CLIMB_MS = 400_000
const PAUSE_MS = 5

function inputs(request: number): Tensors {
  const shape = [1, TOKENS]
  const ids = tokensOf(request, TOKENS, BERT_BASE.vocabulary)
  return {
    input_ids: { datatype: 'INT64', shape, data: BigInt64Array.from(ids, BigInt) },
    attention_mask: { datatype: 'INT64', shape, data: new BigInt64Array(TOKENS).fill(1n) }
  }
}

async function openPool(): Promise<{ pool: ModelPool; engines: ModelEngines }> {
  const folder = await mkdtemp(join(tmpdir(), 'ns-gpu-serving-'))
  const key = testKey('bench')
  const dir = join(folder, MODEL)
  await writeEncoderBundle({
    ...{ dir, name: MODEL, shape: { ...BERT_BASE, pooled: true }, precisions: ['int8', 'fp16'] },
    ...{ key, maxBatch: 32, latencyGoalMs: LATENCY_GOAL_MS }
  })
  const store = new EngineStore({ folder: join(folder, 'engines') })
  await store.open()
  const engines: ModelEngines = new ModelEngines({
    store,
    facts: readRungFacts,
    onChange: () => undefined,
    onReady: (model) => pool.climbAgain(model)
  })
  const pool: ModelPool = new ModelPool({
    trustedKeys: [key.trusted],
    ladder: {
      facts: readRungFacts,
      cache: new LadderCache(join(folder, 'ladder')),
      engine: (bundle, variant) => engines.find(bundle, variant),
      onMissingEngine: (bundle) => void engines.build(bundle).catch(() => undefined)
    }
  })
  await pool.register(dir, 'builtin')
  return { pool, engines }
}

const submit = (pool: ModelPool, request: number) =>
  pool.submit(MODEL, { kind: 'tensors', inputs: inputs(request) })

const rungOf = (pool: ModelPool): string | undefined => pool.statistics(MODEL)[0]?.rung

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Asks without a break until TensorRT serves, or until it has had its time. */
async function climb(pool: ModelPool) {
  const beganMs = performance.now()
  let [asked, failed] = [0, 0]
  const sentences = new Set<string>()
  while (performance.now() - beganMs < CLIMB_MS && rungOf(pool) !== 'tensorrt') {
    asked += 1
    await submit(pool, asked).catch((error: unknown) => {
      failed += 1
      sentences.add(String(error))
    })
    await pause(PAUSE_MS)
  }
  return {
    rung: rungOf(pool),
    ms: performance.now() - beganMs,
    asked,
    failed,
    sentences: [...sentences]
  }
}

/** A closed loop of clients. */
async function throughput(pool: ModelPool, clients: number) {
  const until = performance.now() + SECONDS * 1000
  const latencies: number[] = []
  const client = async (first: number): Promise<void> => {
    for (let request = first; performance.now() < until; request += 1) {
      const beganMs = performance.now()
      await submit(pool, request)
      latencies.push(performance.now() - beganMs)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index * 100)))
  latencies.sort((a, b) => a - b)
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] ?? Number.NaN
  return { clients, perSecond: latencies.length / SECONDS, p50Ms: at(0.5), p99Ms: at(0.99) }
}

async function measure(pool: ModelPool, engines: ModelEngines) {
  const beganMs = performance.now()
  await submit(pool, 0)
  const firstMs = performance.now() - beganMs
  const firstRung = rungOf(pool)
  const climbed = await climb(pool)
  await throughput(pool, CLIENTS) // warms
  const one = await throughput(pool, 1)
  const many = await throughput(pool, CLIENTS)
  const few = await throughput(pool, FEW)
  await pool.tune(MODEL, { maxBatch: 1 })
  const unbatched = await throughput(pool, FEW)
  const ladder = pool.status()[0]?.ladder
  return { firstMs, firstRung, climbed, one, many, few, unbatched, ladder, builds: engines.builds }
}

type Measured = Awaited<ReturnType<typeof measure>>

const tenths = (value: number): number => Math.round(value * 10) / 10

function servingRows({ one, many, few, unbatched }: Measured): ScenarioRow[] {
  const gain = tenths(many.perSecond / one.perSecond)
  const batching = tenths(few.perSecond / unbatched.perSecond)
  const rate = ({ perSecond }: { readonly perSecond: number }) => ({
    ...{ value: Math.round(perSecond), unit: 'requests/s' }
  })
  return [
    { what: '1 client', ...rate(one) },
    { what: `${CLIENTS} clients`, ...rate(many) },
    { what: `${CLIENTS} clients, p99`, value: tenths(many.p99Ms), unit: 'ms' },
    {
      ...{ what: `${CLIENTS} clients against one at a time`, value: gain, unit: 'x' },
      ...{ must: '≥ 8', pass: gain >= 8 }
    },
    { what: `${FEW} clients`, ...rate(few) },
    { what: `${FEW} clients, unbatched`, ...rate(unbatched) },
    {
      ...{ what: `${FEW} clients against the same unbatched`, value: batching, unit: 'x' },
      ...{ must: '≥ 3', pass: batching >= 3 && few.p99Ms <= LATENCY_GOAL_MS }
    }
  ]
}

async function run(): Promise<ScenarioResult | undefined> {
  const { gpus } = await readRungFacts()
  if (gpus.length === 0) {
    console.log('  SKIPPED: needs an NVIDIA GPU and its libraries')
    return undefined
  }
  const { pool, engines } = await openPool()
  const detail = await measure(pool, engines)
  await pool.close()
  await engines.close()
  const { firstMs, firstRung, climbed } = detail
  return {
    rows: [
      {
        ...{
          what: `first answer, by the rung ${firstRung}`,
          value: Math.round(firstMs),
          unit: 'ms'
        },
        ...{ must: '≤ 1000', pass: firstMs <= 1000 }
      },
      {
        what: `until the rung ${climbed.rung} serves, its engine built`,
        ...{ value: Math.round(climbed.ms / 1000), unit: 's' }
      },
      {
        what: 'requests failed while the model moved',
        ...{ value: climbed.failed, unit: `of ${climbed.asked}` },
        ...{ must: '0', pass: climbed.failed === 0 }
      },
      ...servingRows(detail)
    ],
    detail,
    device: gpus[0]?.name ?? 'GPU'
  }
}

export const scenario: Scenario = {
  name: 'gpu-serving',
  title: 'An encoder of BERT-base shape on a machine with a GPU, from its first request on',
  run
}
