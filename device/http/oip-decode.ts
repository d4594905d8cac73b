// A REST inference request from bytes to tensors: JSON alone, JSON with binary data behind it, or one raw
// tensor. Pure; runs on the agent's thread for small bodies and in a worker for large ones.

import { NearsideError } from '../../contract/index.ts'
import {
  checkHeads,
  checkValues,
  ELEMENT_BYTES,
  elementsOf,
  isNumericType,
  type Tensor,
  tensorFromBytes
} from '../inference/index.ts'
import {
  type InferCall,
  type ModelFacts,
  refuseForeignParameters,
  schedulePolicy,
  wantedOutputs
} from './oip-call.ts'
import { boundJson, InexactInteger, parseJson, tensorFromJson } from './oip-json.ts'
import { InferRequest } from './oip-schemas.ts'

/** Brackets inside each other: three of the request, then as many as tensors have dimensions. */
const DEEPEST_JSON = 40

/** Keys of a thousand tensors with parameters each. */
const MOST_KEYS = 20_000
/** Text becomes a string of up to two bytes a character before it becomes values. */
const MOST_JSON_BYTES = 64 * 1024 * 1024

const refuse = (sentence: string): never => {
  throw new NearsideError('NS_INFERENCE_INPUT', sentence)
}

function parseRequest(json: Uint8Array, exact: boolean): InferRequest {
  const parsed = InferRequest.safeParse(parseJson(json, exact))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = issue?.path.join('.') || 'the body'
  const sentence = `${where}: ${issue?.message ?? 'does not fit'}; see /openapi.json for what is expected.`
  throw new NearsideError('NS_REQUEST_INVALID', sentence)
}

/**
 * Decodes and checks a request.
 * @param body the whole body
 * @param headerBytes bytes of its JSON when binary data follows; 0: the body is one raw tensor; undefined: all JSON
 * @throws NearsideError NS_REQUEST_INVALID, NS_INFERENCE_INPUT, NS_INPUT_TOO_LARGE
 */
export function decodeInfer(
  model: ModelFacts,
  body: Uint8Array,
  headerBytes: number | undefined
): InferCall {
  if (headerBytes === 0) return decodeRaw(model, body)
  if (headerBytes !== undefined && headerBytes > body.length)
    refuse('Inference-Header-Content-Length is longer than the body; send the whole body.')
  const json = body.subarray(0, headerBytes)
  const binary = headerBytes === undefined ? undefined : body.subarray(headerBytes)
  if (json.length > MOST_JSON_BYTES) {
    const sentence = `The JSON has more than ${MOST_JSON_BYTES} bytes; send large tensors as binary data.`
    throw new NearsideError('NS_INPUT_TOO_LARGE', sentence)
  }
  boundJson(json, { depth: DEEPEST_JSON, elements: model.maxJsonElements, keys: MOST_KEYS })
  try {
    return assemble(model, parseRequest(json, false), { binary, exact: false })
  } catch (error) {
    if (!(error instanceof InexactInteger)) throw error
    return assemble(model, parseRequest(json, true), { binary, exact: true })
  }
}

interface BodyParts {
  /** What follows the JSON; undefined when there is only JSON. */
  readonly binary: Uint8Array | undefined
  /** The JSON was parsed with every digit of its integers. */
  readonly exact: boolean
}

function assemble(model: ModelFacts, request: InferRequest, body: BodyParts): InferCall {
  const { parameters = {} } = request
  checkHeads(model, request.inputs)
  const inputs = readInputs(request.inputs, body)
  const binaryByDefault = Boolean(parameters['binary_data_output'] ?? false)
  return {
    id: request.id,
    inputs,
    outputs: wantedOutputs(model, request.outputs, binaryByDefault),
    ...schedulePolicy(parameters)
  }
}

function readInputs(
  inputs: InferRequest['inputs'],
  { binary, exact }: BodyParts
): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {}
  let at = 0
  for (const input of inputs) {
    const { name, parameters = {} } = input
    refuseForeignParameters(name, parameters)
    const size = parameters['binary_data_size']
    const bytes =
      size === undefined ? undefined : takeBinary(name, { size, at, binary, data: input.data })
    const tensor = bytes ? tensorFromBytes(input, bytes) : tensorFromJson(input, input.data, exact)
    at += bytes?.length ?? 0
    checkValues(name, tensor)
    tensors[name] = tensor
  }
  const left = (binary?.length ?? 0) - at
  if (left > 0)
    refuse(
      `${left} bytes of binary data belong to no input; send binary_data_size with each input.`
    )
  return tensors
}

interface BinaryPart {
  readonly size: unknown
  readonly at: number
  readonly binary: Uint8Array | undefined
  readonly data: unknown
}

function takeBinary(name: string, { size, at, binary, data }: BinaryPart): Uint8Array {
  if (data !== undefined) refuse(`${name}: there is data and binary_data_size; send one of them.`)
  if (!binary)
    return refuse(
      `${name}: binary_data_size needs the header Inference-Header-Content-Length; send it.`
    )
  if (!Number.isSafeInteger(size) || (size as number) < 0)
    refuse(`${name}: binary_data_size is a whole number of bytes; send such a one.`)
  const bytes = binary.subarray(at, at + (size as number))
  if (bytes.length !== size)
    refuse(
      `${name}: the binary data is cut off; ${size} bytes were promised, ${bytes.length} came.`
    )
  return bytes
}

/** A body that is the one input of a model; a single variable dimension follows from its length. */
function decodeRaw(model: ModelFacts, body: Uint8Array): InferCall {
  const [spec, ...others] = model.inputs
  if (!spec || others.length > 0)
    return refuse(
      `${model.model} has ${model.inputs.length} inputs; a raw tensor needs a model with one.`
    )
  if (!isNumericType(spec.datatype))
    return refuse(`${spec.name}: tensors of type ${spec.datatype} cannot be sent raw.`)
  const open = spec.shape.filter((size) => size === -1).length
  // With several variable dimensions the rows are one, as Triton has it.
  const shape = spec.shape.map((size, axis) => (size === -1 && axis === 0 && open > 1 ? 1 : size))
  const known = elementsOf(shape.filter((size) => size !== -1)) * ELEMENT_BYTES[spec.datatype]
  if (shape.filter((size) => size === -1).length > 1)
    refuse(
      `${spec.name}: its shape [${spec.shape.join()}] does not follow from bytes; send JSON too.`
    )
  const filled = shape.map((size) => (size === -1 ? Math.floor(body.length / known) : size))
  const head = { name: spec.name, datatype: spec.datatype, shape: filled }
  checkHeads(model, [head])
  const tensor = tensorFromBytes(head, body)
  checkValues(spec.name, tensor)
  return {
    id: undefined,
    inputs: { [spec.name]: tensor },
    outputs: wantedOutputs(model, undefined, true),
    priority: 0,
    timeoutMs: undefined
  }
}
