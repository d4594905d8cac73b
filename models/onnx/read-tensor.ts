// Reads tensors and the types of values out of an ONNX file: names, shapes, and where the numbers lie. Numbers
// are counted, not kept, except those of small shapes.

import type { SparseDescription, TensorDescription, ValueDescription } from './description.ts'
import { TYPED } from './element-types.ts'
import { MAX_NAME_BYTES, MAX_RANK } from './limits.ts'
import { invalid, unsafe } from './model-refusal.ts'
import { type ByteRange, type FileBytes, WIRE, type WireField, WireReader } from './wire.ts'

/** INT64 tensors up to this many values are kept, because they may be shapes. */
const MAX_KEPT_INTEGERS = 16
const INT64 = 7

/** All fields of a message, in order. @throws WireError, AllowanceError */
export function* fieldsOf(file: FileBytes, range: ByteRange): Generator<WireField> {
  const reader = new WireReader(file, range)
  for (let field = reader.next(); field; field = reader.next()) yield field
}

/** The range of a field that must be a message, text or bytes. */
export function bytesOf({ type, content }: WireField): ByteRange {
  if (type !== WIRE.bytes) throw invalid('is no ONNX model: a field has the wrong kind.')
  return content
}

/** A name or a short text. @throws ModelRefusal when it is longer than any name */
export function textOf(file: FileBytes, field: WireField): string {
  const range = bytesOf(field)
  if (range.length > MAX_NAME_BYTES)
    throw unsafe(
      `holds a name of ${range.length} bytes; export the model with names up to ${MAX_NAME_BYTES}.`
    )
  return file.text(range)
}

/** Adds the numbers of a repeated integer field, packed or not, up to a limit. */
export function addIntegers(
  file: FileBytes,
  field: WireField,
  { into, limit }: { readonly into: number[]; readonly limit: number }
): void {
  if (field.type === WIRE.varint) into.push(field.value)
  else {
    const reader = new WireReader(file, bytesOf(field))
    file.charge(Math.min(field.content.length, 10 * limit))
    while (!reader.done && into.length <= limit) into.push(reader.varint())
  }
  if (into.length > limit)
    throw unsafe(`holds a tensor with more than ${limit} dimensions; no model needs that.`)
}

/** Values in one typed field, packed or single. */
function countValues(file: FileBytes, { number, type, content }: WireField): number {
  if (number === TYPED.string || type !== WIRE.bytes) return 1
  if (number === TYPED.float) return content.length / 4
  if (number === TYPED.double) return content.length / 8
  file.charge(content.length)
  let count = 0
  const end = content.offset + content.length
  for (let position = content.offset; position < end; position += 1)
    if (file.at(position) < 0x80) count += 1
  return count
}

/** The values of an INT64 tensor, when all of them were kept. */
function smallIntegers(
  file: FileBytes,
  { raw, kept, listed }: { raw: ByteRange | undefined; kept: number[]; listed: number }
): readonly number[] | undefined {
  if (!raw) return kept.length === listed ? kept : undefined
  if (raw.length > MAX_KEPT_INTEGERS * 8) return undefined
  const bytes = file.read(raw)
  const count = Math.floor(bytes.length / 8)
  return Array.from({ length: count }, (_, index) => Number(bytes.readBigInt64LE(index * 8)))
}

function readEntry(file: FileBytes, range: ByteRange): [string, string] {
  let [key, value] = ['', '']
  for (const field of fieldsOf(file, range)) {
    if (field.number === 1) key = textOf(file, field)
    else if (field.number === 2) value = textOf(file, field)
  }
  return [key, value]
}

/** Reads a TensorProto. @throws ModelRefusal, WireError, AllowanceError */
export function readTensor(file: FileBytes, content: ByteRange): TensorDescription {
  let [name, type] = ['', 0]
  let raw: ByteRange | undefined
  const dims: number[] = []
  const typed = new Map<number, number>()
  const external = new Map<string, string>()
  const kept: number[] = []
  let elsewhere = false
  for (const field of fieldsOf(file, content)) {
    const { number } = field
    if (number === 1) addIntegers(file, field, { into: dims, limit: MAX_RANK })
    else if (number === 2) type = field.value
    else if (number === 3) throw invalid('holds a tensor in segments, which no runtime loads.')
    else if (number === 8) name = textOf(file, field)
    else if (number === 9) raw = field.content.length > 0 ? bytesOf(field) : undefined
    else if (number === 13) external.set(...readEntry(file, bytesOf(field)))
    else if (number === 14) elsewhere = field.value === 1
    else if (Object.values<number>(TYPED).includes(number)) {
      const values = countValues(file, field)
      if (values > 0) typed.set(number, (typed.get(number) ?? 0) + values)
      if (number === TYPED.int64 && kept.length + values <= MAX_KEPT_INTEGERS)
        addIntegers(file, field, { into: kept, limit: MAX_KEPT_INTEGERS })
    }
  }
  const away = elsewhere || external.size > 0 ? external : undefined
  const integers =
    type === INT64
      ? smallIntegers(file, { raw, kept, listed: typed.get(TYPED.int64) ?? 0 })
      : undefined
  return { name, type, dims, raw, typed, external: away, integers, content }
}

/** Reads a SparseTensorProto. @throws ModelRefusal, WireError, AllowanceError */
export function readSparse(file: FileBytes, range: ByteRange): SparseDescription {
  let values: TensorDescription | undefined
  let indices: TensorDescription | undefined
  const dims: number[] = []
  for (const field of fieldsOf(file, range)) {
    if (field.number === 1 && values) throw invalid('holds a sparse tensor that is given twice.')
    if (field.number === 1) values = readTensor(file, bytesOf(field))
    else if (field.number === 2) indices = readTensor(file, bytesOf(field))
    else if (field.number === 3) addIntegers(file, field, { into: dims, limit: MAX_RANK })
  }
  if (!values) throw invalid('holds a sparse tensor without values.')
  return { values, indices, dims, content: range }
}

function readShape(file: FileBytes, range: ByteRange): (number | string | null)[] {
  const dims: (number | string | null)[] = []
  for (const field of fieldsOf(file, range)) {
    if (field.number !== 1) continue
    let size: number | string | null = null
    for (const part of fieldsOf(file, bytesOf(field))) {
      if (part.number === 1) size = part.value
      else if (part.number === 2) size = textOf(file, part)
    }
    if (dims.push(size) > MAX_RANK)
      throw unsafe(`holds a tensor with more than ${MAX_RANK} dimensions; no model needs that.`)
  }
  return dims
}

/** Reads a ValueInfoProto: the name and, of a tensor, its type. */
export function readValue(file: FileBytes, content: ByteRange): ValueDescription {
  let name = ''
  let type: number | undefined
  let dims: (number | string | null)[] | undefined
  for (const field of fieldsOf(file, content)) {
    if (field.number === 1) name = textOf(file, field)
    if (field.number !== 2) continue
    for (const kind of fieldsOf(file, bytesOf(field))) {
      if (kind.number !== 1) continue // sequences, maps and optionals are no tensors
      for (const part of fieldsOf(file, bytesOf(kind))) {
        if (part.number === 1) type = part.value
        else if (part.number === 2) dims = readShape(file, bytesOf(part))
      }
    }
  }
  return { name, type, dims, content }
}
