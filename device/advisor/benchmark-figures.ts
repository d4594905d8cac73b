// How the figures of a benchmark are written: thousands, as many digits as they deserve, intervals as ranges.

import type { Measured } from '../../contract/index.ts'

/** Three significant digits below 1,000, whole numbers above; a true minus. */
export function figure(value: number): string {
  const size = Math.abs(value)
  const digits = size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3
  const text = value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits
  })
  return text.replace('-', '\u2212')
}

/** A number that is exact: a count, a batch size, a tick of an axis. */
export const exact = (value: number): string =>
  value.toLocaleString('en', { maximumSignificantDigits: 12 })

/** `1,714 (1,656–1,772)`; without an interval the mean alone. */
export function range({ value, low, high }: Measured): string {
  if (low === null || high === null) return figure(value)
  return `${figure(value)} (${figure(low)}–${figure(high)})`
}

/** `3.1 (2.9–3.3) times`. */
export const times = (value: Measured): string => `${range(value)} times`

/** Half of the interval, `± 58`; empty without one. */
export function plusMinus({ value, high }: Measured): string {
  return high === null ? '' : `±\u202f${figure(high - value)}`
}

/** 2026-11-24 09:41 UTC. */
export const dateTime = (milliseconds: number): string =>
  `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** `16 GB`, decimal as on the box. */
export const gigabytes = (bytes: number): string => `${figure(bytes / 1e9)}\u202fGB`
