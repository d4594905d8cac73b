// The words of a machine alarm: what, where, the figure and what is normal, likely cause, what to do.

import type { AlarmPriority, Band, SeriesReading } from '../../contract/index.ts'
import type { AlarmDraft } from './alarm-list.ts'
import { alarmRule } from './alarm-rules.ts'

/** The alarm of a series that went beyond a limit; `usual` is what it keeps to on ordinary days. */
export function alarmDraft(
  reading: SeriesReading,
  usual: Band | null,
  reached: { readonly limit: number; readonly priority: AlarmPriority }
): AlarmDraft {
  const rule = alarmRule(reading.name)
  const { unit, decimals } = reading
  const fixed = rule?.limits.some((limit) => limit.from === reached.limit) ?? false
  const normal =
    usual && !fixed
      ? `normal ${usual.low.toFixed(decimals)}–${usual.high.toFixed(decimals)} ${unit}`
      : `limit ${reached.limit} ${unit}`
  return {
    priority: reached.priority,
    source: 'machine-watch',
    subject: reading.name,
    title: `${reading.title} ${(reading.value ?? 0).toFixed(decimals)} ${unit}, ${normal}`,
    cause: rule?.cause ?? '',
    action: rule?.action ?? ''
  }
}
