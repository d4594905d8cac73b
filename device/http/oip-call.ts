// One inference call of the Open Inference Protocol, whichever way it came: what REST and gRPC decode into
// before it is submitted, and the parameters that both know.

import { NearsideError, type TensorSpec } from '../../contract/index.ts'
import type { InputContract, Tensors } from '../inference/index.ts'

/** What decoding needs to know of a model; plain data, so that it can go to another thread. */
export interface ModelFacts extends InputContract {
  readonly version: string
  readonly outputs: readonly TensorSpec[]
  /** Numbers that the JSON of one request may hold; more is sent as binary data. */
  readonly maxJsonElements: number
}

export interface WantedOutput {
  readonly name: string
  readonly binary: boolean
}

export interface InferCall {
  readonly id: string | undefined
  readonly inputs: Tensors
  /** Outputs to answer with, in order. */
  readonly outputs: readonly WantedOutput[]
  /** 0 stands for the model's default, 1 is the highest, 9 the lowest. */
  readonly priority: number
  /** Time that the request may wait, ms; undefined: as long as it takes. */
  readonly timeoutMs: number | undefined
}

export type ParameterValue = string | number | boolean
export type Parameters = Readonly<Record<string, ParameterValue>>

const LOWEST_PRIORITY = 9
/** A day: longer waits are mistakes in the unit. */
const LONGEST_WAIT_US = 86_400_000_000

const refuse = (sentence: string): never => {
  throw new NearsideError('NS_INFERENCE_INPUT', sentence)
}

function wholeNumber(parameters: Parameters, name: string, most: number): number {
  const value = Number(parameters[name] ?? 0)
  const whole = Number.isSafeInteger(value) && value >= 0 && value <= most
  return whole
    ? value
    : refuse(`parameters.${name} is a whole number from 0 to ${most}; send such a one.`)
}

/**
 * Reads the schedule policy of a request: `priority`, and `timeout` in µs.
 * @throws NearsideError NS_INFERENCE_INPUT, also for parameters that would change the answer if they were ignored
 */
export function schedulePolicy(
  parameters: Parameters = {}
): Pick<InferCall, 'priority' | 'timeoutMs'> {
  const sequence = parameters['sequence_id']
  if (sequence !== undefined && sequence !== 0 && sequence !== '' && sequence !== '0')
    refuse('parameters.sequence_id: no model here keeps state between requests; leave it out.')
  const timeoutUs = wholeNumber(parameters, 'timeout', LONGEST_WAIT_US)
  return {
    priority: wholeNumber(parameters, 'priority', LOWEST_PRIORITY),
    timeoutMs: timeoutUs === 0 ? undefined : timeoutUs / 1000
  }
}

interface OutputWish {
  readonly name: string
  readonly parameters?: Parameters | undefined
}

/**
 * The outputs to answer with: those that were asked for, or all of the model.
 * @throws NearsideError NS_INFERENCE_INPUT for unknown ones, and for what cannot be done with them
 */
export function wantedOutputs(
  model: ModelFacts,
  wishes: readonly OutputWish[] | undefined,
  binaryByDefault: boolean
): WantedOutput[] {
  const all = wishes && wishes.length > 0 ? wishes : model.outputs.map(({ name }) => ({ name }))
  const seen = new Set<string>()
  return all.map(({ name, parameters = {} }: OutputWish) => {
    const spec = model.outputs.find((output) => output.name === name)
    if (!spec)
      refuse(
        `${model.model} has no output named ${name.slice(0, 64)}; it has ${model.outputs.map((output) => output.name).join(', ')}.`
      )
    if (seen.has(name)) refuse(`${name}: the output is asked for twice; ask once.`)
    seen.add(name)
    refuseForeignParameters(name, parameters)
    const binary = Boolean(parameters['binary_data'] ?? binaryByDefault)
    if (!binary && spec?.datatype === 'FP16')
      refuse(`${name}: FP16 has no form in JSON; ask for it with binary_data.`)
    return { name, binary }
  })
}

/**
 * Refuses extensions that are not offered and would change what a tensor means.
 * @throws NearsideError NS_INFERENCE_INPUT
 */
export function refuseForeignParameters(name: string, parameters: Parameters): void {
  if (Number(parameters['classification'] ?? 0) !== 0)
    refuse(`${name}: classification is not offered; ask for the tensor and rank its values.`)
  if (parameters['shared_memory_region'] !== undefined)
    refuse(`${name}: shared memory is not offered; send the tensor with the request.`)
}
