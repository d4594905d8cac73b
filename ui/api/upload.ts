// Sends files with progress, which fetch cannot tell: the one user of XMLHttpRequest.

import type { Job, Problem, ReportKind } from '../../contract/index.ts'
import { ApiError } from './request.ts'

export interface Upload {
  readonly kind: ReportKind
  readonly title?: string
  readonly options?: Readonly<Record<string, unknown>>
  readonly files: readonly { readonly name: string; readonly file: File }[]
  /** Bytes sent and in all. */
  readonly onProgress?: (sent: number, total: number) => void
  readonly signal?: AbortSignal
}

/** The form that starts a job; fields come before the files, so that the server can refuse early. */
function formOf({ kind, title, options, files }: Upload): FormData {
  const form = new FormData()
  form.append('kind', kind)
  if (title) form.append('title', title)
  if (options) form.append('options', JSON.stringify(options))
  for (const { name, file } of files) form.append('file', file, name)
  return form
}

function failureOf(call: XMLHttpRequest): ApiError {
  try {
    const problem = JSON.parse(call.responseText) as Problem
    return new ApiError(problem.detail, problem.code, call.status)
  } catch {
    const sentence =
      call.status === 0
        ? 'The upload broke off: the device does not answer. Try again.'
        : `The device answered ${call.status} without saying why; its log holds the reason.`
    return new ApiError(sentence, 'NS_UNREACHABLE', call.status)
  }
}

/** Uploads files and starts a job on them. */
export function uploadJob(upload: Upload): Promise<Job> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest()
    call.open('POST', '/api/v1/jobs')
    call.upload.onprogress = ({ loaded, total }) => upload.onProgress?.(loaded, total)
    call.onload = () => {
      if (call.status >= 200 && call.status < 300) resolve(JSON.parse(call.responseText) as Job)
      else reject(failureOf(call))
    }
    call.onerror = () => reject(failureOf(call))
    call.onabort = () => reject(new ApiError('The upload was cancelled.', 'NS_JOB_CANCELLED', 0))
    upload.signal?.addEventListener('abort', () => call.abort(), { once: true })
    call.send(formOf(upload))
  })
}
