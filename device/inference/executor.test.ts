import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Test, test } from 'tap'
import { type Clock, systemClock } from '../../kernel/clock.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { linearModel } from '../../test/harness/tiny-model.ts'
import { openPipeline } from './document-pipeline.ts'
import { Executor, type WorkDone } from './executor.ts'
import { type ExecutorPlan, ON_CPU, type Work } from './executor-protocol.ts'
import type { ShellKind } from './executor-shell.ts'
import { openSession } from './onnx-session.ts'
import {
  batchKey,
  elementsOf,
  joinRows,
  rowsOf,
  splitRows,
  type Tensors,
  tensorFrom
} from './tensors.ts'

const CRASHING = pathToFileURL(join(import.meta.dirname, '../../test/harness/crashing-runtime.ts'))

function plan(t: Test, change: Partial<ExecutorPlan> = {}): ExecutorPlan {
  const model = linearModel(2)
  const dir = t.testdir()
  writeFileSync(join(dir, 'model.onnx'), model)
  const sha256 = createHash('sha256').update(model).digest('hex')
  return {
    dir,
    variant: { file: 'model.onnx', sha256 },
    windows: undefined,
    maxBatch: 4,
    threads: 1,
    runtime: 'onnxruntime-node',
    ...ON_CPU,
    ...change
  }
}

/** A plan whose runs with 666 end the thread so many times. */
function crashingPlan(t: Test, crashes: number): ExecutorPlan {
  const base = plan(t)
  const counter = join(base.dir, 'crashes')
  writeFileSync(counter, String(crashes))
  return { ...base, runtime: `${CRASHING}?crashes=${counter}` }
}

const inputs = (x: number, spin = 1): Tensors => ({
  x: tensorFrom({ datatype: 'FP32', shape: [1, 2], data: [x, -x] }),
  spin: tensorFrom({ datatype: 'INT64', shape: [1], data: [spin] })
})
const work = (x: number, spin = 1): Work => ({ kind: 'tensors', inputs: inputs(x, spin) })

function output({ result }: WorkDone): number[] {
  return result.kind === 'tensors' ? [...(result.outputs['y']?.data ?? [])].map(Number) : []
}

async function started(
  t: Test,
  options: ExecutorPlan,
  { clock = systemClock, shell = 'process' }: { clock?: Clock; shell?: ShellKind } = {}
): Promise<Executor> {
  const executor = new Executor({ plan: options, shell, clock, startDeadlineMs: 1e9 })
  t.teardown(() => executor.close())
  await executor.start()
  return executor
}

for (const shell of ['process', 'thread'] as const) {
  test(`an executor in a ${shell} runs batches and ends by message`, async (t) => {
    const executor = await started(t, plan(t), { shell })
    const done = await executor.run(work(3), 60_000)
    t.strictSame(output(done), [6, -6])
    t.ok(done.computeMs > 0)
    await executor.close()
    await executor.close()
  })

  test(`a batch whose ${shell} dies is run again on a new one`, async (t) => {
    const executor = await started(t, crashingPlan(t, 1), { shell })
    t.strictSame(output(await executor.run(work(666), 60_000)), [1332, -1332])
    t.notOk(executor.suspect)
  })

  test(`an overdue batch is given up with its ${shell} and tried once more`, async (t) => {
    const clock = new ManualClock()
    const executor = await started(t, plan(t), { clock, shell })
    // A thread inside a native call cannot be killed: there the batch must end some time.
    const slow = executor.run(work(1, 200_000), 500)
    clock.advance(500)
    t.strictSame(output(await slow), [2, -2], 'the second one was given the time')

    let settled = false
    const endless = executor.run(work(1, shell === 'thread' ? 200_000 : 1e15), 500).finally(() => {
      settled = true
    })
    const pushed = t.rejects(endless, { code: 'NS_INFERENCE_DEADLINE', message: /within 500 ms/ })
    while (!settled) {
      clock.advance(500)
      await new Promise(setImmediate)
    }
    await pushed
  })
}

test('an executor ends with its agent, even when that is killed', async (t) => {
  const script = join(import.meta.dirname, 'executor-process.ts')
  const code = `const { fork } = require('node:child_process')
    const child = fork(${JSON.stringify(script)}, { serialization: 'advanced' })
    child.on('message', () => console.log(child.pid))
    child.send({ type: 'open', plan: { dir: '/', variant: { file: 'x', sha256: '' }, runtime: 'x' } })
    child.send({ type: 'run', id: 1, work: {} })
    setInterval(() => {}, 1000)`
  const agent = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(agent.stdout, 'data')) as [Buffer]
  agent.kill('SIGKILL')
  await once(agent, 'close')
  // The executor is nobody's child now; wait for it in its own time.
  while (existsSync(`/proc/${Number(line)}`)) await new Promise(setImmediate)
  t.pass('it is gone')
})

test('a batch that met a dead executor is not counted as tried', async (t) => {
  const executor = await started(t, plan(t))
  const first = executor.pid ?? 0
  process.kill(first, 'SIGKILL')
  // Sent before the end is known: the first loss is of a batch that nobody began.
  const answer = executor.run(work(1, 3_000_000), 60_000)
  while (executor.pid === first || executor.pid === undefined) await new Promise(setImmediate)
  const second = executor.pid
  // Busy: it loads and then counts, far longer than a turn of this loop.
  while (processorTicks(second) < 40) await new Promise(setImmediate)
  process.kill(second, 'SIGKILL')
  t.strictSame(output(await answer), [2, -2])
  t.notOk(executor.suspect)
})

test('input that does not fit is refused, and the executor goes on', async (t) => {
  const executor = await started(t, plan(t))
  const wrong: Work = { kind: 'tensors', inputs: { y: inputs(1)['x'] ?? tensorFrom(ONE) } }
  await t.rejects(executor.run(wrong, 60_000), { code: 'NS_INFERENCE_INPUT' })
  const documents: Work = { kind: 'documents', documents: [['One.']] }
  await t.rejects(executor.run(documents, 60_000), { message: /takes tensors, not documents/ })
  t.strictSame(output(await executor.run(work(1), 60_000)), [2, -2])
  t.notOk(executor.suspect)
})

const ONE = { datatype: 'FP32' as const, shape: [1], data: [1] }

test('a session that cannot be opened ends the executor with the reason', async (t) => {
  const missing = plan(t, { runtime: 'no-such-onnx-runtime' })
  const expected = { code: 'NS_INFERENCE_RUNTIME_MISSING', message: /run npm ci again/ }
  await t.rejects(started(t, missing), expected)
})

// The rest of what can be wrong is tried without an executor round it: each start costs half a second.
test('a changed, missing or unusable file is refused by name', async (t) => {
  const good = plan(t)
  const [x] = Object.values(await (await openSession(good)).run(inputs(4)))
  t.strictSame([...(x?.data ?? [])], [8, -8])
  writeFileSync(join(good.dir, 'model.onnx'), 'changed')
  const changed = { code: 'NS_BUNDLE_DIGEST', message: /^model\.onnx: sha256 differs/ }
  await t.rejects(openSession(good), changed)
  const sha256 = createHash('sha256').update('changed').digest('hex')
  const broken = openSession({ ...good, variant: { file: 'model.onnx', sha256 } })
  await t.rejects(broken, { code: 'NS_INFERENCE_FAILED', message: /cannot load it/ })
  const absent = openSession({ ...good, variant: { file: 'absent.onnx', sha256 } })
  await t.rejects(absent, { code: 'NS_BUNDLE_DIGEST', message: /is missing/ })
  const windows = {
    maxTokens: 8,
    maxSentences: 4,
    stride: 2,
    unkId: 1,
    tokenBucket: 1,
    sentenceBucket: 1
  }
  const tokenizer = openPipeline({ ...good, windows })
  await t.rejects(tokenizer, { message: /^tokenizer\.json: cannot be used/ })
})

test('three losses in a row make a model suspect, a good batch between them does not', async (t) => {
  const executor = await started(t, crashingPlan(t, 5))
  const lost = { code: 'NS_WORKER_FAILED' }
  await t.rejects(executor.run(work(666), 60_000), lost, 'lost twice')
  await executor.run(work(1), 60_000)
  await t.rejects(executor.run(work(666), 60_000), lost, 'lost twice again')
  t.notOk(executor.suspect)
  await t.rejects(executor.run(work(666), 60_000), lost, 'the third in a row')
  t.ok(executor.suspect)
  await t.rejects(executor.run(work(1), 60_000), { code: 'NS_WORKER_FAILED', message: /suspect/ })
})

test('tensors are joined by rows and cut again', (t) => {
  const two = {
    x: tensorFrom({ datatype: 'FP32', shape: [2, 2], data: [3, 4, 5, 6] }),
    spin: tensorFrom({ datatype: 'INT64', shape: [2], data: [1, 1] })
  }
  const joined = joinRows([inputs(1), two])
  t.strictSame(joined['x']?.shape, [3, 2])
  t.strictSame([...(joined['x']?.data ?? [])], [1, -1, 3, 4, 5, 6])
  t.strictSame([...(joined['spin']?.data ?? [])].map(Number), [1, 1, 1])
  const [first, second] = splitRows({ x: joined['x'] ?? tensorFrom(ONE) }, [1, 2])
  t.strictSame([...(first?.['x']?.data ?? [])], [1, -1])
  t.strictSame(second?.['x']?.shape, [2, 2])
  t.equal(batchKey(inputs(1)), batchKey(two))
  t.not(batchKey(inputs(1)), batchKey({ x: tensorFrom(ONE) }))
  t.strictSame(joinRows([]), {})
  t.equal(elementsOf([]), 1)
  t.end()
})

test('tensors that do not fit together are refused', (t) => {
  const bytes = { datatype: 'BYTES' as const, shape: [1], data: ['x'] }
  t.throws(() => tensorFrom(bytes), { code: 'NS_INFERENCE_INPUT', message: /BYTES cannot be used/ })
  t.throws(() => tensorFrom({ ...ONE, shape: [2] }), { message: /needs 2 values, not 1/ })
  t.throws(
    () =>
      rowsOf({
        ...inputs(1),
        z: tensorFrom({ ...ONE, shape: [1, 1] }),
        w: tensorFrom({ ...ONE, shape: [2], data: [1, 2] })
      }),
    { message: /same, non-zero first/ }
  )
  t.throws(() => rowsOf({}), { code: 'NS_INFERENCE_INPUT' })
  t.equal(rowsOf(inputs(1)), 1)
  t.strictSame([...tensorFrom({ datatype: 'BOOL', shape: [2], data: [true, false] }).data], [1, 0])
  t.end()
})

/** Processor time of a process, clock ticks; what it spends beyond loading it spends in a run. */
function processorTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}
