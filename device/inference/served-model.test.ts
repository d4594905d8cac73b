import { join } from 'node:path'
import { type Test, test } from 'tap'
import { systemClock } from '../../kernel/clock.ts'
import { ManualClock, settle } from '../../test/harness/manual-clock.ts'
import { testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'
import { ModelPool, type ModelRequest, type ServedAnswer } from './index.ts'
import type { ModelPoolOptions } from './model-pool.ts'
import { tensorFrom } from './tensors.ts'

const KEY = testKey()

async function open(
  t: Test,
  { hot = false, ...options }: Partial<ModelPoolOptions> & { hot?: boolean } = {}
): Promise<{ pool: ModelPool; clock: ManualClock }> {
  const dir = join(t.testdir(), 'tiny')
  const clock = new ManualClock()
  const pool = new ModelPool({ trustedKeys: [KEY.trusted], clock, nvidia: false, ...options })
  t.teardown(() => pool.close())
  if (hot) pool.press({ kind: 'thermal', raised: true })
  await writeTinyBundle({ dir, key: KEY, scale: 2, maxBatch: 4 })
  await pool.register(dir, 'builtin')
  return { pool, clock }
}

function request(x: number, spin = 1): ModelRequest {
  const inputs = {
    x: tensorFrom({ datatype: 'FP32', shape: [1, 2], data: [x, -x] }),
    spin: tensorFrom({ datatype: 'INT64', shape: [1], data: [spin] })
  }
  return { kind: 'tensors', inputs }
}

const output = ({ answer }: ServedAnswer): number =>
  answer.kind === 'tensors' ? Number(answer.outputs['y']?.data[0]) : Number.NaN

test('a model that is loaded by hand stays, however idle, until it is unloaded', async (t) => {
  const { pool, clock } = await open(t)
  await pool.load('tiny')
  t.equal(pool.status()[0]?.state, 'ready')
  t.equal(pool.pids('tiny').length, 1)
  clock.advance(3_600_000)
  await pool.load('tiny')
  t.equal(pool.status()[0]?.state, 'ready')
  const [pid = 0] = pool.pids('tiny')
  t.equal(pool.modelOf(pid), 'tiny')
  await pool.unload('tiny')
  t.equal(pool.status()[0]?.state, 'cold')
  t.equal(pool.modelOf(pid), null)
  t.throws(() => process.kill(pid, 0), 'its process is gone')
  t.equal(output(await pool.submit('tiny', request(4))), 8, 'the next request loads it again')
})

test('names, manifests and unknown models', async (t) => {
  const { pool } = await open(t)
  t.strictSame(pool.names(), ['tiny'])
  t.equal(pool.manifest('tiny').version, '1.0.0')
  for (const ask of [
    () => pool.manifest('big'),
    () => pool.statistics('big'),
    () => pool.pids('big')
  ])
    t.throws(ask, { code: 'NS_MODEL_UNKNOWN' })
  t.throws(() => pool.load('big'), { code: 'NS_MODEL_UNKNOWN' })
})

test('two instances take over from one while requests are answered, and both work', async (t) => {
  const { pool } = await open(t)
  t.equal(output(await pool.submit('tiny', request(1))), 2)
  const before = pool.pids('tiny')
  const running = [1, 2, 3, 4, 5, 6].map((x) => pool.submit('tiny', request(x, 20_000)))
  await pool.tune('tiny', { instances: 2, maxBatch: 1 })
  t.strictSame(pool.tuning('tiny'), { instances: 2, maxBatch: 1 })
  const pids = pool.pids('tiny')
  t.equal(pids.length, 2)
  t.notOk(pids.includes(before[0] ?? 0), 'the former executor ended')
  t.strictSame((await Promise.all(running)).map(output), [2, 4, 6, 8, 10, 12])
  const both = await Promise.all([1, 2, 3, 4].map((x) => pool.submit('tiny', request(x, 200_000))))
  t.strictSame([...new Set(both.map(({ instance }) => instance))].sort(), [0, 1])
  t.ok(both.every(({ batchSize }) => batchSize === 1))
})

test('under load the cores are laid out as executors of one thread, and requests go on', async (t) => {
  const { pool } = await open(t, { settings: { threads: 2 }, clock: systemClock })
  t.strictSame(pool.layout('tiny'), { instances: 1, threads: 2 })
  let wrong = 0
  const client = async (x: number): Promise<void> => {
    while (pool.layout('tiny').instances === 1)
      if (output(await pool.submit('tiny', request(x, 20_000))) !== 2 * x) wrong += 1
  }
  await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(client))
  t.equal(wrong, 0)
  t.strictSame(pool.layout('tiny'), { instances: 2, threads: 1 })
  t.strictSame(pool.tuning('tiny'), {}, 'nothing was set by hand')
  t.equal(pool.pids('tiny').length, 2)
  await pool.tune('tiny', { maxBatch: 2 })
  t.equal(pool.pids('tiny').length, 2, 'another limit leaves the layout')
  await pool.tune('tiny', { threads: 1 })
  t.strictSame(pool.layout('tiny'), { instances: 1, threads: 1 }, 'what is set by hand counts')
  await pool.unload('tiny')
  t.strictSame(pool.pids('tiny'), [])
})

test('a model that comes while the machine is hot stands back from its first batch on', async (t) => {
  const { pool } = await open(t, { hot: true })
  const asked = [1, 2, 3, 4, 5, 6, 7, 8].map((x) => pool.submit('tiny', request(x)))
  t.strictSame((await Promise.all(asked)).map(output), [2, 4, 6, 8, 10, 12, 14, 16])
  const rows = pool.traces(10, 'tiny').map((trace) => trace.rows)
  t.ok(Math.max(...rows) <= 2, `batches of half the size, not ${rows}`)
  t.ok(pool.traces(10, 'tiny').some(({ reason }) => reason === 'throttled'))
})

test('a change that cannot be loaded leaves everything as it was', async (t) => {
  const { pool } = await open(t)
  await pool.load('tiny')
  const before = pool.pids('tiny')
  await t.rejects(pool.tune('tiny', { threads: -5 }))
  t.strictSame(pool.pids('tiny'), before)
  t.strictSame(pool.tuning('tiny'), {})
  t.equal(output(await pool.submit('tiny', request(3))), 6)
})

test('statistics and traces tell what was answered, refused and cancelled', async (t) => {
  const { pool } = await open(t)
  t.match(pool.statistics('tiny')[0], { name: 'tiny', success: { count: 0 }, pending: 0 })
  await Promise.all([1, 2, 3].map((x) => pool.submit('tiny', request(x))))
  const abort = new AbortController()
  const long = pool.submit('tiny', request(1, 500_000))
  await settle()
  const waiting = pool.submit('tiny', request(2), { signal: abort.signal })
  abort.abort()
  await t.rejects(waiting, { code: 'NS_JOB_CANCELLED' })
  await long
  const short = { x: tensorFrom({ datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }) }
  await t.rejects(pool.submit('tiny', { kind: 'tensors', inputs: short }))
  const [statistics] = pool.statistics()
  t.match(statistics, { success: { count: 4 }, inferenceCount: 4, rung: 'cpu', precision: 'fp32' })
  t.equal(statistics?.failures.CANCELED.count, 1)
  t.equal(statistics?.failures.OTHER.count, 1)
  const traces = pool.traces(10, 'tiny')
  t.equal(traces.length, statistics?.executionCount)
  t.match(traces[0], { model: 'tiny', version: '1.0.0', rung: 'cpu', requests: 1, rows: 1 })
  t.strictSame(pool.traces(10, 'big'), [])
})
