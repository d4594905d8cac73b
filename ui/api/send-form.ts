// Sends a form with files and tells its progress, which fetch cannot: the one user of XMLHttpRequest.

import type { Problem } from '../../contract/index.ts'
import { ApiError } from './request.ts'

export interface FormCall {
  readonly path: string
  readonly form: FormData
  /** Who is asked, for the sentence when nobody answers: `device`. */
  readonly server: 'device' | 'fleet'
  /** Bytes sent and in all. */
  readonly onProgress?: ((sent: number, total: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

function failureOf(call: XMLHttpRequest, server: FormCall['server']): ApiError {
  try {
    const problem = JSON.parse(call.responseText) as Problem
    return new ApiError(problem.detail, problem.code, call.status)
  } catch {
    const sentence =
      call.status === 0
        ? `The upload broke off: the ${server} does not answer. Try again.`
        : `The ${server} answered ${call.status} without saying why; its log holds the reason.`
    return new ApiError(sentence, 'NS_UNREACHABLE', call.status)
  }
}

/** Posts a form and resolves to the answer's JSON. */
export function sendForm<Answer>({
  path,
  form,
  server,
  onProgress,
  signal
}: FormCall): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest()
    call.open('POST', path)
    call.upload.onprogress = ({ loaded, total }) => onProgress?.(loaded, total)
    call.onload = () => {
      if (call.status >= 200 && call.status < 300) resolve(JSON.parse(call.responseText) as Answer)
      else reject(failureOf(call, server))
    }
    call.onerror = () => reject(failureOf(call, server))
    call.onabort = () => reject(new ApiError('The upload was cancelled.', 'NS_JOB_CANCELLED', 0))
    signal?.addEventListener('abort', () => call.abort(), { once: true })
    call.send(form)
  })
}
