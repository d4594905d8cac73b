// A ModelInferRequest of gRPC from bytes to tensors, from raw or typed contents; with the same checks as REST.
// Pure; runs on the agent's thread for small messages and in a worker for large ones.

import { NearsideError } from '../../contract/index.ts'
import {
  allocate,
  checkHeads,
  checkValues,
  elementsOf,
  isNumericType,
  type Tensor,
  type TensorHead,
  tensorFromBytes
} from '../inference/index.ts'
import {
  type InferCall,
  type ModelFacts,
  type Parameters,
  type ParameterValue,
  refuseForeignParameters,
  schedulePolicy,
  wantedOutputs
} from './oip-call.ts'
import { boundMessage } from './oip-grpc-bounds.ts'
import { publishedService } from './oip-grpc-proto.ts'

/** A thousand tensors with names, shapes and parameters. */
const MOST_FIELDS = 20_000

type GrpcParameters = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** What proto-loader makes of the message; 64-bit integers are text. */
interface ModelInferRequest {
  readonly id: string
  readonly parameters: GrpcParameters
  readonly inputs: readonly {
    readonly name: string
    readonly datatype: string
    readonly shape: readonly string[]
    readonly parameters: GrpcParameters
    readonly contents: Readonly<Record<string, readonly (number | boolean | string)[]>> | null
  }[]
  readonly outputs: readonly { readonly name: string; readonly parameters: GrpcParameters }[]
  readonly raw_input_contents: readonly Buffer[]
}

const refuse = (sentence: string): never => {
  throw new NearsideError('NS_INFERENCE_INPUT', sentence)
}

/** Field of InferTensorContents that holds a datatype. */
const FIELDS: Readonly<Record<string, string>> = {
  BOOL: 'bool_contents',
  INT8: 'int_contents',
  INT16: 'int_contents',
  INT32: 'int_contents',
  INT64: 'int64_contents',
  UINT8: 'uint_contents',
  UINT16: 'uint_contents',
  UINT32: 'uint_contents',
  UINT64: 'uint64_contents',
  FP32: 'fp32_contents',
  FP64: 'fp64_contents'
}

function parametersOf(parameters: GrpcParameters): Parameters {
  const plain: Record<string, ParameterValue> = {}
  for (const [name, choice] of Object.entries(parameters)) {
    const value = choice[String(choice['parameter_choice'])]
    const isText = choice['parameter_choice'] === 'string_param'
    if (typeof value === 'string') plain[name] = isText ? value : Number(value)
    else if (typeof value === 'number' || typeof value === 'boolean') plain[name] = value
  }
  return plain
}

/**
 * Decodes and checks a request.
 * @throws NearsideError NS_REQUEST_INVALID, NS_INFERENCE_INPUT, NS_INPUT_TOO_LARGE
 */
export function decodeGrpcInfer(model: ModelFacts, message: Uint8Array): InferCall {
  boundMessage(message, { fields: MOST_FIELDS, elements: model.maxJsonElements })
  const request = parse(message)
  const heads = request.inputs.map(({ name, datatype, shape }) => ({
    name,
    datatype,
    shape: shape.map(Number)
  }))
  checkHeads(model, heads)
  const raw = request.raw_input_contents
  if (raw.length > 0 && raw.length !== heads.length)
    refuse(`There are ${heads.length} inputs and ${raw.length} raw contents; send one each.`)
  const inputs: Record<string, Tensor> = {}
  for (const [index, head] of heads.entries()) {
    const { parameters = {}, contents } = request.inputs[index] ?? {}
    refuseForeignParameters(head.name, parametersOf(parameters))
    const own = raw[index]
    const tensor = own ? tensorFromBytes(head, own) : tensorFromContents(head, contents ?? null)
    checkValues(head.name, tensor)
    inputs[head.name] = tensor
  }
  const wishes = request.outputs.map(({ name, parameters }) => ({
    name,
    parameters: parametersOf(parameters)
  }))
  return {
    id: request.id === '' ? undefined : request.id,
    inputs,
    outputs: wantedOutputs(model, wishes, true),
    ...schedulePolicy(parametersOf(request.parameters))
  }
}

function parse(message: Uint8Array): ModelInferRequest {
  try {
    const { buffer, byteOffset, byteLength } = message
    const bytes = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)
    return publishedService()['ModelInfer']?.requestDeserialize(bytes) as ModelInferRequest
  } catch (cause) {
    const sentence = 'The message is no ModelInferRequest; use the published proto.'
    throw new NearsideError('NS_REQUEST_INVALID', sentence, { cause })
  }
}

function tensorFromContents(
  { name, datatype, shape }: TensorHead,
  contents: ModelInferRequest['inputs'][number]['contents']
): Tensor {
  const field = FIELDS[datatype]
  if (!isNumericType(datatype) || field === undefined)
    return refuse(`${name}: ${datatype} has no typed contents; send raw_input_contents.`)
  const list = contents?.[field] ?? []
  const count = elementsOf(shape)
  if (list.length !== count)
    refuse(
      `${name}: ${field} holds ${list.length} values, the shape needs ${count}; send them all.`
    )
  const data = allocate(datatype, count)
  const wide = data instanceof BigInt64Array || data instanceof BigUint64Array
  for (const [index, value] of list.entries()) {
    const number = wide ? BigInt(value) : Number(value)
    data[index] = number as never
    // A double holds every value of the narrow types, so one that changed did not fit.
    if (!wide && datatype !== 'FP32' && data[index] !== number && !Number.isNaN(number))
      refuse(`${name}: element ${index} is no ${datatype}; send numbers of that type.`)
  }
  return { datatype, shape: [...shape], data }
}
