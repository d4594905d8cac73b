// What a request's tensors must be before an executor sees them: the names, types and shapes of the manifest,
// as many values as the shapes say, all of them finite. Pure; how tensors were sent is not its business.

import { NearsideError, type TensorSpec } from '../../contract/index.ts'
import { isNumericType } from './tensor-arrays.ts'
import { ELEMENT_BYTES, type TensorHead } from './tensor-bytes.ts'
import { elementsOf, type Tensor, type TensorData, type Tensors } from './tensors.ts'

/** What a model takes. */
export interface InputContract {
  readonly model: string
  readonly inputs: readonly TensorSpec[]
  /** Rows that one request may have, where the first dimension is variable. */
  readonly maxRows: number
  /** Bytes that all tensors of a request may have together. */
  readonly maxBytes: number
}

const refuse = (sentence: string): never => {
  throw new NearsideError('NS_INFERENCE_INPUT', sentence)
}

/** Texts of clients are quoted in sentences, but not at any length. */
const quoted = (text: string): string =>
  (text.length > 64 ? `${text.slice(0, 64)}…` : text).toWellFormed()

function checkHead(spec: TensorSpec, { datatype, shape }: TensorHead): void {
  const { name } = spec
  if (!isNumericType(datatype) && datatype === spec.datatype)
    refuse(`${name}: tensors of type ${datatype} cannot be used; send a numeric type.`)
  if (datatype !== spec.datatype)
    refuse(`${name}: the datatype is ${spec.datatype}, not ${quoted(datatype)}; send that one.`)
  const wanted = `[${spec.shape.join()}]`
  const fits =
    shape.length === spec.shape.length &&
    shape.every((size, axis) => spec.shape[axis] === -1 || spec.shape[axis] === size)
  if (!fits)
    refuse(
      `${name}: the shape is ${wanted}, where -1 is any size, not [${quoted(shape.join())}]; send such a tensor.`
    )
  if (!shape.every((size) => Number.isSafeInteger(size) && size > 0))
    refuse(
      `${name}: every dimension of a shape is a whole number of at least 1, not [${quoted(shape.join())}].`
    )
}

function checkNames({ model, inputs }: InputContract, heads: readonly TensorHead[]): void {
  const sent = new Set<string>()
  for (const { name } of heads) {
    if (sent.has(name)) refuse(`${quoted(name)}: the input is there twice; send it once.`)
    if (!inputs.some((spec) => spec.name === name))
      refuse(
        `${model} has no input named ${quoted(name)}; it has ${inputs.map((spec) => spec.name).join(', ')}.`
      )
    sent.add(name)
  }
  const missing = inputs.filter(({ name }) => !sent.has(name)).map(({ name }) => name)
  if (missing.length > 0) refuse(`${model} also needs ${missing.join(', ')}; send every input.`)
}

/**
 * Checks names, types and shapes before any value is read, so that nothing is allocated for a lie.
 * @throws NearsideError NS_INFERENCE_INPUT with the first thing that does not fit; NS_INPUT_TOO_LARGE
 */
export function checkHeads(contract: InputContract, heads: readonly TensorHead[]): void {
  checkNames(contract, heads)
  let bytes = 0
  for (const head of heads) {
    const spec = contract.inputs.find(({ name }) => name === head.name)
    if (spec) checkHead(spec, head)
    if (isNumericType(head.datatype)) bytes += elementsOf(head.shape) * ELEMENT_BYTES[head.datatype]
  }
  if (bytes > contract.maxBytes) {
    const sentence = `The shapes stand for ${bytes} bytes; a request takes at most ${contract.maxBytes}.`
    throw new NearsideError('NS_INPUT_TOO_LARGE', sentence)
  }
  const rows = new Set(heads.map(({ shape }) => shape[0]))
  if (rows.size > 1)
    refuse('All tensors of a request need the same first dimension; it counts the rows.')
  const [count = 0] = rows
  const batched = contract.inputs.every(({ shape }) => shape[0] === -1)
  if (batched && count > contract.maxRows)
    refuse(
      `${contract.model} takes at most ${contract.maxRows} rows a request, not ${count}; send several requests.`
    )
}

/** Index of the first element that fails, or -1. */
function firstBad(data: TensorData, good: (value: number) => boolean): number {
  for (let index = 0; index < data.length; index += 1)
    if (!good(data[index] as number)) return index
  return -1
}

/** Exponent bits of a half; all set in infinities and NaN (IEEE 754, binary16). */
const HALF_EXPONENT = 0x7c00

const isTruth = (value: number): boolean => value <= 1
const isFiniteHalf = (bits: number): boolean => (bits & HALF_EXPONENT) !== HALF_EXPONENT

/**
 * Checks the values of one tensor of any shape: finite floats, and 0 or 1 where they stand for truth.
 * @throws NearsideError NS_INFERENCE_INPUT that names the element, never its value
 */
export function checkValues(name: string, { datatype, shape, data }: Tensor): void {
  if (data.length !== elementsOf(shape))
    refuse(
      `${name}: the shape [${shape.join()}] needs ${elementsOf(shape)} values, not ${data.length}; send them all.`
    )
  const bad = firstBadOf(datatype, data)
  if (bad < 0) return
  const kind = datatype === 'BOOL' ? 'neither 0 nor 1' : 'not a finite number'
  refuse(`${name}: element ${bad} is ${kind}; models take no others.`)
}

function firstBadOf(datatype: Tensor['datatype'], data: TensorData): number {
  switch (datatype) {
    case 'FP32':
    case 'FP64':
      return firstBad(data, Number.isFinite)
    case 'FP16':
      return firstBad(data, isFiniteHalf)
    case 'BOOL':
      return firstBad(data, isTruth)
    default:
      return -1
  }
}

/**
 * Checks whole requests: what every door that takes tensors calls before it submits them.
 * @throws NearsideError NS_INFERENCE_INPUT, NS_INPUT_TOO_LARGE
 */
export function checkInputs(contract: InputContract, inputs: Tensors): void {
  const heads = Object.entries(inputs).map(([name, { datatype, shape }]) => ({
    name,
    datatype,
    shape
  }))
  checkHeads(contract, heads)
  for (const [name, tensor] of Object.entries(inputs)) checkValues(name, tensor)
}
