// What a person does with jobs: steering at once, deleting after eight seconds in which it can be taken
// back. Elements ask by an event; the app listens and does it here.

import { deviceApi, type Job } from '../api/index.ts'
import { showFailure, showToast } from '../elements/index.ts'
import { msg, str } from '../i18n/index.ts'
import type { JobAct } from './job-words.ts'

/** As long as the message with its Undo is shown, milliseconds. */
const UNDO_MS = 8000

export interface AskedAct {
  readonly act: JobAct
  readonly job: Job
}

/** Asks the app to do something with a job. */
export function askAct(host: EventTarget, act: JobAct, job: Job): void {
  host.dispatchEvent(
    new CustomEvent<AskedAct>('job-act', { detail: { act, job }, bubbles: true, composed: true })
  )
}

interface JobHolder {
  take(job: Job): void
  leave(id: string, leaves: boolean): void
}

export class JobActs {
  readonly #jobs: JobHolder
  readonly #leaving = new Map<string, ReturnType<typeof setTimeout>>()

  constructor(jobs: JobHolder) {
    this.#jobs = jobs
  }

  /** Does what was asked; failures are shown as a message. */
  async run({ act, job }: AskedAct): Promise<void> {
    if (act === 'delete') return this.#delete(job)
    try {
      this.#jobs.take(await deviceApi.actOnJob(job.id, act))
    } catch (error) {
      showFailure(error)
    }
  }

  /** Deletes at once what waits to be deleted: the page is closed. */
  flush(): void {
    for (const [id, timer] of this.#leaving) {
      clearTimeout(timer)
      void deviceApi.deleteJob(id).catch(() => undefined)
    }
    this.#leaving.clear()
  }

  #delete({ id, title }: Job): void {
    this.#jobs.leave(id, true)
    this.#leaving.set(
      id,
      setTimeout(() => void this.#reallyDelete(id), UNDO_MS)
    )
    showToast({
      text: msg(str`“${title}” is deleted, with its files and its report.`),
      act: { label: msg('Undo'), run: () => this.#keep(id) }
    })
  }

  #keep(id: string): void {
    clearTimeout(this.#leaving.get(id))
    this.#leaving.delete(id)
    this.#jobs.leave(id, false)
  }

  async #reallyDelete(id: string): Promise<void> {
    this.#leaving.delete(id)
    try {
      await deviceApi.deleteJob(id)
    } catch (error) {
      this.#jobs.leave(id, false)
      showFailure(error)
    }
  }
}
