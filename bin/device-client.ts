// Lets the device that runs on a home folder do a command's work: it has the model loaded, keeps to its limits
// and writes its audit trail. The job is deleted once its report is read.

import { openAsBlob } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  ERROR_KINDS,
  type ErrorCode,
  type Job,
  NearsideError,
  Problem,
  Report,
  type ReportKind
} from '../contract/index.ts'

/** A device that does not say within this time that it serves is taken for absent, ms. */
const ANSWER_MS = 1000
const ASK_PERIOD_MS = 200

interface DeviceWork {
  readonly kind: ReportKind
  readonly files: readonly { readonly name: string; readonly path: string }[]
  readonly options: object
  readonly onProgress: (done: number, total: number | null) => void
}

/** Address of the device that runs on this home folder; undefined when none serves. */
export async function findDevice(home: string): Promise<string | undefined> {
  try {
    const run = JSON.parse(await readFile(join(home, 'device', 'run.json'), 'utf8')) as {
      url: string
    }
    const answer = await fetch(`${run.url}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) })
    return answer.ok ? run.url : undefined
  } catch {
    return undefined
  }
}

/**
 * Runs an analysis on the device and returns its report.
 * @throws NearsideError in the device's own words when it refuses or the job fails
 */
export async function analyseOnDevice(device: string, work: DeviceWork): Promise<Report> {
  const form = new FormData()
  form.append('kind', work.kind)
  form.append('title', `nearside analyze ${work.kind}`)
  form.append('options', JSON.stringify(work.options))
  for (const { name, path } of work.files) form.append('file', await openAsBlob(path), name)
  const { id } = await askDevice<Job>(`${device}/api/v1/jobs`, { method: 'POST', body: form })
  const address = `${device}/api/v1/jobs/${id}`
  try {
    for (;;) {
      const job = await askDevice<Job>(address)
      work.onProgress(job.progress.done, job.progress.total)
      if (job.state === 'done') break
      if (job.endedAt !== null) throw new NearsideError(codeOf(job.code), job.sentence)
      await pause(ASK_PERIOD_MS)
    }
    return Report.parse(await askDevice(`${address}/report`))
  } finally {
    await fetch(address, { method: 'DELETE' }).catch(() => undefined) // gone with the device, then
  }
}

/**
 * Asks the device for JSON.
 * @throws NearsideError in the device's own words when it refuses, NS_DEVICE_UNREACHABLE
 */
export async function askDevice<T>(url: string, request: RequestInit = {}): Promise<T> {
  const answer = await fetch(url, request).catch((cause: unknown) => {
    const sentence = 'The device stopped answering; give the command again.'
    throw new NearsideError('NS_DEVICE_UNREACHABLE', sentence, { cause })
  })
  const body: unknown = await answer.json()
  if (answer.ok) return body as T
  const problem = Problem.parse(body)
  throw new NearsideError(codeOf(problem.code), problem.detail)
}

const codeOf = (code: string | null): ErrorCode =>
  code !== null && Object.hasOwn(ERROR_KINDS, code) ? (code as ErrorCode) : 'NS_INTERNAL'
