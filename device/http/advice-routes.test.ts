// The advisor over HTTP, with real executors of a tiny model under real load.

import { join } from 'node:path'
import { Registry } from 'prom-client'
import { type Test, test } from 'tap'
import { AdvisorOverview, AppliedChange } from '../../contract/index.ts'
import { systemClock } from '../../kernel/clock.ts'
import { createHttpApp, listen } from '../../kernel/http-server.ts'
import { createLogger } from '../../kernel/logger.ts'
import { testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'
import { addAdviceMetrics } from '../advice-metrics.ts'
import { openAdvisor } from '../advisor/index.ts'
import { ModelPool, type Tensors } from '../inference/index.ts'
import { addAdviceRoutes } from './advice-routes.ts'

/** Each request spins so long inside the model, about a millisecond. */
const SPIN = 2000n

const inputs = (): Tensors => ({
  x: { datatype: 'FP32', shape: [1, 2], data: new Float32Array([1, 2]) },
  spin: { datatype: 'INT64', shape: [1], data: new BigInt64Array([SPIN]) }
})

async function setUp(t: Test) {
  const home = t.testdir()
  const key = testKey()
  const dir = join(home, 'bundle')
  await writeTinyBundle({ dir, key, scale: 2, maxBatch: 4 })
  const pool = new ModelPool({
    trustedKeys: [key.trusted],
    nvidia: false,
    settings: { shell: 'process', threads: 1 }
  })
  await pool.register(dir, 'builtin')
  const faults: unknown[] = []
  const advisor = await openAdvisor({
    ...{ home, pool, clock: systemClock, gpus: () => [] },
    // Cores are the limit of instances: four, however many this machine has.
    machine: { cpu: 'any', cores: 4, gpus: [], memoryBytes: 8e9 },
    telemetry: () => ({ at: 0, series: [] }),
    onFault: (error) => faults.push(error),
    ...{ sampleMs: 150, settleMs: 50 },
    plan: { sliceMs: 100, slices: 5, fewest: 100, longestMs: 60_000 }
  })
  const app = await createHttpApp({
    title: 'Test',
    version: '0.0.0',
    logger: createLogger({ name: 'test', level: 'silent' })
  })
  addAdviceRoutes(app, advisor)
  const registry = new Registry()
  addAdviceMetrics(registry, () => advisor.overview())
  const url = `${await listen(app, { host: '127.0.0.1', port: 0 })}/api/v1/advice`
  await advisor.start()
  t.teardown(async () => {
    await advisor.stop()
    await app.close()
    await pool.close()
  })
  const read = async (): Promise<AdvisorOverview> =>
    AdvisorOverview.parse(await (await fetch(url)).json())
  const until = async (holds: (overview: AdvisorOverview) => boolean): Promise<AdvisorOverview> => {
    for (;;) {
      const overview = await read()
      if (holds(overview)) return overview
    }
  }
  return { pool, registry, url, read, until, faults }
}

/** Clients that ask again as soon as they are answered, until told to stop. */
function clients(pool: ModelPool, count: number) {
  let going = true
  let answered = 0
  const failures: unknown[] = []
  const one = async (): Promise<void> => {
    while (going) {
      try {
        const { answer } = await pool.submit('tiny', { kind: 'tensors', inputs: inputs() })
        const y = answer.kind === 'tensors' ? answer.outputs['y']?.data : undefined
        if (y?.[1] !== 4) throw new Error(`2 x 2 is not ${String(y?.[1])}`)
        answered += 1
      } catch (error) {
        failures.push(error)
      }
    }
  }
  const all = Array.from({ length: count }, one)
  return {
    failures,
    stop: async (): Promise<number> => {
      going = false
      await Promise.all(all)
      return answered
    }
  }
}

const post = (url: string, body?: object): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {})
  })

test('under real load a change is recommended, applied, measured, and kept or taken back', async (t) => {
  const { pool, registry, url, until, faults } = await setUp(t)
  const load = clients(pool, 16)
  const { advice } = await until((one) => one.advice.some(({ recommendation }) => recommendation))
  const [first] = advice
  t.match(first, { model: 'tiny', bottleneck: String, sentence: /\d/ })
  t.match(await registry.metrics(), `bottleneck="${first?.bottleneck}"} 1`)
  const id = first?.recommendation?.id ?? ''
  const answer = await post(`${url}/${id}/apply`)
  t.equal(answer.status, 202)
  const begun = AppliedChange.parse(await answer.json())
  t.match(begun, { model: 'tiny', state: 'measuring-before', automatic: false })
  const second = await post(`${url}/${id}/apply`)
  t.equal(second.status, 409)
  t.match(await second.json(), { code: 'NS_ADVICE_BUSY', retryable: true })
  const { changes } = await until((one) => !one.changes[0]?.state.startsWith('measuring'))
  const [change] = changes
  t.match(change, { before: { throughput: Number }, after: { throughput: Number } })
  t.ok(change?.state === 'kept' || change?.state === 'reverted')
  t.comment(`${change?.setting} ${change?.from} → ${change?.to}: ${change?.sentence}`)
  const names = { instances: 'instances', 'max-batch': 'maxBatch', threads: 'threads' } as const
  if (change && change.setting !== 'max-wait-ms') {
    const expected = change.state === 'kept' ? change.to : change.from
    t.equal(pool.tuning('tiny')[names[change.setting]], expected)
  }
  t.ok((await load.stop()) > 0)
  t.same(load.failures, [], 'no request failed through the change')
  t.same(faults, [])
})

test('an unknown recommendation, and the switch of the continuous mode', async (t) => {
  const { url, read } = await setUp(t)
  const unknown = await post(`${url}/tiny.instances.1-9/apply`)
  t.equal(unknown.status, 404)
  t.match(await unknown.json(), { code: 'NS_ADVICE_UNKNOWN', detail: /read the advice again/ })
  const on = await post(`${url}/continuous`, { on: true })
  t.equal(on.status, 200)
  t.equal(AdvisorOverview.parse(await on.json()).continuous, true)
  t.same(await read(), { advice: [], changes: [], continuous: true })
  const bad = await post(`${url}/continuous`, { on: 'yes' })
  t.equal(bad.status, 400)
})
