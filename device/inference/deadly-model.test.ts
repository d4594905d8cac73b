// Models that pass every check and still kill ONNX Runtime, for real: INT32_MIN / -1 raises SIGFPE on x86.

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import proto from 'onnx-proto'
import { type Test, test } from 'tap'
import { signManifest, verifyBundle, writeManifest } from '../../models/index.ts'
import { oddModel } from '../../test/harness/odd-models.ts'
import { linearModel, testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'
import { ModelPool } from './index.ts'
import { tensorFrom } from './tensors.ts'

const { FLOAT, INT32, INT64 } = proto.onnx.TensorProto.DataType
const { INT } = proto.onnx.AttributeProto.AttributeType
const KEY = testKey()
const NO_TRAP = process.arch === 'x64' ? false : 'integer division does not trap on this processor'

const port = (name: string, elemType: number, dims: readonly (number | string)[]) => ({
  name,
  type: {
    tensorType: {
      elemType,
      shape: { dim: dims.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d })) }
    }
  }
})
const cast = (input: string, output: string, to: number) => ({
  opType: 'Cast',
  input: [input],
  output: [output],
  attribute: [{ name: 'to', type: INT, i: to }]
})
const integer = (name: string, value: number) => ({
  name,
  dims: [1],
  dataType: INT32,
  int32Data: [value]
})

/** y = x, and death for every x of 997; with a constant divisor already when it is loaded. */
function deadly(divisor: 'input' | 'constant'): Buffer {
  return oddModel({
    node: [
      cast('x', 'whole', INT32),
      { opType: 'Sub', input: ['whole', 'offset'], output: ['moved'] },
      {
        opType: 'Div',
        input: ['lowest', divisor === 'input' ? 'moved' : 'minus'],
        output: ['quotient']
      },
      cast('quotient', 'float', FLOAT),
      { opType: 'Mul', input: ['float', 'zero'], output: ['nothing'] },
      { opType: 'Add', input: ['x', 'nothing'], output: ['y'] }
    ],
    initializer: [
      integer('lowest', -(2 ** 31)),
      integer('minus', -1),
      integer('offset', 998),
      { name: 'zero', dims: [1], dataType: FLOAT, floatData: [0] }
    ],
    input: [port('x', FLOAT, ['rows', 2]), port('spin', INT64, ['rows'])],
    output: [port('y', FLOAT, ['rows', 2])]
  })
}

/** A loop that turns for an age whatever it is asked. */
function endless(): Buffer {
  const { onnx } = proto
  const model = onnx.ModelProto.toObject(onnx.ModelProto.decode(linearModel(1)))
  const { graph } = model
  graph.initializer.push({ name: 'age', dims: [], dataType: INT64, int64Data: [1e15] })
  for (const node of graph.node) if (node.opType === 'Loop') node.input[0] = 'age'
  return Buffer.from(onnx.ModelProto.encode(onnx.ModelProto.fromObject(model)).finish())
}

async function bundle(dir: string, name: string, bytes?: Buffer): Promise<string> {
  const folder = join(dir, name)
  await writeTinyBundle({ dir: folder, key: KEY, name })
  if (!bytes) return folder
  await writeFile(join(folder, 'model.fp32.onnx'), bytes)
  await writeManifest(folder)
  await signManifest(folder, KEY.privateKey)
  return folder
}

const request = (x: number) => ({
  kind: 'tensors' as const,
  inputs: {
    x: tensorFrom({ datatype: 'FP32', shape: [1, 2], data: [x, x] }),
    spin: tensorFrom({ datatype: 'INT64', shape: [1], data: [1] })
  }
})

async function openPool(t: Test, dir: string): Promise<ModelPool> {
  const settings = { batchDeadlineMs: 2000 }
  const pool = new ModelPool({ trustedKeys: [KEY.trusted], settings, nvidia: false })
  t.teardown(() => pool.close())
  await pool.activate(await bundle(dir, 'good'))
  return pool
}

async function answers(t: Test, pool: ModelPool, name: string): Promise<void> {
  const { answer } = await pool.submit(name, request(7))
  const y = answer.kind === 'tensors' ? answer.outputs['y']?.data : undefined
  t.strictSame([...(y ?? [])], [7, 7], `${name} answers`)
}

test('a model that kills the runtime while it loads is refused, the device goes on', {
  skip: NO_TRAP
}, async (t) => {
  const dir = t.testdir()
  const pool = await openPool(t, dir)
  const folder = await bundle(dir, 'folded', deadly('constant'))
  await t.resolves(verifyBundle(folder, [KEY.trusted]), 'no check can see it')
  await t.rejects(pool.activate(folder), {
    code: 'NS_WORKER_FAILED',
    message: /ended unexpectedly; try again\.$/
  })
  await answers(t, pool, 'good')
})

test('a request that kills the runtime fails alone, the model and its neighbours go on', {
  skip: NO_TRAP
}, async (t) => {
  const dir = t.testdir()
  const pool = await openPool(t, dir)
  await pool.activate(await bundle(dir, 'deadly', deadly('input')))
  await answers(t, pool, 'deadly')
  await t.rejects(pool.submit('deadly', request(997)), { code: 'NS_WORKER_FAILED' })
  await answers(t, pool, 'good')
  await answers(t, pool, 'deadly')
})

test('a model that never ends is refused after its deadline, the device goes on', async (t) => {
  const dir = t.testdir()
  const pool = await openPool(t, dir)
  const folder = await bundle(dir, 'endless', endless())
  await t.rejects(pool.activate(folder), {
    code: 'NS_INFERENCE_DEADLINE',
    message: /did not answer within 2000 ms/
  })
  await answers(t, pool, 'good')
})
