// Reads an ONNX file (onnx.proto, ModelProto) into a plain description, by ranges: weights are stepped over,
// whatever their size. It stops at what would cost too much to read; whether the model makes sense is for
// check-graph.ts to say.

import {
  type AttributeDescription,
  type FunctionDescription,
  type GraphDescription,
  type ModelDescription,
  type NodeDescription,
  type Opset,
  plainDomain
} from './description.ts'
import { MAX_DEPTH, MAX_FILE_BYTES, MAX_HEADER_BYTES, MAX_NAME_BYTES, MAX_NODES } from './limits.ts'
import { invalid, ModelRefusal, unsafe } from './model-refusal.ts'
import {
  addIntegers,
  bytesOf,
  fieldsOf,
  readSparse,
  readTensor,
  readValue,
  textOf
} from './read-tensor.ts'
import type { Steps } from './steps.ts'
import { AllowanceError, type ByteRange, FileBytes, WIRE, WireError } from './wire.ts'

/** What one reading keeps count of. */
interface Reading {
  readonly file: FileBytes
  nodesLeft: number
}

/** Numbers of an attribute list that are kept, as of a shape; longer lists are stepped over. */
const MAX_KEPT_NUMBERS = 64

/** Fields of an attribute that hold one tensor, graph or sparse tensor. */
const SINGLE_MESSAGES: ReadonlySet<number> = new Set([5, 6, 22])

function* readAttribute(
  reading: Reading,
  range: ByteRange,
  depth: number
): Steps<AttributeDescription> {
  const { file } = reading
  let name = ''
  let integer: number | undefined
  let text: string | undefined
  const integers: number[] = []
  const tensors = []
  const sparse = []
  const graphs: GraphDescription[] = []
  const seen = new Set<number>()
  for (const field of fieldsOf(file, range)) {
    const { number } = field
    // Protobuf joins a message that is given twice: what is read here would not be what is loaded.
    if (SINGLE_MESSAGES.has(number) && seen.has(number))
      throw invalid('holds an attribute that is given twice.')
    seen.add(number)
    if (number === 1) name = textOf(file, field)
    else if (number === 3) integer = field.value
    else if (number === 4) {
      const { length } = bytesOf(field)
      text = length <= MAX_NAME_BYTES ? textOf(file, field) : undefined
    } else if (number === 8) {
      const single = field.type === WIRE.varint
      if (single ? integers.length < MAX_KEPT_NUMBERS : field.content.length <= MAX_KEPT_NUMBERS)
        addIntegers(file, field, { into: integers, limit: 2 * MAX_KEPT_NUMBERS })
    } else if (number === 5 || number === 10) tensors.push(readTensor(file, bytesOf(field)))
    else if (number === 22 || number === 23) sparse.push(readSparse(file, bytesOf(field)))
    else if (number === 6 || number === 11)
      graphs.push(yield* readGraph(reading, bytesOf(field), depth + 1))
  }
  return { name, integer, text, integers, tensors, sparse, graphs }
}

function* readNode(reading: Reading, content: ByteRange, depth: number): Steps<NodeDescription> {
  const { file } = reading
  reading.nodesLeft -= 1
  if (reading.nodesLeft < 0)
    throw unsafe(`holds more than ${MAX_NODES} nodes; simplify the model before it is exported.`)
  let [name, op, domain, overload] = ['', '', '', '']
  const inputs: string[] = []
  const outputs: string[] = []
  const attributes: AttributeDescription[] = []
  for (const field of fieldsOf(file, content)) {
    if (field.number === 1) inputs.push(textOf(file, field))
    else if (field.number === 2) outputs.push(textOf(file, field))
    else if (field.number === 3) name = textOf(file, field)
    else if (field.number === 4) op = textOf(file, field)
    else if (field.number === 5)
      attributes.push(yield* readAttribute(reading, bytesOf(field), depth))
    else if (field.number === 7) domain = plainDomain(textOf(file, field))
    else if (field.number === 8) overload = textOf(file, field)
    yield
  }
  return { name, op, domain, overload, inputs, outputs, attributes, content }
}

function* readGraph(reading: Reading, range: ByteRange, depth: number): Steps<GraphDescription> {
  const { file } = reading
  if (depth > MAX_DEPTH)
    throw unsafe(`nests graphs deeper than ${MAX_DEPTH}; export the model with flatter loops.`)
  const nodes: NodeDescription[] = []
  const initialisers = []
  const sparse = []
  const inputs = []
  const outputs = []
  const values = []
  let name = ''
  for (const field of fieldsOf(file, range)) {
    const { number } = field
    if (number === 1) nodes.push(yield* readNode(reading, bytesOf(field), depth))
    else if (number === 2) name = textOf(file, field)
    else if (number === 5) initialisers.push(readTensor(file, bytesOf(field)))
    else if (number === 11) inputs.push(readValue(file, bytesOf(field)))
    else if (number === 12) outputs.push(readValue(file, bytesOf(field)))
    else if (number === 13) values.push(readValue(file, bytesOf(field)))
    else if (number === 15) sparse.push(readSparse(file, bytesOf(field)))
    yield
  }
  return { name, nodes, initialisers, sparse, inputs, outputs, values }
}

function readOpset(file: FileBytes, range: ByteRange): Opset {
  let [domain, version] = ['', 0]
  for (const field of fieldsOf(file, range)) {
    if (field.number === 1) domain = plainDomain(textOf(file, field))
    else if (field.number === 2) version = field.value
  }
  return { domain, version }
}

function* readFunction(reading: Reading, range: ByteRange): Steps<FunctionDescription> {
  const { file } = reading
  let [name, domain, overload] = ['', '', '']
  const inputs: string[] = []
  const outputs: string[] = []
  const opsets: Opset[] = []
  const nodes: NodeDescription[] = []
  for (const field of fieldsOf(file, range)) {
    const { number } = field
    if (number === 1) name = textOf(file, field)
    else if (number === 4) inputs.push(textOf(file, field))
    else if (number === 5) outputs.push(textOf(file, field))
    else if (number === 7) nodes.push(yield* readNode(reading, bytesOf(field), 1))
    else if (number === 9) opsets.push(readOpset(file, bytesOf(field)))
    else if (number === 10) domain = plainDomain(textOf(file, field))
    else if (number === 13) overload = textOf(file, field)
    else if (number === 11)
      // default values of attributes may hold tensors and graphs too
      nodes.push(yield* attributeHolder(reading, bytesOf(field)))
  }
  return { name, domain, overload, inputs, outputs, opsets, nodes }
}

const HOLDER = { name: '', op: 'Identity', domain: '', overload: '', inputs: [], outputs: [] }

/** A node without operator round an attribute that belongs to a function, so that checks meet it. */
function* attributeHolder(reading: Reading, content: ByteRange): Steps<NodeDescription> {
  const attributes = [yield* readAttribute(reading, content, 1)]
  return { ...HOLDER, attributes, content }
}

function* readModel(file: FileBytes): Steps<ModelDescription> {
  const reading: Reading = { file, nodesLeft: MAX_NODES }
  let irVersion = 0
  let producer = ''
  let graph: GraphDescription | undefined
  const opsets: Opset[] = []
  const functions: FunctionDescription[] = []
  const frame: ByteRange[] = []
  for (const field of fieldsOf(file, { offset: 0, length: file.size })) {
    const { number } = field
    if (number === 7 && graph) throw invalid('holds two graphs; export the model again.')
    if (number === 1) irVersion = field.value
    else if (number === 2) producer = textOf(file, field)
    else if (number === 7) graph = yield* readGraph(reading, bytesOf(field), 0)
    else if (number === 8) opsets.push(readOpset(file, bytesOf(field)))
    else if (number === 25) functions.push(yield* readFunction(reading, bytesOf(field)))
    yield
    if (number !== 7 && number !== 20) frame.push(field.whole) // 20: how it was trained
  }
  if (!graph) throw invalid('is no ONNX model: it holds no graph.')
  return { irVersion, producer, opsets, graph, functions, sizeBytes: file.size, frame }
}

/**
 * Reads a model's description; memory and time are bounded whatever the file holds.
 * @throws ModelRefusal NS_BUNDLE_INVALID when it is no ONNX model or cut off, NS_MODEL_UNSAFE when it is too much
 */
export function* readOnnx(path: string): Steps<ModelDescription> {
  const file = new FileBytes(path, MAX_HEADER_BYTES)
  try {
    if (file.size > MAX_FILE_BYTES)
      throw unsafe(
        'is larger than 2 GB, more than an ONNX file can be; store its weights beside it.'
      )
    return yield* readModel(file)
  } catch (error) {
    if (error instanceof ModelRefusal) throw error
    if (error instanceof WireError)
      throw invalid(`is no ONNX model or is cut off (${error.message}); export it again.`)
    if (error instanceof AllowanceError)
      throw unsafe(
        `holds more than ${MAX_HEADER_BYTES / 1024 / 1024} MiB beside its weights; store weights raw and drop what is not needed.`
      )
    throw error
  } finally {
    file.close()
  }
}
