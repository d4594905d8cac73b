// The answer of an inference call as REST has it: JSON, with binary tensors behind it where they were asked
// for. Pure; runs on the agent's thread for small answers and in a worker for large ones.

import { NearsideError } from '../../contract/index.ts'
import { bytesOf, type Tensor, type Tensors } from '../inference/index.ts'
import type { WantedOutput } from './oip-call.ts'

export interface InferResult {
  readonly model: string
  readonly version: string
  readonly id: string | undefined
  readonly wanted: readonly WantedOutput[]
  readonly outputs: Tensors
}

export interface EncodedAnswer {
  /** Bytes of the JSON when binary data follows; undefined: all JSON. */
  readonly headerBytes: number | undefined
  /** What the body is made of, in order; tensors are views of the model's answer. */
  readonly parts: readonly Uint8Array<ArrayBuffer>[]
}

/** Numbers as JSON; 64-bit integers keep every digit. */
function numbersOf(name: string, { datatype, data }: Tensor): string {
  if (datatype === 'BOOL')
    return `[${Array.from(data as Uint8Array, (value) => value !== 0).join()}]`
  if (datatype !== 'FP32' && datatype !== 'FP64') return `[${data.join()}]`
  for (const value of data)
    if (!Number.isFinite(value)) {
      const sentence = `${name}: the model answered a number that is not finite, which JSON cannot hold; ask for binary_data.`
      throw new NearsideError('NS_INFERENCE_FAILED', sentence)
    }
  return JSON.stringify(Array.from(data as Float32Array))
}

/**
 * Encodes an answer.
 * @throws NearsideError NS_INFERENCE_FAILED when an output is missing or has no form in JSON
 */
export function encodeAnswer(result: InferResult): EncodedAnswer {
  const { model, version, id, wanted, outputs } = result
  const parts: Uint8Array<ArrayBuffer>[] = []
  const texts = wanted.map(({ name, binary }) => {
    const tensor = outputs[name]
    if (!tensor) {
      const sentence = `${model} did not answer its output ${name}; install the bundle again.`
      throw new NearsideError('NS_INFERENCE_FAILED', sentence)
    }
    const head = `"name":${JSON.stringify(name)},"datatype":"${tensor.datatype}","shape":[${tensor.shape.join()}]`
    if (!binary) return `{${head},"data":${numbersOf(name, tensor)}}`
    parts.push(bytesOf(tensor.data))
    return `{${head},"parameters":{"binary_data_size":${tensor.data.byteLength}}}`
  })
  const named = id === undefined ? '' : `"id":${JSON.stringify(id)},`
  const json = `{"model_name":${JSON.stringify(model)},"model_version":${JSON.stringify(version)},${named}"outputs":[${texts.join()}]}`
  const head = new TextEncoder().encode(json)
  return { headerBytes: parts.length === 0 ? undefined : head.length, parts: [head, ...parts] }
}
