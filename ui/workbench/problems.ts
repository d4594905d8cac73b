// The status bar's sentences: what may be wrong, each with the place where its cause is shown, and the
// figures beside them. Pure.

import type { DeviceModels, SeriesReading } from '../api/index.ts'
import { formatClock, formatValue, msg, str } from '../i18n/index.ts'
import { rungWord } from '../words/index.ts'
import { shownJobs, type WorkbenchState } from './workbench-state.ts'

export interface ProblemLine {
  readonly sentence: string
  readonly href: string
}

/** Alarms are at home in the kiosk, which the same device serves. */
const PLACES: Readonly<Record<string, string>> = {
  '#/alarms': '/#/alarms',
  '#/device': '#/device',
  '#/models': '#/models'
}

/** How long a failed job is worth a sentence, milliseconds. */
const RECENT_MS = 60 * 60_000

/** Potential problems, most urgent first. */
export function problemLines(state: WorkbenchState, now: number): readonly ProblemLine[] {
  const device = (state.device?.problems ?? []).map(({ sentence, href }) => ({
    sentence,
    href: PLACES[href] ?? '#/device'
  }))
  const jobs = shownJobs(state)
    .filter((job) => job.state === 'failed' && now - (job.endedAt ?? 0) < RECENT_MS)
    .map((job) => ({ sentence: msg(str`“${job.title}” failed.`), href: `#/jobs/${job.id}` }))
  return [...device, ...jobs]
}

/** The reading of a series, or of the first of its kind, `31 %`; undefined when this machine has none. */
export function readingWords(series: readonly SeriesReading[], name: string): string | undefined {
  const found = series.find((reading) => reading.name === name || reading.name === `${name}:0`)
  if (!found || found.value === null) return undefined
  return formatValue(found.value, found.unit, 0)
}

/** `sentence-roles 1.0.0, INT8 on CPU`; empty without a model. */
export function providerWords(models: DeviceModels | null): string {
  const [model] = models?.models ?? []
  if (!model) return ''
  return `${model.name} ${model.version}, ${model.precision.toUpperCase()} ${msg('on')} ${rungWord(model.rung)}`
}

/** What stands across the top while the device sends nothing; undefined when all is well. */
export function lostWords({ stream, failure, jobs }: WorkbenchState): string | undefined {
  if (stream.state === 'lost') {
    return msg(
      str`Nothing new from the device since ${formatClock(stream.since)}. What is shown stays; it tries again by itself.`
    )
  }
  return failure !== '' && jobs === null ? failure : undefined
}
