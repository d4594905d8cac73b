import { test } from 'tap'
import { attributeBytes, operationsOf, tensorBytes } from './cost-of-nodes.ts'
import type { NodeDescription, TensorDescription } from './description.ts'
import type { ObservedValue } from './observed-values.ts'

const CONTENT = { offset: 0, length: 0 }
const node = (
  op: string,
  inputs: string[],
  tensors: TensorDescription[] = []
): NodeDescription => ({
  name: '',
  op,
  domain: '',
  overload: '',
  inputs,
  outputs: ['y'],
  attributes: [
    {
      name: 'a',
      integer: undefined,
      text: undefined,
      integers: [],
      tensors,
      sparse: [],
      graphs: []
    }
  ],
  content: CONTENT
})
const tensor = (name: string, type: number, dims: number[]): TensorDescription => ({
  name,
  type,
  dims,
  raw: undefined,
  typed: new Map(),
  external: undefined,
  integers: undefined,
  content: CONTENT
})
const value = (elements: number, width: number): ObservedValue => ({
  datatype: 'FP32',
  shape: [],
  elements,
  width
})

test('a product counts two operations for each element and each number that it sums', (t) => {
  const observed = new Map([
    ['x', value(8, 4)],
    ['y', value(6, 3)]
  ])
  const nothing = { initialisers: [] }
  t.equal(operationsOf(node('MatMul', ['x', 'w']), nothing, observed), 2 * 6 * 4)
  t.equal(operationsOf(node('Gemm', ['unseen', 'w']), nothing, observed), 2 * 6)
  t.equal(operationsOf(node('Relu', ['x']), nothing, observed), 6)
  t.equal(operationsOf(node('Relu', ['x']), nothing, new Map()), 0)
  t.end()
})

test('a convolution sums over the channels and the window of its kernel', (t) => {
  const observed = new Map([['y', value(100, 10)]])
  const initialisers = [tensor('bias', 1, [8]), tensor('kernel', 1, [8, 3, 5, 5])]
  const conv = node('Conv', ['x', 'kernel', 'bias'])
  t.equal(operationsOf(conv, { initialisers }, observed), 2 * 100 * 3 * 5 * 5)
  t.equal(operationsOf(conv, { initialisers: [] }, observed), 2 * 100)
  t.end()
})

test('weights are counted in bytes by their type', (t) => {
  t.equal(tensorBytes(tensor('w', 1, [2, 3])), 24)
  t.equal(tensorBytes(tensor('w', 22, [3])), 2, 'two 4-bit numbers a byte')
  t.equal(tensorBytes(tensor('w', 8, [3])), 0, 'text')
  t.equal(tensorBytes(tensor('w', 99, [3])), 0, 'unknown')
  t.equal(attributeBytes(node('Constant', [], [tensor('w', 7, [2])])), 16)
  t.end()
})
