// Says in one sentence with figures why an event stands out.

import type { FoundEvent } from './event-finder.ts'

/** One sentence: the value, what was normal there, how long it lasted. */
export function eventSentence(event: FoundEvent): string {
  const rows = event.toRow - event.fromRow + 1
  const lasting = rows === 1 ? 'one row' : `${rows} rows`
  const value = figure(event.peakValue)
  const { low, high } = event
  if (low === null || high === null)
    return `The value ${value} at row ${event.peakRow} has no like in the rows before (${lasting}).`
  const normal = `${figure(low)} to ${figure(high)}`
  if (event.peakValue > high)
    return `The value ${value} at row ${event.peakRow} lies above the normal range ${normal} (${lasting}).`
  if (event.peakValue < low)
    return `The value ${value} at row ${event.peakRow} lies below the normal range ${normal} (${lasting}).`
  return `The values round row ${event.peakRow} (${value}) stay within the normal range ${normal}, but their course has no like in the rows before (${lasting}).`
}

/** Four significant digits, without exponent for everyday sizes. */
export function figure(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && (size >= 1e7 || size < 1e-3)) return value.toExponential(3)
  if (size >= 1000) return String(Math.round(value))
  return String(Number(value.toPrecision(4)))
}
