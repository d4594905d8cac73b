// Every way in which tensors can fail to fit a manifest, with the sentence that says so.

import t from 'tap'
import { checkHeads, checkInputs, checkValues, type InputContract } from './check-inputs.ts'
import { bytesOf } from './tensor-arrays.ts'
import { tensorFromBytes } from './tensor-bytes.ts'
import type { Tensor, Tensors } from './tensors.ts'

const contract: InputContract = {
  model: 'm',
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [-1, 2] },
    { name: 'n', datatype: 'INT64', shape: [-1] }
  ],
  maxRows: 4,
  maxBytes: 100
}

const x = (rows: number, data?: number[]): Tensor => ({
  datatype: 'FP32',
  shape: [rows, 2],
  data: data ? new Float32Array(data) : new Float32Array(rows * 2)
})
const n = (rows: number): Tensor => ({
  datatype: 'INT64',
  shape: [rows],
  data: new BigInt64Array(rows)
})

t.test('what fits the manifest passes', async (t) => {
  t.doesNotThrow(() => checkInputs(contract, { x: x(4), n: n(4) }))
  const fixed: InputContract = {
    ...contract,
    inputs: [{ name: 'x', datatype: 'FP32', shape: [9, 2] }]
  }
  t.doesNotThrow(
    () => checkInputs(fixed, { x: x(9) }),
    'a model of fixed rows has no limit of its own'
  )
})

t.test('what does not fit is named', async (t) => {
  const cases: [Tensors, RegExp][] = [
    [{ x: x(1) }, /also needs n/],
    [{}, /also needs x, n/],
    [{ x: x(1), n: n(1), z: n(1) }, /no input named z; it has x, n/],
    [{ x: x(1), n: n(1), ['y'.repeat(100)]: n(1) }, /named y{64}…/],
    [{ x: n(1), n: n(1) }, /x: the datatype is FP32, not INT64/],
    [{ x: { ...x(1), shape: [2] }, n: n(1) }, /x: the shape is \[-1,2\].*not \[2\]/],
    [{ x: { ...x(1), shape: [1, 3] }, n: n(1) }, /not \[1,3\]/],
    [{ x: { ...x(0), shape: [0, 2] }, n: n(0) }, /at least 1/],
    [{ x: { ...x(1), shape: [1.5, 2] }, n: n(1) }, /whole number/],
    [{ x: { ...x(1), shape: [-1, 2] }, n: n(1) }, /at least 1/],
    [{ x: x(2), n: n(1) }, /same first dimension/],
    [{ x: x(5), n: n(5) }, /at most 4 rows a request, not 5/],
    [{ x: { ...x(1), shape: [2, 2] }, n: n(2) }, /needs 4 values, not 2/],
    [{ x: x(1, [1, Number.NaN]), n: n(1) }, /x: element 1 is not a finite number/],
    [{ x: x(1, [Number.POSITIVE_INFINITY, 1]), n: n(1) }, /x: element 0/]
  ]
  for (const [inputs, message] of cases)
    t.throws(() => checkInputs(contract, inputs), { code: 'NS_INFERENCE_INPUT', message })
  const head = { name: 'x', datatype: 'FP32', shape: [1, 2] }
  t.throws(() => checkHeads(contract, [head, head]), { message: /twice/ })
  const strings: InputContract = {
    ...contract,
    inputs: [{ name: 's', datatype: 'BYTES', shape: [-1] }]
  }
  t.throws(() => checkHeads(strings, [{ name: 's', datatype: 'BYTES', shape: [1] }]), {
    message: /BYTES cannot be used/
  })
})

t.test('shapes that stand for too much are refused before anything is allocated', async (t) => {
  const wide = { ...contract, maxRows: 1e12 }
  const heads = [
    { name: 'x', datatype: 'FP32', shape: [1e9, 2] },
    { name: 'n', datatype: 'INT64', shape: [1e9] }
  ]
  t.throws(() => checkHeads(wide, heads), {
    code: 'NS_INPUT_TOO_LARGE',
    message: /16000000000 bytes/
  })
})

t.test('each type has its own idea of a bad value', async (t) => {
  const half = (bits: number): Tensor => ({
    datatype: 'FP16',
    shape: [1],
    data: new Uint16Array([bits])
  })
  t.doesNotThrow(() => checkValues('h', half(0x7bff)), 'the largest half')
  t.throws(() => checkValues('h', half(0x7c00)), { message: /h: element 0/ }, 'infinity')
  t.throws(() => checkValues('h', half(0xfe00)), { message: /finite/ }, 'NaN')
  const truth = (value: number): Tensor => ({
    datatype: 'BOOL',
    shape: [1],
    data: new Uint8Array([value])
  })
  t.doesNotThrow(() => checkValues('b', truth(1)))
  t.throws(() => checkValues('b', truth(2)), { message: /neither 0 nor 1/ })
  const double = { datatype: 'FP64', shape: [1], data: new Float64Array([Number.NaN]) } as const
  t.throws(() => checkValues('d', double), { message: /finite/ })
  t.doesNotThrow(() => checkValues('i', n(3)))
})

t.test('bytes become tensors wherever they lie, and go back', async (t) => {
  const bytes = new Uint8Array(17)
  new DataView(bytes.buffer).setFloat64(1, 1.5, true)
  new DataView(bytes.buffer).setFloat64(9, -2, true)
  const head = { name: 'd', datatype: 'FP64', shape: [2] }
  const tensor = tensorFromBytes(head, bytes.subarray(1))
  t.same(tensor, { datatype: 'FP64', shape: [2], data: new Float64Array([1.5, -2]) })
  t.same([...bytesOf(tensor.data)], [...bytes.subarray(1)])
  t.throws(() => tensorFromBytes(head, bytes), { message: /takes 16 bytes, not 17/ })
  t.throws(() => tensorFromBytes({ ...head, datatype: 'BYTES' }, bytes), { message: /BYTES/ })
})
