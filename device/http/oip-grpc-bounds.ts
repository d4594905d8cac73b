// Reads the fields of a ModelInferRequest without decoding it, so that a message is refused before it becomes
// objects that take a hundred times its bytes. Knows the published proto's field numbers and nothing of models.

import { NearsideError } from '../../contract/index.ts'

/** What a field holds: a number, four or eight bytes, or a range of the message. */
type Wire = 0 | 1 | 2 | 5

interface Field {
  readonly number: number
  readonly wire: Wire
  /** Bytes of the field's value in the message. */
  readonly from: number
  readonly to: number
}

const broken = (): NearsideError =>
  new NearsideError(
    'NS_REQUEST_INVALID',
    'The message is no ModelInferRequest; use the published proto.'
  )

/** Reads a message field by field (protobuf encoding); groups, which proto3 does not have, are refused. */
class FieldReader {
  #bytes: Uint8Array
  #at: number
  #end: number

  constructor(bytes: Uint8Array, from = 0, to = bytes.length) {
    this.#bytes = bytes
    this.#at = from
    this.#end = to
  }

  /** The next field, undefined at the end. @throws NearsideError NS_REQUEST_INVALID */
  next(): Field | undefined {
    if (this.#at >= this.#end) return undefined
    const tag = this.#small()
    const wire = tag % 8
    if (wire !== 0 && wire !== 1 && wire !== 2 && wire !== 5) throw broken()
    const from = this.#at
    if (wire === 0) this.#varint()
    else if (wire === 1) this.#at += 8
    else if (wire === 5) this.#at += 4
    else {
      const length = this.#small()
      const start = this.#at
      this.#at += length
      if (this.#at > this.#end) throw broken()
      return { number: Math.floor(tag / 8), wire, from: start, to: this.#at }
    }
    if (this.#at > this.#end) throw broken()
    return { number: Math.floor(tag / 8), wire, from, to: this.#at }
  }

  /** A tag or a length: 32 bits, or decoders would read it differently. */
  #small(): number {
    const value = this.#varint()
    if (value > 0xffffffff) throw broken()
    return value
  }

  #varint(): number {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#at < this.#end ? this.#bytes[this.#at] : undefined
      this.#at += 1
      // Ten bytes are the longest: negative numbers take them.
      if (byte === undefined || scale > 2 ** 63) throw broken()
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
}

export interface Target {
  readonly model: string
  readonly version: string
  readonly id: string
}

/** Fields 1 to 3 and the bytes that they may have, as REST has it. */
const TEXTS = [
  { name: 'model_name', most: 300 },
  { name: 'model_version', most: 100 },
  { name: 'id', most: 1000 }
] as const

/**
 * Model, version and id of a message without decoding the rest.
 * @throws NearsideError NS_REQUEST_INVALID
 */
export function targetOf(message: Uint8Array): Target {
  const texts = new Map<string, string>()
  const reader = new FieldReader(message)
  for (let field = reader.next(); field; field = reader.next()) {
    const text = field.wire === 2 ? TEXTS[field.number - 1] : undefined
    if (!text) continue
    if (field.to - field.from > text.most) {
      const sentence = `${text.name} has more than ${text.most} bytes; send a shorter one.`
      throw new NearsideError('NS_REQUEST_INVALID', sentence)
    }
    texts.set(text.name, new TextDecoder().decode(message.subarray(field.from, field.to)))
  }
  const of = (index: 0 | 1 | 2): string => texts.get(TEXTS[index].name) ?? ''
  return { model: of(0), version: of(1), id: of(2) }
}

interface MessageBounds {
  /** Names, dimensions, parameters, tensors: everything but values. */
  readonly fields: number
  /** Values in typed contents; raw contents are not counted. */
  readonly elements: number
}

/** Field numbers of the proto. */
const PARAMETERS = 4
const INPUTS = 5
const OUTPUTS = 6
const SHAPE = 3
const CONTENTS = 5
const FP32_CONTENTS = 6
const FP64_CONTENTS = 7
const BYTES_CONTENTS = 8

/**
 * Refuses a message that would take far more memory than its bytes.
 * @throws NearsideError NS_REQUEST_INVALID, NS_INFERENCE_INPUT for fields, NS_INPUT_TOO_LARGE for values
 */
export function boundMessage(message: Uint8Array, bounds: MessageBounds): void {
  new Counting(message, bounds).request()
}

class Counting {
  #message: Uint8Array
  #bounds: MessageBounds
  #fields = 0
  #elements = 0

  constructor(message: Uint8Array, bounds: MessageBounds) {
    this.#message = message
    this.#bounds = bounds
  }

  request(): void {
    this.#each({ from: 0, to: this.#message.length }, (field) => {
      if (field.number === INPUTS) this.#each(field, (part) => this.#input(part))
      else if (field.number === PARAMETERS || field.number === OUTPUTS) this.#each(field)
    })
  }

  #input(part: Field): void {
    if (part.number === SHAPE && part.wire === 2) this.#addFields(this.#varintsIn(part))
    else if (part.number === CONTENTS) this.#contents(part)
  }

  /** Goes through the fields of a message inside the message, each of which counts. */
  #each({ from, to }: Pick<Field, 'from' | 'to'>, see?: (field: Field) => void): void {
    const reader = new FieldReader(this.#message, from, to)
    for (let field = reader.next(); field; field = reader.next()) {
      this.#addFields(1)
      if (field.wire === 2) see?.(field)
    }
  }

  #contents({ from, to }: Field): void {
    const reader = new FieldReader(this.#message, from, to)
    for (let field = reader.next(); field; field = reader.next()) {
      const packed = field.wire === 2 && field.number !== BYTES_CONTENTS
      this.#addElements(packed ? this.#packed(field) : 1)
    }
  }

  #packed(field: Field): number {
    if (field.number === FP32_CONTENTS) return (field.to - field.from) / 4
    if (field.number === FP64_CONTENTS) return (field.to - field.from) / 8
    return this.#varintsIn(field)
  }

  /** The last byte of a number has no high bit. */
  #varintsIn({ from, to }: Field): number {
    let count = 0
    for (let at = from; at < to; at += 1) if ((this.#message[at] ?? 0) < 128) count += 1
    return count
  }

  #addFields(count: number): void {
    this.#fields += count
    if (this.#fields <= this.#bounds.fields) return
    const sentence = `The message has more than ${this.#bounds.fields} fields; send only what the model takes.`
    throw new NearsideError('NS_INFERENCE_INPUT', sentence)
  }

  #addElements(count: number): void {
    this.#elements += count
    if (this.#elements <= this.#bounds.elements) return
    const sentence = `The typed contents hold more than ${this.#bounds.elements} values; send large tensors as raw_input_contents.`
    throw new NearsideError('NS_INPUT_TOO_LARGE', sentence)
  }
}
