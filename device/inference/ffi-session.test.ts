import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { systemClock } from '../../kernel/clock.ts'
import {
  everyTypeModel,
  gatherModel,
  nonZeroModel,
  textModel
} from '../../test/harness/rare-models.ts'
import { linearModel, testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'
import { Executor } from './executor.ts'
import { type ExecutorPlan, ON_CPU } from './executor-protocol.ts'
import { FfiSession } from './ffi-session.ts'
import { ortLibrary } from './gpu-libraries.ts'
import { openSession } from './onnx-session.ts'
import { openFfiSession, sessionSetup } from './open-ffi-session.ts'
import { openOrtApi } from './ort-c-api.ts'
import { type NativeSession, type NativeTensor, OrtFailure } from './ort-port.ts'
import { type NumericType, type Tensor, type Tensors, tensorFrom } from './tensors.ts'
import { windowSettings } from './window-settings.ts'

function planOf(t: Test, change: Partial<ExecutorPlan> = {}, model = linearModel(2)): ExecutorPlan {
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
    binding: 'ffi',
    ...change
  }
}

function sessionOf(t: Test, model: Buffer): FfiSession {
  const api = openOrtApi(ortLibrary([]))
  const session = new FfiSession(api.createSession(model, { threads: 1, providers: [] }))
  t.teardown(() => session.close())
  return session
}

function inputs(rows: number, spin = 1): Tensors {
  const data = Array.from({ length: rows * 2 }, (_, index) => Math.sin(index + 1))
  return {
    x: tensorFrom({ datatype: 'FP32', shape: [rows, 2], data }),
    spin: tensorFrom({ datatype: 'INT64', shape: [rows], data: Array(rows).fill(spin) })
  }
}

const numbers = (tensor: Tensor | undefined): number[] => [...(tensor?.data ?? [])].map(Number)
const floats = (...data: number[]): Tensor =>
  tensorFrom({ datatype: 'FP32', shape: [data.length], data })

function difference(a: Tensor | undefined, b: Tensor | undefined): number {
  const other = numbers(b)
  return Math.max(...numbers(a).map((value, at) => Math.abs(value - (other[at] ?? Infinity))))
}

test('the C API gives what the stock binding gives, for every number of rows', async (t) => {
  const plan = planOf(t)
  const stock = await openSession({ ...plan, binding: 'stock' })
  const ffi = await openFfiSession(plan)
  for (const rows of [1, 3, 8, 3, 1, 2]) {
    const [a, b] = [await stock.run(inputs(rows)), await ffi.run(inputs(rows))]
    t.strictSame(b['y']?.shape, a['y']?.shape)
    t.ok(difference(a['y'], b['y']) <= 1e-6)
  }
  await stock.close()
  await ffi.close()
})

test('every tensor type goes in and out unchanged, also without rows', async (t) => {
  const session = sessionOf(t, everyTypeModel())
  const types: NumericType[] = [
    'BOOL',
    'UINT8',
    'UINT16',
    'UINT32',
    'UINT64',
    'INT8',
    'INT16',
    'INT32',
    'INT64',
    'FP16',
    'FP32',
    'FP64'
  ]
  for (const rows of [2, 0, 2]) {
    const given = types.map((datatype): [string, Tensor] => {
      const data = Array.from({ length: rows * 2 }, (_, at) => (datatype === 'BOOL' ? at % 2 : at))
      return [`in_${datatype}`, tensorFrom({ datatype, shape: [rows, 2], data })]
    })
    const outputs = await session.run(Object.fromEntries(given))
    for (const [name, tensor] of given)
      t.strictSame(outputs[name.replace('in_', 'out_')], tensor, `${name}, ${rows} rows`)
  }
})

test('borrowed outputs are the memory that the next run writes', async (t) => {
  const session = sessionOf(t, linearModel(2))
  const first = (await session.borrow(inputs(2)))['y']
  const kept = (await session.borrow(inputs(2)))['y']
  t.strictSame(numbers(kept), numbers(first))
  const copy = (await session.run(inputs(2)))['y']
  const other = {
    ...inputs(2),
    x: tensorFrom({ datatype: 'FP32', shape: [2, 2], data: [1, 2, 3, 4] })
  }
  await session.borrow(other)
  t.strictSame(numbers(kept), [2, 4, 6, 8])
  t.strictSame(numbers(copy), numbers(first), 'a copy stays')
})

test('text outputs are left out, scalars are not', async (t) => {
  const session = sessionOf(t, textModel())
  const x = tensorFrom({ datatype: 'FP32', shape: [], data: [7] })
  t.strictSame(await session.run({ x }), { number: x })
  t.strictSame(await session.run({ x }), { number: x }, 'the second time into kept memory')
})

test('outputs may have another shape each time', async (t) => {
  const session = sessionOf(t, nonZeroModel())
  for (const values of [
    [1, 0, 3],
    [0, 0, 3],
    [0, 0, 0],
    [1, 2, 3],
    [0, 2, 0]
  ]) {
    const { places } = await session.run({ x: floats(...values) })
    const expected = values.flatMap((value, at) => (value === 0 ? [] : [at]))
    t.strictSame(numbers(places), expected)
    t.strictSame(places?.shape, [1, expected.length])
  }
})

test('what does not fit is refused with a code, and the session goes on', async (t) => {
  const refusal = { code: 'NS_INFERENCE_INPUT', message: /compare names, types and shapes/ }
  const session = sessionOf(t, linearModel(2))
  const good = inputs(1)
  const three = tensorFrom({ datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] })
  const wrong: Tensors[] = [
    {},
    { x: floats(1) },
    { y: floats(1), spin: floats(1) },
    { ...good, x: tensorFrom({ datatype: 'FP64', shape: [1, 2], data: [1, 2] }) },
    { ...good, x: three },
    { ...good, x: { datatype: 'FP32', shape: [4, 2], data: new Float32Array(2) } },
    { ...good, x: { datatype: 'FP32', shape: [-1, 2], data: new Float32Array(2) } },
    { ...good, x: floats(1, 2) }
  ]
  for (const tensors of wrong) {
    await t.rejects(session.run(tensors), refusal)
    t.strictSame((await session.run(good))['y']?.shape, [1, 2])
  }
  const gather = sessionOf(t, gatherModel())
  const index = (value: number): Tensors => ({
    index: tensorFrom({ datatype: 'INT64', shape: [1], data: [value] })
  })
  for (let round = 0; round < 3; round += 1) {
    t.strictSame(numbers((await gather.run(index(2)))['row']), [30])
    await t.rejects(gather.run(index(3)), refusal, 'a value that the model refuses')
  }
})

test('memory is kept for a few shapes only', async (t) => {
  const session = sessionOf(t, nonZeroModel())
  for (let size = 1; size <= 40; size += 1) await session.run({ x: floats(...Array(size).fill(1)) })
  t.equal(session.keptShapes, 16)
  const huge: Tensor = { datatype: 'FP32', shape: [2 ** 25], data: new Float32Array(2 ** 25) }
  await session.run({ x: huge })
  await session.run({ x: floats(1) })
  t.ok(session.keptShapes <= 16)
  await session.run({ x: { ...huge, shape: [2 ** 25 - 1], data: huge.data.slice(1) as never } })
  await session.run({ x: { ...huge, shape: [2 ** 25 - 2], data: huge.data.slice(2) as never } })
  t.ok(session.keptShapes <= 3, 'three of 128 MB are more than may be kept')
})

/** What a program of its own prints: no other test's memory, and a garbage collector to call. */
function runScript(script: string): string {
  return execFileSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore']
  }).trim()
}

test('ten thousand runs leave the memory where it was', (t) => {
  const script = `
    import { linearModel } from '../../test/harness/tiny-model.ts'
    import { nonZeroModel } from '../../test/harness/rare-models.ts'
    import { FfiSession } from './ffi-session.ts'
    import { ortLibrary } from './gpu-libraries.ts'
    import { openOrtApi } from './ort-c-api.ts'
    import { tensorFrom } from './tensors.ts'
    const api = openOrtApi(ortLibrary([]))
    const open = (model) => new FfiSession(api.createSession(model, { threads: 1, providers: [] }))
    const [linear, places] = [open(linearModel(2)), open(nonZeroModel())]
    async function work(runs) {
      for (let run = 0; run < runs; run += 1) {
        const rows = 1 + (run % 20)
        await linear.run({
          x: tensorFrom({ datatype: 'FP32', shape: [rows, 2], data: Array(rows * 2).fill(1) }),
          spin: tensorFrom({ datatype: 'INT64', shape: [rows], data: Array(rows).fill(1) })
        })
        const data = [run % 2, run % 3, run % 5]
        await places.run({ x: tensorFrom({ datatype: 'FP32', shape: [3], data }) })
        if (run % 100 === 0) {
          await new Promise(setImmediate) // views are collected by the loop
          globalThis.gc()
        }
      }
      return process.memoryUsage.rss()
    }
    console.log(JSON.stringify([await work(2_000), await work(10_000)]))`
  const [before = 0, after = 0] = JSON.parse(runScript(script)) as number[]
  t.ok(before > 1e6 && after / before < 1.1, `${before} bytes before, ${after} after`)
  t.end()
})

test('the library stays loaded when JavaScript collects its garbage', (t) => {
  const script = `
    import { openOrtApi } from './ort-c-api.ts'
    import { ortLibrary } from './gpu-libraries.ts'
    const api = openOrtApi(ortLibrary([]))
    for (let turn = 0; turn < 5; turn += 1) {
      globalThis.gc()
      await new Promise(setImmediate)
    }
    try { api.createSession('absent.onnx', { threads: 1, providers: [] }) }
    catch (error) { console.log(error.constructor.name) }`
  t.equal(runScript(script), 'OrtFailure')
  t.end()
})

test('each rung asks for its providers', (t) => {
  const base = planOf(t)
  const names = (plan: ExecutorPlan): string[] =>
    sessionSetup(plan).providers.map(({ name }) => name)
  const key = {} as never
  const engine = { dir: '', key, model: '', files: [], whole: true }
  t.strictSame(names(base), [])
  t.strictSame(names({ ...base, rung: 'cuda' }), ['cuda'])
  t.strictSame(names({ ...base, rung: 'tensorrt', engine }), ['tensorrt'])
  const part = { ...engine, whole: false }
  t.strictSame(names({ ...base, rung: 'tensorrt', engine: part }), ['tensorrt', 'cuda'])
  t.equal(sessionSetup({ ...base, profile: '/tmp/p' }).profile, '/tmp/p')
  t.end()
})

/** A session whose library answers each run with these words. */
function failing(words: string): FfiSession {
  const value: NativeTensor = {
    value: 1n,
    datatype: 'FP32',
    shape: [1],
    bytes: new Uint8Array(4),
    release: () => undefined
  }
  const native: NativeSession = {
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1] }],
    outputs: [],
    allocate: () => value,
    bind: () => ({
      bindInput: () => undefined,
      bindOutput: () => undefined,
      bindFreshOutput: () => undefined,
      clearOutputs: () => undefined,
      outputs: () => [],
      release: () => undefined,
      run: () => {
        throw words === '' ? new TypeError('a fault of ours') : new OrtFailure(1, words)
      }
    }),
    close: () => undefined
  }
  return new FfiSession(native)
}

test('a GPU without memory or with a broken context is told from wrong input', async (t) => {
  const x = floats(1)
  const cases: [string, string][] = [
    ['CUDA failure 2: out of memory', 'NS_INFERENCE_FAILED'],
    ['BFCArena: Failed to allocate memory for requested buffer', 'NS_INFERENCE_FAILED'],
    ['CUDA failure 700: an illegal memory access was encountered', 'NS_WORKER_FAILED'],
    ['setInputShape() failed for input x', 'NS_INFERENCE_INPUT']
  ]
  for (const [words, code] of cases) await t.rejects(failing(words).run({ x }), { code }, words)
  await t.rejects(failing('').run({ x }), { message: 'a fault of ours' })
})

test('an executor with the C API lives in a process, and a killed one is replaced', async (t) => {
  const plan = planOf(t)
  const executor = new Executor({ plan, shell: 'thread', clock: systemClock, startDeadlineMs: 1e9 })
  t.teardown(() => executor.close())
  await executor.start()
  for (let round = 0; round < 4; round += 1) {
    const before = executor.pid ?? 0
    t.ok(before > 0, 'a process whatever was asked for')
    const running = executor.run({ kind: 'tensors', inputs: inputs(2, 100_000) }, 1e9)
    await new Promise(setImmediate)
    process.kill(before, 'SIGKILL')
    const { result } = await running
    t.equal(result.kind === 'tensors' && result.outputs['y']?.shape.join(), '2,2')
    t.not(executor.pid, before)
  }
  t.notOk(executor.suspect)
})

test('a batch of large tensors survives the loss of its executor', async (t) => {
  const plan = planOf(t)
  const executor = new Executor({
    plan,
    shell: 'process',
    clock: systemClock,
    startDeadlineMs: 1e9
  })
  t.teardown(() => executor.close())
  await executor.start()
  const rows = 20_000 // 160 KB, which go through shared memory both ways
  const given = inputs(rows, 20)
  const { result: first } = await executor.run({ kind: 'tensors', inputs: given }, 1e9)
  const expected = numbers(first.kind === 'tensors' ? first.outputs['y'] : undefined)
  t.equal(expected.length, rows * 2)
  for (let round = 0; round < 2; round += 1) {
    const before = executor.pid ?? 0
    const running = executor.run({ kind: 'tensors', inputs: given }, 1e9)
    await new Promise(setImmediate)
    process.kill(before, 'SIGKILL')
    const { result } = await running
    t.strictSame(numbers(result.kind === 'tensors' ? result.outputs['y'] : undefined), expected)
    t.not(executor.pid, before)
    await executor.run({ kind: 'tensors', inputs: given }, 1e9) // no three losses in a row
  }
})

test('documents run through the C API as well', async (t) => {
  const dir = t.testdir()
  const { pre, variants } = await writeTinyBundle({ dir, key: testKey(), kind: 'positions' })
  const [variant = { file: '', sha256: '' }] = variants
  const plan = { ...planOf(t), dir, variant, windows: windowSettings(pre) }
  await writeTinyBundle({ dir, key: testKey(), kind: 'positions' }) // planOf emptied the folder
  const executor = new Executor({
    plan,
    shell: 'process',
    clock: systemClock,
    startDeadlineMs: 1e9
  })
  t.teardown(() => executor.close())
  await executor.start()
  const documents = [['we found', 'we', 'found'], ['we found']]
  const { result } = await executor.run({ kind: 'documents', documents }, 1e9)
  const places = result.kind === 'documents' ? result.documents.map((table) => table['place']) : []
  t.strictSame([...(places[0] ?? [])], [1, 0, 0.5, 0.5, 0, 1])
  t.equal(places[1]?.length, 2)
})
