import { closeSync, fstatSync, openSync, readdirSync } from 'node:fs'
import { test } from 'tap'
import type { FromExecutor, ToExecutor } from './executor-protocol.ts'
import {
  inheritedTensors,
  openSharedTensors,
  packed,
  SharedTensors,
  sharedEnvironment,
  unpacked
} from './shared-tensors.ts'
import { type Tensor, type Tensors, tensorFrom } from './tensors.ts'

const MIB = 2 ** 20

function floats(count: number, from = 0): Tensor {
  const data = Float32Array.from({ length: count }, (_, at) => at + from)
  return { datatype: 'FP32', shape: [1, count], data }
}

const inline = (tensors: Tensors): string[] =>
  Object.entries(tensors).flatMap(([name, tensor]) => ('data' in tensor ? [name] : []))

function openHere(t: { teardown(work: () => void): void; testdir(): string }): SharedTensors {
  const shared = openSharedTensors(t.testdir())
  if (!shared) throw new Error('no file')
  t.teardown(() => shared.close())
  return shared
}

test('large tensors go through the file, small ones with the message', (t) => {
  const folder = t.testdir()
  const shared = openSharedTensors(folder)
  t.strictSame(readdirSync(folder), [], 'it has no name')
  const tensors = { small: floats(10), large: floats(20_000), other: floats(30_000, 7) }
  const passed = shared?.pass(tensors) ?? {}
  t.strictSame(inline(passed), ['small'])
  t.strictSame(shared?.take(passed), tensors)
  const bits = tensorFrom({ datatype: 'INT64', shape: [2, 0], data: [] })
  t.strictSame(shared?.take(shared.pass({ bits })), { bits }, 'also one without elements')
  shared?.close()
  t.end()
})

test('what does not fit takes the pipe, and huge batches do not keep their memory', (t) => {
  const shared = openHere(t)
  const half = floats(10 * MIB) // 40 MiB
  const passed = shared.pass({ first: half, second: half })
  t.strictSame(inline(passed), ['second'])
  t.equal(fstatSync(shared.fd).size, 40 * MIB)
  t.strictSame(shared.take(passed)['first']?.data.length, half.data.length)
  t.equal(fstatSync(shared.fd).size, 32 * MIB)
  t.end()
})

test('a file that cannot be written leaves the message as it is', (t) => {
  const path = `${t.testdir({ full: '' })}/full`
  const fd = openSync(path, 'r')
  const shared = new SharedTensors(fd)
  t.strictSame(inline(shared.pass({ large: floats(20_000) })), ['large'])
  shared.close()
  shared.close()
  t.throws(() => closeSync(fd), { code: 'EBADF' })
  t.strictSame(inline(shared.pass({ large: floats(20_000) })), ['large'], 'closed')
  t.end()
})

test('only batches and their results are changed, and a file that is too short is no answer', (t) => {
  const shared = openHere(t)
  const work = { kind: 'tensors', inputs: { x: floats(20_000) } } as const
  const run: ToExecutor = { type: 'run', id: 1, work }
  t.strictSame(unpacked(packed(run, shared), shared), run)
  const result = { kind: 'tensors', outputs: { y: floats(40_000) } } as const
  const done: FromExecutor = { type: 'done', id: 1, result, computeMs: 1 }
  const sent = packed(done, shared)
  t.strictSame(unpacked(sent, shared), done)
  const other = openSharedTensors(t.testdirName)
  t.equal(unpacked(sent, other), undefined)
  other?.close()
  const ready: FromExecutor = { type: 'ready' }
  t.equal(packed(ready, shared), ready)
  t.equal(packed(run, undefined), run)
  t.equal(unpacked(run, undefined), run)
  t.end()
})

test('an executor is told of the file by its environment, or of none', (t) => {
  t.equal(inheritedTensors(sharedEnvironment(undefined)), undefined)
  t.equal(inheritedTensors(sharedEnvironment(4))?.fd, 4)
  t.equal(openSharedTensors('/there/is/no/such/folder'), undefined)
  t.end()
})
