// The words for jobs: their state as shape and word, how far they are, what can be done with them. Pure.

import type { Job } from '../api/index.ts'
import type { StatusShape } from '../elements/index.ts'
import { formatCount, formatNumber, formatRemaining, msg, str } from '../i18n/index.ts'

/** Shape and word of a state. */
export function stateWords(job: Pick<Job, 'state' | 'progress'>): readonly [StatusShape, string] {
  switch (job.state) {
    case 'waiting':
      return ['waiting', msg('Waiting')]
    case 'running':
      return ['running', msg('Running')]
    case 'paused':
      return ['paused', msg('Paused')]
    case 'failed':
      return ['failed', msg('Failed')]
    case 'cancelled':
      return ['off', msg('Cancelled')]
    default:
      return job.progress.failed > 0
        ? ['check', msg(str`${formatNumber(job.progress.failed)} not read`)]
        : ['done', msg('Done')]
  }
}

export const isOpen = ({ state }: Pick<Job, 'state'>): boolean =>
  state === 'waiting' || state === 'running' || state === 'paused'

const UNITS: Readonly<Record<Job['progress']['unit'], () => readonly [string, string]>> = {
  documents: () => [msg('document'), msg('documents')],
  lines: () => [msg('line'), msg('lines')],
  rows: () => [msg('row'), msg('rows')],
  bytes: () => [msg('byte'), msg('bytes')]
}

/** `163 of 214 documents`, `12,408 lines`. */
export function doneWords({ progress }: Pick<Job, 'progress'>): string {
  const [one, many] = UNITS[progress.unit]()
  if (progress.total === null) return formatCount(progress.done, one, many)
  return msg(str`${formatNumber(progress.done)} of ${formatCount(progress.total, one, many)}`)
}

/** `41 a minute`; empty while unknown. */
export function rateWords({ progress }: Pick<Job, 'progress'>): string {
  return progress.perMinute === null ? '' : msg(str`${formatNumber(progress.perMinute)} a minute`)
}

/** `1 min 15 s left`; empty while unknown. */
export function leftWords({ progress }: Pick<Job, 'progress'>): string {
  return progress.secondsLeft === null
    ? ''
    : msg(str`${formatRemaining(progress.secondsLeft)} left`)
}

/** Titles of the kinds of analysis. */
export const KIND_WORDS: Readonly<Record<Job['kind'], () => string>> = {
  text: () => msg('Text'),
  logs: () => msg('Logs'),
  machines: () => msg('Machine data')
}

export type JobAct = 'pause' | 'resume' | 'cancel' | 'retry' | 'delete'

/** What a person may do with a job now, the most likely first. */
export function actsOf({ state, progress }: Pick<Job, 'state' | 'progress'>): readonly JobAct[] {
  switch (state) {
    case 'waiting':
    case 'running':
      return ['pause', 'cancel']
    case 'paused':
      return ['resume', 'cancel']
    case 'done':
      return progress.failed > 0 ? ['retry', 'delete'] : ['delete']
    default:
      return ['retry', 'delete']
  }
}

/** The word of an act; trying again reads only what failed when some was read. */
export function actWord(act: JobAct, { state }: Pick<Job, 'state'>): string {
  switch (act) {
    case 'pause':
      return msg('Pause')
    case 'resume':
      return msg('Resume')
    case 'cancel':
      return msg('Cancel')
    case 'retry':
      return state === 'done' ? msg('Retry failed') : msg('Retry')
    case 'delete':
      return msg('Delete')
  }
}

const words = (text: string): readonly string[] => text.toLowerCase().split(/\s+/).filter(Boolean)

/** Whether all words of a search stand in a job's title, kind, state or sentence. */
export function matchesSearch(job: Job, search: string): boolean {
  const text = [job.title, KIND_WORDS[job.kind](), stateWords(job)[1], job.sentence, job.id]
    .join(' ')
    .toLowerCase()
  return words(search).every((word) => text.includes(word))
}
