// The protobuf wire format, as much of it as ONNX files need: a reader that walks a file by ranges and steps
// over large fields without reading them, and the few functions that write fields. Knows nothing of ONNX.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** The bytes are no protobuf message, or one that is cut off. */
export class WireError extends Error {}

/** The reader was made to read more than its allowance. */
export class AllowanceError extends Error {}

/** A stretch of the file, bytes. */
export interface ByteRange {
  readonly offset: number
  readonly length: number
}

/** Read at once; small, so that stepping over many large fields costs little. */
const WINDOW_BYTES = 32 * 1024
/** Charged for each field beside its content: what its description takes in memory, about. */
const FIELD_CHARGE = 32

/** A file that is read in windows. Its owner closes it. */
export class FileBytes {
  readonly size: number
  #file: number
  #window = Buffer.alloc(WINDOW_BYTES)
  #start = 0
  #end = 0
  #allowance: number

  /** @param allowanceBytes how much may be looked at in all; large fields that are stepped over are free */
  constructor(path: string, allowanceBytes: number) {
    this.#file = openSync(path, 'r')
    this.size = fstatSync(this.#file).size
    this.#allowance = allowanceBytes
  }

  /** Takes from the allowance. @throws AllowanceError when it is used up */
  charge(bytes: number): void {
    this.#allowance -= bytes
    if (this.#allowance < 0) throw new AllowanceError('the allowance is used up')
  }

  /** One byte. @throws WireError behind the end */
  at(position: number): number {
    if (position < this.#start || position >= this.#end) this.#fill(position)
    return this.#window[position - this.#start] ?? 0
  }

  /** A copy of a range. @throws WireError behind the end, AllowanceError when it is too much */
  read({ offset, length }: ByteRange): Buffer {
    if (offset + length > this.size) throw new WireError('a field goes beyond the end of the file')
    this.charge(length)
    if (offset >= this.#start && offset + length <= this.#end)
      return Buffer.from(this.#window.subarray(offset - this.#start, offset - this.#start + length))
    const bytes = Buffer.alloc(length)
    for (let done = 0; done < length; ) {
      const count = readSync(this.#file, bytes, done, length - done, offset + done)
      if (count === 0) throw new WireError('the file became shorter while it was read')
      done += count
    }
    return bytes
  }

  /** A range as UTF-8 text; what is no valid UTF-8 becomes U+FFFD. @throws as `read` */
  text(range: ByteRange): string {
    const { offset, length } = range
    if (length > WINDOW_BYTES) return this.read(range).toString('utf8')
    if (length === 0) return ''
    this.charge(length)
    this.at(offset)
    if (offset + length > this.#end) this.#fill(offset)
    if (offset + length > this.#end) throw new WireError('the file ends in the middle of a name')
    return this.#window.toString('utf8', offset - this.#start, offset - this.#start + length)
  }

  #fill(position: number): void {
    const count = readSync(this.#file, this.#window, 0, WINDOW_BYTES, position)
    if (count === 0) throw new WireError('the file ends in the middle of a field')
    this.#start = position
    this.#end = position + count
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** Wire types; groups (3, 4) are older than ONNX and refused. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/** One field of a message. */
export interface WireField {
  readonly number: number
  readonly type: number
  /** Of a varint: its value as a signed 64-bit integer; beyond 2^53 it is rounded. */
  readonly value: number
  /** Where its content lies: of bytes without the length, of numbers their bytes. */
  readonly content: ByteRange
  /** Where the whole field lies, tag included. */
  readonly whole: ByteRange
}

/** Walks the fields of one message. */
export class WireReader {
  #file: FileBytes
  #position: number
  #end: number

  constructor(file: FileBytes, { offset, length }: ByteRange) {
    this.#file = file
    this.#position = offset
    this.#end = offset + length
  }

  /** The next field; undefined at the end of the message. @throws WireError, AllowanceError */
  next(): WireField | undefined {
    if (this.#position >= this.#end) return undefined
    const begin = this.#position
    const tag = this.varint()
    const number = Math.floor(tag / 8)
    const type = tag % 8
    if (tag < 8 || number > 536_870_911) throw new WireError('a field has no valid number')
    let value = 0
    let start = this.#position
    if (type === WIRE.varint) value = this.varint()
    else if (type === WIRE.bytes) {
      const length = this.varint()
      if (length < 0) throw new WireError('a field has a negative length')
      start = this.#position
      this.#position += length
    } else if (type === WIRE.fixed64) this.#position += 8
    else if (type === WIRE.fixed32) this.#position += 4
    else throw new WireError(`a field has the unknown wire type ${type}`)
    if (this.#position > this.#end)
      throw new WireError('a field goes beyond the end of its message')
    this.#file.charge(FIELD_CHARGE + start - begin)
    return {
      number,
      type,
      value,
      content: { offset: start, length: this.#position - start },
      whole: { offset: begin, length: this.#position - begin }
    }
  }

  /** Reads a varint as a signed 64-bit integer. Used by itself to walk packed numbers. */
  varint(): number {
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#position >= this.#end) throw new WireError('a number is cut off')
      const byte = this.#file.at(this.#position)
      this.#position += 1
      const bits = byte & 0x7f
      if (shift < 28) low += bits * 2 ** shift
      else high += bits * 2 ** (shift - 28)
      if (byte < 0x80) return signed(low, high)
    }
    throw new WireError('a number is longer than 64 bits')
  }

  /** True when all bytes are read. */
  get done(): boolean {
    return this.#position >= this.#end
  }
}

/** Puts 28 low bits and up to 42 high bits together as a signed 64-bit integer. */
function signed(low: number, high: number): number {
  if (high < 2 ** 35) return high * 2 ** 28 + low
  return ((high % 2 ** 36) - 2 ** 36) * 2 ** 28 + low
}

/** Where content of a message to be written comes from: bytes in memory, or a stretch of the file read. */
export type Piece = Buffer | ByteRange

/** Bytes of all pieces. */
export function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0)
}

function varintBytes(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return bytes
}

/** A field with a non-negative whole number up to 2^53. */
export function numberField(number: number, value: number): Buffer {
  return Buffer.from([...varintBytes(number * 8 + WIRE.varint), ...varintBytes(value)])
}

/** A field with bytes: text, or a message of pieces. */
export function bytesField(number: number, pieces: readonly Piece[]): Piece[] {
  const tag = varintBytes(number * 8 + WIRE.bytes)
  return [Buffer.from([...tag, ...varintBytes(lengthOf(pieces))]), ...pieces]
}

/** A field with text. */
export function textField(number: number, text: string): Buffer {
  return Buffer.concat(bytesField(number, [Buffer.from(text, 'utf8')]) as Buffer[])
}
