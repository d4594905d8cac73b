// Judges the tensors of a model: that the numbers which a tensor declares are there, and that data in other
// files lie inside the bundle's folder. Reads no weights.

import { realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { BundlePath } from '../../contract/index.ts'
import type { SparseDescription, TensorDescription, ValueDescription } from './description.ts'
import { ELEMENT_TYPES, type ElementType, elementCount, rawBytes } from './element-types.ts'
import { MAX_ASKED_ELEMENTS, MAX_ELEMENTS } from './limits.ts'
import { invalid, quoted, unsafe } from './model-refusal.ts'

/** Sizes of the files beside a model that it names, each looked at once. */
export class Neighbours {
  #folder: string
  #sizes = new Map<string, number>()

  /** @param folder where the model lies; paths in the model are relative to it */
  constructor(folder: string) {
    this.#folder = realpathSync(folder)
  }

  /**
   * Bytes of a file that the model names.
   * @throws ModelRefusal NS_MODEL_UNSAFE when the path leads out of the folder, NS_BUNDLE_INVALID when nothing is there
   */
  sizeOf(path: string): number {
    const known = this.#sizes.get(path)
    if (known !== undefined) return known
    // The schema allows plain relative paths only: no "..", no drive, no address in memory, as ONNX Runtime knows it.
    if (!BundlePath.safeParse(path).success)
      throw unsafe(
        `names the file ${quoted(path)}, which does not lie in the bundle; keep all files in it.`
      )
    const size = this.#measure(path)
    this.#sizes.set(path, size)
    return size
  }

  #measure(path: string): number {
    const full = join(this.#folder, path)
    let real: string
    try {
      real = realpathSync(full)
    } catch {
      throw invalid(`names the file ${quoted(path)}, which is missing; put it into the bundle.`)
    }
    if (real !== full)
      throw unsafe(
        `names the file ${quoted(path)}, which is a link; put the file itself into the bundle.`
      )
    const found = statSync(full)
    if (!found.isFile()) throw invalid(`names ${quoted(path)}, which is no file.`)
    return found.size
  }
}

/** Names a tensor in a sentence, which is made only when there is something to say. */
const lazily = (name: string) => ({ toString: () => `the tensor ${quoted(name)}` })
type Where = ReturnType<typeof lazily>

const sized = ({ name }: ElementType, dims: readonly number[]): string =>
  `${name}[${dims.slice(0, 8).join(', ')}${dims.length > 8 ? ', …' : ''}]`

function wholeNumber(text: string | undefined, what: string): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text))
    throw invalid(`states the ${what} ${quoted(text)} of data elsewhere.`)
  return Number(text)
}

function checkExternal(
  { external, dims }: TensorDescription,
  { type, where, neighbours }: { type: ElementType; where: Where; neighbours: Neighbours }
): void {
  const location = external?.get('location')
  if (!location) throw invalid(`${where} lies in another file that is not named.`)
  if (type.bits === 0) throw invalid(`${where} holds text in another file, which no runtime loads.`)
  const size = neighbours.sizeOf(location)
  const offset = wholeNumber(external?.get('offset'), 'offset') ?? 0
  const needed = rawBytes(type, elementCount(dims))
  const length = wholeNumber(external?.get('length'), 'length') ?? needed
  if (length !== needed)
    throw invalid(
      `${where} is ${sized(type, dims)}, ${needed} bytes, but names ${length} bytes elsewhere.`
    )
  if (offset + length > size)
    throw invalid(
      `${where} needs bytes ${offset} to ${offset + length} of ${location}, which has ${size}; copy the file again.`
    )
}

/**
 * Checks one tensor: known type, possible shape, and exactly the numbers that it declares.
 * @throws ModelRefusal NS_BUNDLE_INVALID, NS_MODEL_UNSAFE
 */
export function checkTensor(tensor: TensorDescription, neighbours: Neighbours): void {
  const { name, dims, raw, typed, external } = tensor
  const where = lazily(name)
  const type = ELEMENT_TYPES.get(tensor.type)
  if (!type) throw invalid(`${where} has the unknown element type ${tensor.type}.`)
  if (dims.some((size) => size < 0)) throw invalid(`${where} has a negative dimension.`)
  const elements = elementCount(dims)
  if (elements > MAX_ELEMENTS)
    throw unsafe(
      `${where} declares ${sized(type, dims)}, more elements than the ${MAX_ELEMENTS} a device takes.`
    )
  if (external && (raw || typed.size > 0))
    throw invalid(`${where} lies both in this file and in another.`)
  if (external) checkExternal(tensor, { type, where, neighbours })
  else checkInline(tensor, type, where)
}

/** Numbers in the file itself: raw, or in the one typed field that is theirs. */
function checkInline(
  { dims, raw, typed }: TensorDescription,
  type: ElementType,
  where: Where
): void {
  const elements = elementCount(dims)
  if (raw) {
    const needed = rawBytes(type, elements)
    if (typed.size > 0 || type.bits === 0) throw invalid(`${where} is stored in two ways.`)
    if (raw.length !== needed)
      throw invalid(
        `${where} declares ${sized(type, dims)}, ${needed} bytes, but holds ${raw.length}.`
      )
    return
  }
  const needed = Math.ceil(elements * type.perElement)
  const held = typed.get(type.field) ?? 0
  if (held !== needed || typed.size > (held > 0 ? 1 : 0))
    throw invalid(`${where} declares ${sized(type, dims)}, ${needed} numbers, but holds ${held}.`)
}

/**
 * Checks a sparse tensor, which ONNX Runtime spreads out when it loads the model.
 * @throws ModelRefusal NS_BUNDLE_INVALID, NS_MODEL_UNSAFE
 */
export function checkSparse({ values, indices, dims }: SparseDescription, near: Neighbours): void {
  checkTensor(values, near)
  if (indices) checkTensor(indices, near)
  const where = `the sparse tensor ${quoted(values.name)}`
  if (dims.some((size) => size < 0)) throw invalid(`${where} has a negative dimension.`)
  if (elementCount(dims) > MAX_ASKED_ELEMENTS)
    throw unsafe(
      `${where} spreads out to more than ${MAX_ASKED_ELEMENTS} elements; store it dense.`
    )
}

/**
 * Checks the declared type of an input, an output or a value between.
 * @throws ModelRefusal NS_BUNDLE_INVALID, NS_MODEL_UNSAFE
 */
export function checkValue({ name, type, dims = [] }: ValueDescription): void {
  if (type !== undefined && !ELEMENT_TYPES.has(type))
    throw invalid(`the value ${quoted(name)} has the unknown element type ${type}.`)
  // -1 is how some exporters write "unknown".
  const known = dims.flatMap((size) => (typeof size === 'number' && size !== -1 ? [size] : []))
  if (known.some((size) => size < 0))
    throw invalid(`the value ${quoted(name)} has a negative dimension.`)
  if (elementCount(known) > MAX_ELEMENTS)
    throw unsafe(
      `the value ${quoted(name)} declares more elements than the ${MAX_ELEMENTS} a device takes.`
    )
}
