// JSON of inference requests: bounded before it is parsed, integers beyond 2^53 kept exact, nested or flat
// data laid into typed arrays. Pure; runs on whichever thread calls it.

import { NearsideError } from '../../contract/index.ts'
import {
  allocate,
  elementsOf,
  isNumericType,
  type Tensor,
  type TensorHead
} from '../inference/index.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
/** `[` and `{`, `]` and `}` differ in this bit only. */
const CURLY = 0x20
const OPEN = 0x5b | CURLY
const CLOSE = 0x5d | CURLY

interface JsonBounds {
  /** Brackets inside each other. */
  readonly depth: number
  /** Values and brackets together. */
  readonly elements: number
  /** Keys of objects; checking them costs far more than checking values. */
  readonly keys: number
}

/**
 * Refuses JSON that would take far more memory than its bytes: it is read once without being parsed.
 * @throws NearsideError NS_INFERENCE_INPUT for depth, NS_INPUT_TOO_LARGE for the number of values
 */
export function boundJson(bytes: Uint8Array, bounds: JsonBounds): void {
  let depth = 0
  let elements = 0
  let keys = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number
    if (byte === QUOTE) at = endOfString(bytes, at + 1)
    else if (byte === COMMA) elements += 1
    else if (byte === COLON) keys += 1
    else if ((byte | CURLY) === OPEN) {
      depth += 1
      elements += 1
    } else if ((byte | CURLY) === CLOSE) depth -= 1
    if (depth > bounds.depth) {
      const sentence = `The JSON is nested more than ${bounds.depth} deep; send flat data.`
      throw new NearsideError('NS_INFERENCE_INPUT', sentence)
    }
  }
  if (elements > bounds.elements) {
    const sentence = `The JSON holds more than ${bounds.elements} values; send large tensors as binary data.`
    throw new NearsideError('NS_INPUT_TOO_LARGE', sentence)
  }
  if (keys > bounds.keys) {
    const sentence = `The JSON holds more than ${bounds.keys} keys; send only those of /openapi.json.`
    throw new NearsideError('NS_INFERENCE_INPUT', sentence)
  }
}

function endOfString(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at += 1) {
    if (bytes[at] === BACKSLASH) at += 1
    else if (bytes[at] === QUOTE) return at
  }
  return bytes.length
}

/** JSON.parse tells its reviver how a number was written (ECMA-262, JSON.parse source text access). */
type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown

const exactIntegers: Reviver = (_, value, context) => {
  const exact = typeof value !== 'number' || Number.isSafeInteger(value) || !context?.source
  return exact || !/^-?\d+$/.test(context.source ?? '') ? value : BigInt(context.source ?? '')
}

/**
 * Parses JSON from its UTF-8 bytes.
 * @param exact integers beyond 2^53 come as bigint; much slower
 * @throws NearsideError NS_REQUEST_INVALID
 */
export function parseJson(bytes: Uint8Array, exact = false): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return exact
      ? JSON.parse(text, exactIntegers as (key: string, value: unknown) => unknown)
      : JSON.parse(text)
  } catch (cause) {
    const sentence = 'The body is not valid JSON; check it and send it again.'
    throw new NearsideError('NS_REQUEST_INVALID', sentence, { cause })
  }
}

/** Thrown when a 64-bit tensor holds an integer that a double cannot: the text must be parsed exactly. */
export class InexactInteger extends Error {}

/** Smallest and largest value of the integer types that doubles hold. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  UINT8: [0, 255],
  UINT16: [0, 65_535],
  UINT32: [0, 4_294_967_295],
  INT8: [-128, 127],
  INT16: [-32_768, 32_767],
  INT32: [-2_147_483_648, 2_147_483_647]
}
const WIDE_RANGES: Readonly<Record<string, readonly [bigint, bigint]>> = {
  INT64: [-(2n ** 63n), 2n ** 63n - 1n],
  UINT64: [0n, 2n ** 64n - 1n]
}

type Read = (value: unknown) => number | bigint | undefined

/** How one value of a datatype is read; undefined when it does not fit. */
function readerOf(datatype: string, exact: boolean): Read {
  if (datatype === 'BOOL')
    return (value) =>
      value === true || value === 1 ? 1 : value === false || value === 0 ? 0 : undefined
  const range = RANGES[datatype]
  if (range) {
    const [least, most] = range
    return (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
        ? value
        : undefined
  }
  const wide = WIDE_RANGES[datatype]
  if (wide) return (value) => readWide(value, wide, exact)
  const round = datatype === 'FP32' ? Math.fround : Number
  return (value) => {
    const number = typeof value === 'bigint' ? Number(value) : value
    return typeof number === 'number' && Number.isFinite(round(number)) ? number : undefined
  }
}

function readWide(
  value: unknown,
  [least, most]: readonly [bigint, bigint],
  exact: boolean
): bigint | undefined {
  // What is still a number in exact JSON was written with a fraction or an exponent.
  if (!exact && Number.isInteger(value) && !Number.isSafeInteger(value)) throw new InexactInteger()
  if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) return undefined
  const whole = BigInt(value as number | bigint)
  return whole >= least && whole <= most ? whole : undefined
}

/**
 * Lays JSON data into a tensor of any shape: flat in row-major order, or nested as the shape is.
 * @param exact the JSON was parsed exactly
 * @throws NearsideError NS_INFERENCE_INPUT that names the element, never its value; InexactInteger
 */
export function tensorFromJson(
  { name, datatype, shape }: TensorHead,
  data: unknown,
  exact = false
): Tensor {
  const refuse = (sentence: string): never => {
    throw new NearsideError('NS_INFERENCE_INPUT', `${name}: ${sentence}`)
  }
  if (!isNumericType(datatype))
    return refuse(`tensors of type ${datatype} cannot be used; send a numeric type.`)
  if (datatype === 'FP16') return refuse('FP16 has no form in JSON; send it as binary data.')
  if (!Array.isArray(data))
    return refuse('data is a list of numbers, flat or nested as the shape is; send one.')
  const count = elementsOf(shape)
  const values = allocate(datatype, count)
  const read = readerOf(datatype, exact)
  let at = 0
  const put = (list: readonly unknown[], length: number, axis: number): void => {
    if (list.length !== length)
      refuse(
        `the shape [${shape.join()}] needs ${length} values here, not ${list.length}; send them all.`
      )
    const nested = axis < shape.length - 1
    for (const value of list) {
      if (nested && Array.isArray(value)) put(value, shape[axis + 1] ?? 0, axis + 1)
      else {
        const number = nested ? undefined : read(value)
        if (number === undefined)
          refuse(`element ${at} is no ${datatype}; send numbers of that type.`)
        values[at] = number as never
        at += 1
      }
    }
  }
  const isNested = shape.length > 1 && Array.isArray(data[0])
  if (isNested) put(data, shape[0] ?? 0, 0)
  else put(data, count, shape.length - 1)
  return { datatype, shape: [...shape], data: values }
}
