// The words of the advisor: names of bottlenecks and settings, what a change gained, which advice comes first.
// Pure.

import type { AdvisorOverview, AppliedChange } from '../../api/index.ts'
import type { StatusShape } from '../../elements/index.ts'
import { formatNumber, formatRange, msg } from '../../i18n/index.ts'

type Advice = AdvisorOverview['advice'][number]

const BOTTLENECKS: Readonly<Record<Advice['bottleneck'], () => string>> = {
  queue: () => msg('Requests wait'),
  'host-copy': () => msg('Copying takes the time'),
  memory: () => msg('Memory limits it'),
  compute: () => msg('Computing takes the time'),
  thermal: () => msg('Heat limits it'),
  power: () => msg('The power limit holds it back'),
  disk: () => msg('The disk limits it'),
  none: () => msg('Nothing holds it back')
}

export const bottleneckWords = ({ bottleneck }: Advice): string => BOTTLENECKS[bottleneck]()

const SETTINGS: Readonly<Record<AppliedChange['setting'], () => string>> = {
  instances: () => msg('Instances'),
  'max-batch': () => msg('Largest batch, rows'),
  threads: () => msg('Threads of an instance'),
  'max-wait-ms': () => msg('Longest wait for a batch, ms')
}

export const settingTitle = (setting: AppliedChange['setting']): string => SETTINGS[setting]()

/** `+22 to +31 %`; one figure when both ends are equal. */
export function gainWords({ gainLow, gainHigh }: { gainLow: number; gainHigh: number }): string {
  const signed = (value: number): string => `${value > 0 ? '+' : ''}${formatNumber(value)}`
  const range =
    formatRange(gainLow, gainHigh) === formatNumber(gainLow)
      ? signed(gainLow)
      : `${signed(gainLow)} ${msg('to')} ${signed(gainHigh)}`
  return `${range}\u00A0%`
}

/** Shape and word of a change. */
export const CHANGE_STATES: Readonly<
  Record<AppliedChange['state'], () => readonly [StatusShape, string]>
> = {
  'measuring-before': () => ['running', msg('Measuring before')],
  'measuring-after': () => ['running', msg('Measuring after')],
  kept: () => ['done', msg('Kept')],
  reverted: () => ['off', msg('Reverted')],
  failed: () => ['failed', msg('Failed')]
}

export const isMeasuring = ({ state }: AppliedChange): boolean => state.startsWith('measuring')

/** What something holds back comes first; among those what can be changed. */
export function inOrder(advice: readonly Advice[]): readonly Advice[] {
  const rank = ({ bottleneck, recommendation }: Advice): number =>
    bottleneck === 'none' ? 2 : recommendation ? 0 : 1
  return advice.toSorted((a, b) => rank(a) - rank(b))
}

/** Changes, newest first; one just applied stands in for an older state of itself. */
export function withChange(
  changes: readonly AppliedChange[],
  made: AppliedChange | undefined
): readonly AppliedChange[] {
  const known = changes.toSorted((a, b) => b.at - a.at)
  if (!made || known.some(({ at, model }) => at >= made.at && model === made.model)) return known
  return [made, ...known]
}
