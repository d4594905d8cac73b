// One call over HTTP: JSON in and out, and a problem document becomes an ApiError whose message is the
// server's own sentence. The only place with fetch.

import type { Problem } from '../../contract/index.ts'

/** What went wrong, in the server's words; `code` is one of the contract's, or NS_UNREACHABLE. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number

  constructor(message: string, code: string, status: number) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.status = status
  }
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is: form data. */
  readonly body?: BodyInit
  readonly signal?: AbortSignal
  /** Idempotency key. */
  readonly key?: string
}

/** The server's sentence if there is one; else the status, which is better than nothing. */
async function problemOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '')
  try {
    const problem = JSON.parse(text) as Partial<Problem>
    if (problem.detail) {
      return new ApiError(problem.detail, problem.code ?? 'NS_INTERNAL', response.status)
    }
  } catch {
    // Not a problem document; the status has to do.
  }
  const sentence = `The server answered ${response.status} without saying why; its log holds the reason.`
  return new ApiError(sentence, 'NS_INTERNAL', response.status)
}

function send(path: string, call: Call): Promise<Response> {
  const headers = new Headers()
  const init: RequestInit = { method: call.method ?? 'GET', headers }
  if (call.key) headers.set('idempotency-key', call.key)
  if (call.signal) init.signal = call.signal
  if (call.json !== undefined) {
    headers.set('content-type', 'application/json')
    init.body = JSON.stringify(call.json)
  } else if (call.body !== undefined) init.body = call.body
  return fetch(path, init)
}

/** Calls an address of this origin; resolves to undefined for an answer without content. */
export async function request<Answer>(path: string, call: Call = {}): Promise<Answer> {
  let response: Response
  try {
    response = await send(path, call)
  } catch (error) {
    if (call.signal?.aborted) throw error
    throw new ApiError(
      'The server does not answer. It may be starting; this page tries again by itself.',
      'NS_UNREACHABLE',
      0
    )
  }
  if (!response.ok) throw await problemOf(response)
  if (response.status === 204) return undefined as Answer
  return (await response.json()) as Answer
}

/** A query string of the values that are given, with its question mark; empty when none is. */
export function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== '')
  if (given.length === 0) return ''
  return `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`
}

const part = encodeURIComponent

/** A path with its variable parts encoded: path`/api/v1/jobs/${id}`. */
export function path(
  strings: TemplateStringsArray,
  ...values: readonly (string | number)[]
): string {
  return strings.reduce(
    (text, piece, index) => text + part(String(values[index - 1] ?? '')) + piece
  )
}
