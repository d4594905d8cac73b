// A model that runs on another server: sends each batch to Triton, KServe or another device by the Open
// Inference Protocol v2 over REST, tensors as binary data. It chooses nothing and retries nothing.

import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { type ErrorCode, NearsideError } from '../../contract/index.ts'
import type { OnnxSession } from './onnx-session.ts'
import { openTransport, type RemoteTransport } from './remote-transport.ts'
import { bytesOf, isNumericType } from './tensor-arrays.ts'
import { tensorFromBytes } from './tensor-bytes.ts'
import type { Tensor, Tensors } from './tensors.ts'

export interface RemoteOptions {
  /** Base address, as `http://triton.local:8000`. */
  readonly url: string
  readonly model: string
  /** Without it the server chooses. */
  readonly version?: string
  /** Time that one batch may take, ms. */
  readonly timeoutMs: number
  /** Largest answer that is read, bytes; default 256 MiB. */
  readonly maxAnswerBytes?: number
  /** Sent with each request, as an authorisation that the server asks for. */
  readonly headers?: Readonly<Record<string, string>>
}

const HEADER_LENGTH = 'inference-header-content-length'
const MAX_ANSWER_BYTES = 256 * 1024 * 1024

const RemoteAnswer = z.object({
  outputs: z.array(
    z.object({
      name: z.string().max(300),
      datatype: z.string().max(20),
      shape: z.array(z.number().int().nonnegative()).max(32),
      parameters: z.object({ binary_data_size: z.number().int().nonnegative() })
    })
  )
})

/** What the status of a server means for the request that was sent. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'NS_INFERENCE_INPUT',
  404: 'NS_MODEL_UNKNOWN',
  413: 'NS_INPUT_TOO_LARGE',
  429: 'NS_INFERENCE_OVERLOADED',
  502: 'NS_REMOTE_UNREACHABLE',
  503: 'NS_REMOTE_UNREACHABLE',
  504: 'NS_INFERENCE_DEADLINE'
}

/**
 * Opens no connection; the first batch does.
 * @throws NearsideError NS_SETTINGS_INVALID for an address that requests must not be sent to
 */
export function openRemoteSession(options: RemoteOptions): OnnxSession {
  const closing = new AbortController()
  const transport = openTransport(options.url)
  return {
    run: (inputs) => run({ options, transport, closing: closing.signal }, inputs),
    close: async () => {
      closing.abort()
      transport.close()
    }
  }
}

interface OpenRemote {
  readonly options: RemoteOptions
  readonly transport: RemoteTransport
  readonly closing: AbortSignal
}

function pathOf({ model, version }: RemoteOptions): string {
  const named = version === undefined ? '' : `/versions/${encodeURIComponent(version)}`
  return `/v2/models/${encodeURIComponent(model)}${named}/infer`
}

/**
 * @throws NearsideError NS_REMOTE_UNREACHABLE, NS_INFERENCE_DEADLINE, and what the server refuses with:
 * NS_INFERENCE_INPUT, NS_MODEL_UNKNOWN, NS_INPUT_TOO_LARGE, NS_INFERENCE_OVERLOADED, NS_INFERENCE_FAILED
 */
async function run({ options, transport, closing }: OpenRemote, inputs: Tensors): Promise<Tensors> {
  const { headers = {}, timeoutMs, maxAnswerBytes = MAX_ANSWER_BYTES } = options
  const { head, body } = encode(inputs)
  const signal = AbortSignal.any([closing, AbortSignal.timeout(timeoutMs)])
  try {
    const answer = await transport.post({
      path: pathOf(options),
      headers: {
        ...headers,
        'content-type': 'application/octet-stream',
        'content-length': String(body.length),
        [HEADER_LENGTH]: String(head)
      },
      body,
      signal
    })
    const bytes = await readBounded(answer, maxAnswerBytes)
    const { statusCode = 0 } = answer
    if (statusCode < 200 || statusCode > 299) throw refusal(options, statusCode, bytes)
    return decode(options, bytes, Number(answer.headers[HEADER_LENGTH] ?? Number.NaN))
  } catch (error) {
    throw toKnown(options, signal.aborted ? signal.reason : error)
  }
}

function encode(inputs: Tensors): { head: number; body: Uint8Array<ArrayBuffer> } {
  const parts = Object.values(inputs).map(({ data }) => bytesOf(data))
  const request = {
    inputs: Object.entries(inputs).map(([name, { datatype, shape, data }]) => ({
      ...{ name, datatype, shape },
      parameters: { binary_data_size: data.byteLength }
    })),
    parameters: { binary_data_output: true }
  }
  const json = new TextEncoder().encode(JSON.stringify(request))
  return { head: json.length, body: Buffer.concat([json, ...parts]) }
}

async function readBounded(answer: IncomingMessage, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > limit) throw broken(`sent more than ${limit} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function decode(options: RemoteOptions, bytes: Uint8Array, head: number): Tensors {
  if (!Number.isSafeInteger(head) || head > bytes.length)
    throw broken('did not send its tensors as binary data')
  const { outputs } = parse(bytes.subarray(0, head))
  const tensors: Record<string, Tensor> = {}
  let at = head
  for (const { name, datatype, shape, parameters } of outputs) {
    if (!isNumericType(datatype)) throw broken(`sent ${name} as ${datatype}`)
    const own = bytes.subarray(at, at + parameters.binary_data_size)
    at += own.length
    try {
      tensors[name] = tensorFromBytes({ name, datatype, shape }, own)
    } catch {
      throw broken(`sent ${name} with more or fewer bytes than its shape needs`)
    }
  }
  if (at !== bytes.length) throw broken(`sent bytes that belong to no output of ${options.model}`)
  return tensors
}

function parse(json: Uint8Array): z.infer<typeof RemoteAnswer> {
  try {
    return RemoteAnswer.parse(JSON.parse(new TextDecoder().decode(json)))
  } catch {
    throw broken('did not send its tensors as binary data')
  }
}

/** The peer broke the protocol: trying again is no use. */
const broken = (what: string): NearsideError =>
  new NearsideError(
    'NS_INFERENCE_FAILED',
    `The inference server ${what}; check that it speaks the Open Inference Protocol v2.`
  )

function refusal(options: RemoteOptions, status: number, body: Uint8Array): NearsideError {
  const { model, url } = options
  if (status >= 300 && status < 400) {
    const sentence = `The inference server at ${url} redirects ${model}, which is not followed; give the address that it names.`
    return new NearsideError('NS_REMOTE_UNREACHABLE', sentence)
  }
  const said = withoutSecrets(saidBy(body), options)
  const code = CODES[status] ?? 'NS_INFERENCE_FAILED'
  const sentence = `The inference server at ${url} refused ${model} with ${status}${said === '' ? '' : `: ${said}`}; see its log.`
  return new NearsideError(code, sentence)
}

/** The sentence of the server, cut: it may be anything. */
function saidBy(body: Uint8Array): string {
  try {
    const parsed = JSON.parse(new TextDecoder().decode(body)) as { error?: unknown } | null
    return typeof parsed?.error === 'string' ? parsed.error.slice(0, 200) : ''
  } catch {
    return ''
  }
}

/** A server that repeats what it was sent must not bring a token into logs. */
function withoutSecrets(said: string, { headers = {} }: RemoteOptions): string {
  const secrets = Object.values(headers).flatMap((value) => [value, ...value.split(' ')])
  return secrets
    .filter(({ length }) => length >= 6)
    .sort((a, b) => b.length - a.length)
    .reduce((text, secret) => text.replaceAll(secret, '…'), said)
}

function toKnown({ url, timeoutMs }: RemoteOptions, error: unknown): NearsideError {
  if (error instanceof NearsideError) return error
  const name = (error as { name?: unknown } | null)?.name
  if (name === 'TimeoutError') {
    const sentence = `The inference server at ${url} did not answer within ${timeoutMs} ms; try again.`
    return new NearsideError('NS_INFERENCE_DEADLINE', sentence, { cause: error })
  }
  if (name === 'AbortError')
    return new NearsideError('NS_JOB_CANCELLED', 'The model was closed before the server answered.')
  const sentence = `The inference server at ${url} does not answer; check its address and that it runs.`
  return new NearsideError('NS_REMOTE_UNREACHABLE', sentence, { cause: error })
}
