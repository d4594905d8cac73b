// The places of the workbench: what an address means, and the navigation with its counts. Pure.

import type { Job } from '../api/index.ts'
import type { NavGroup, Route } from '../elements/index.ts'
import { msg } from '../i18n/index.ts'
import { isOpen } from './job-words.ts'
import { EMPTY_STATE, shownJobs, type WorkbenchState } from './workbench-state.ts'

export const SCREENS = [
  'new',
  'jobs',
  'findings',
  'logs',
  'machines',
  'benchmarks',
  'gpu',
  'models',
  'privacy',
  'device'
] as const
export type Screen = (typeof SCREENS)[number]

export interface Place {
  readonly screen: Screen | 'job' | 'nowhere'
  /** Id of a job, kind of a new analysis. */
  readonly subject: string
  /** What is open inside it: `['documents', '3']`. */
  readonly inside: readonly string[]
}

/** What an address shows. */
export function placeOf({ parts }: Route): Place {
  const [first = 'new', subject = '', ...inside] = parts
  if (first === 'jobs' && subject !== '') return { screen: 'job', subject, inside }
  const screen = SCREENS.find((known) => known === first)
  return { screen: screen ?? 'nowhere', subject, inside }
}

/** Where the result of a kind stands in the rail. */
export const RESULT_PLACES: Readonly<Record<Job['kind'], Screen>> = {
  text: 'findings',
  logs: 'logs',
  machines: 'machines'
}

/** Address of the entry that is lit for a place. */
export function litEntry({ screen }: Place, job: Job | undefined): string {
  if (screen !== 'job') return screen === 'nowhere' ? '' : `#/${screen}`
  return job?.hasReport ? `#/${RESULT_PLACES[job.kind]}` : '#/jobs'
}

const some = (count: number): number | undefined => (count > 0 ? count : undefined)

/** The rail: what is open, and how many results there are. */
export function navigation(state: WorkbenchState): readonly NavGroup[] {
  const jobs = shownJobs(state)
  const results = (kind: Job['kind']): number | undefined =>
    some(jobs.filter((job) => job.kind === kind && job.hasReport).length)
  const failed = state.models?.models.filter((model) => model.state === 'failed').length ?? 0
  return [
    {
      label: msg('Work'),
      items: [
        { href: '#/new', label: msg('New analysis'), short: msg('New'), icon: 'plus' },
        {
          href: '#/jobs',
          label: msg('Jobs'),
          count: some(jobs.filter(isOpen).length),
          icon: 'play'
        }
      ]
    },
    {
      label: msg('Results'),
      items: [
        { href: '#/findings', label: msg('Findings'), count: results('text'), icon: 'document' },
        { href: '#/logs', label: msg('Logs'), count: results('logs'), icon: 'list' },
        { href: '#/machines', label: msg('Machine data'), count: results('machines') }
      ]
    },
    {
      label: msg('System'),
      items: [
        { href: '#/benchmarks', label: msg('Benchmarks') },
        { href: '#/gpu', label: msg('GPU') },
        { href: '#/models', label: msg('Models'), count: some(failed) },
        { href: '#/privacy', label: msg('Privacy') },
        { href: '#/device', label: msg('This device') }
      ]
    }
  ]
}

/** The name of a place, for the head of a phone and the title of the page. */
export function headingOf(place: Place, job: Job | undefined): string {
  if (place.screen === 'job') return job?.title ?? msg('Job')
  const items = navigation(EMPTY_STATE).flatMap(({ items }) => items)
  return items.find(({ href }) => href === `#/${place.screen}`)?.label ?? msg('Not found')
}
