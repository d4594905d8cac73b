// Uploads as the workbench makes them: fields first, then files.

import type { Job, Problem } from '../../contract/index.ts'

export interface UploadFile {
  readonly name: string
  readonly content: string | Uint8Array<ArrayBuffer>
}

interface UploadRequest {
  readonly kind: string
  readonly files: readonly UploadFile[]
  readonly options?: Record<string, unknown>
}

/** POSTs a job and gives the status with the job or the problem. */
export async function upload(
  device: string,
  { kind, files, options = {} }: UploadRequest
): Promise<{ status: number; job: Job; problem: Problem }> {
  const form = new FormData()
  form.append('kind', kind)
  form.append('options', JSON.stringify(options))
  for (const { name, content } of files) form.append('file', new Blob([content]), name)
  const answer = await fetch(`${device}/api/v1/jobs`, { method: 'POST', body: form })
  const body = (await answer.json()) as unknown
  return { status: answer.status, job: body as Job, problem: body as Problem }
}
