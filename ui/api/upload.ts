// Uploads the files of a job to the device, with progress.

import type { Job, ReportKind } from '../../contract/index.ts'
import { sendForm } from './send-form.ts'

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

/** Uploads files and starts a job on them. */
export const uploadJob = (upload: Upload): Promise<Job> =>
  sendForm({
    path: '/api/v1/jobs',
    form: formOf(upload),
    server: 'device',
    onProgress: upload.onProgress,
    signal: upload.signal
  })
