import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { systemClock } from '../../kernel/clock.ts'
import { linearModel } from '../../test/harness/tiny-model.ts'
import { Executor } from './executor.ts'
import { type ExecutorPlan, ON_CPU } from './executor-protocol.ts'
import { FfiSession, openFfiSession, sessionSetup } from './ffi-session.ts'
import { ortLibrary } from './gpu-libraries.ts'
import { openSession } from './onnx-session.ts'
import { openOrtApi } from './ort-c-api.ts'
import { type Tensor, type Tensors, tensorFrom } from './tensors.ts'

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

function inputs(rows: number, scale = 0.37): Tensors {
  const data = Array.from({ length: rows * 2 }, (_, index) => Math.sin(index + 1) * scale)
  return {
    x: tensorFrom({ datatype: 'FP32', shape: [rows, 2], data }),
    spin: tensorFrom({ datatype: 'INT64', shape: [rows], data: Array(rows).fill(1) })
  }
}

const numbers = (tensor: Tensor | undefined): number[] => [...(tensor?.data ?? [])].map(Number)

function differs(a: Tensor | undefined, b: Tensor | undefined): number {
  const other = numbers(b)
  return Math.max(...numbers(a).map((value, index) => Math.abs(value - (other[index] ?? Infinity))))
}

test('the C API gives what the stock binding gives, for every number of rows', async (t) => {
  const plan = planOf(t)
  const stock = await openSession({ ...plan, binding: 'stock' })
  const ffi = await openFfiSession(plan)
  for (const rows of [1, 3, 8, 3, 1, 2]) {
    const [a, b] = [await stock.run(inputs(rows)), await ffi.run(inputs(rows))]
    t.strictSame(b['y']?.shape, a['y']?.shape)
    t.ok(differs(a['y'], b['y']) <= 1e-6)
  }
  await stock.close()
  await ffi.close()
})

test('an executor with the C API lives in a process whatever was asked for', async (t) => {
  const plan = planOf(t)
  const executor = new Executor({ plan, shell: 'thread', clock: systemClock, startDeadlineMs: 1e9 })
  t.teardown(() => executor.close())
  await executor.start()
  t.not(executor.pid, undefined)
  const { result } = await executor.run({ kind: 'tensors', inputs: inputs(2) }, 60_000)
  t.equal(result.kind === 'tensors' && result.outputs['y']?.shape.join(), '2,2')
})

void [FfiSession, sessionSetup, ortLibrary, openOrtApi, readFileSync]
