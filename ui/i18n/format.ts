// Numbers, ranges, ages and times as the product writes them: fixed decimals, a true minus, thousands by
// the language's rule, a space that never breaks before a unit. Pure; `now` is always an argument.

import { locale } from './localise.ts'

const NBSP = '\u00A0'
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const numberFormats = new Map<number, Intl.NumberFormat>()

/** A number with fixed decimals and a true minus; a dash for none. */
export function formatNumber(value: number | null | undefined, decimals = 0): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–'
  let format = numberFormats.get(decimals)
  if (!format) {
    format = new Intl.NumberFormat(locale, {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals
    })
    numberFormats.set(decimals, format)
  }
  const text = format.format(value)
  // A value that rounds to zero has no sign.
  return (/^-[0.,]*$/.test(text) ? text.slice(1) : text).replace('-', '\u2212')
}

/** A value with its unit, held together: `41.6 %`. */
export function formatValue(value: number | null | undefined, unit: string, decimals = 0): string {
  const text = formatNumber(value, decimals)
  return unit === '' || text === '–' ? text : `${text}${NBSP}${unit}`
}

/** `5.8–6.6`; with a minus inside the words are `−2 to 4`. */
export function formatRange(low: number, high: number, decimals = 0): string {
  const [from, to] = [formatNumber(low, decimals), formatNumber(high, decimals)]
  if (from === to) return from
  return from.startsWith('\u2212') || to.startsWith('\u2212') ? `${from} to ${to}` : `${from}–${to}`
}

const two = (first: string, second: number, unit: string): string =>
  second === 0 ? first : `${first} ${second}${NBSP}${unit}`

/** A length of time in at most two units: `41 s`, `16 min`, `1 h 12 min`, `3 d 4 h`. */
export function formatDuration(milliseconds: number): string {
  const ms = Math.max(0, milliseconds)
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}${NBSP}s`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}${NBSP}min`
  if (ms < DAY) {
    return two(`${Math.floor(ms / HOUR)}${NBSP}h`, Math.floor((ms % HOUR) / MINUTE), 'min')
  }
  return two(`${Math.floor(ms / DAY)}${NBSP}d`, Math.floor((ms % DAY) / HOUR), 'h')
}

/** How long ago: `3 s ago`; never less than a second, as readings come once a second. */
export function formatAge(at: number, now: number): string {
  return `${formatDuration(Math.max(SECOND, now - at))} ago`
}

/** Seconds that remain, rounded so that the figure does not flicker: `40 s`, `1 min 15 s`, `12 min`. */
export function formatRemaining(seconds: number): string {
  const rounded = seconds < 10 ? Math.ceil(seconds) : Math.ceil(seconds / 5) * 5
  if (rounded < 60) return `${rounded}${NBSP}s`
  if (rounded < 600) return two(`${Math.floor(rounded / 60)}${NBSP}min`, rounded % 60, 's')
  return formatDuration(rounded * SECOND)
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** Bytes in decimal units, three digits at most: `1.9 GB`, `214 kB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return formatValue(value, BYTE_UNITS[unit] ?? 'B', unit > 0 && value < 9.95 ? 1 : 0)
}

const clock = (options: Intl.DateTimeFormatOptions): ((at: number) => string) => {
  const format = new Intl.DateTimeFormat('en-GB', options)
  return (at) => format.format(at)
}

/** `13:58`. */
export const formatClock = clock({ hour: '2-digit', minute: '2-digit' })
/** `13:58:04`. */
export const formatClockSeconds = clock({ hour: '2-digit', minute: '2-digit', second: '2-digit' })
/** `24 Nov, 13:58`. */
export const formatDateTime = clock({
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit'
})

/** The clock alone for today, else with the day. */
export function formatWhen(at: number, now: number): string {
  return new Date(at).toDateString() === new Date(now).toDateString()
    ? formatClock(at)
    : formatDateTime(at)
}

/** `1 alarm`, `1,204 alarms`. */
export function formatCount(count: number, one: string, many: string): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`
}

/** Puts a space that never breaks between each number and its unit in a sentence of the server. */
export const keepUnits = (text: string): string =>
  text.replace(/(\d) (%|°C|[kMGT]?B(?:\/s)?|ms|s|min|h|d|W|mm\/s|tasks)(?![\w/])/g, `$1${NBSP}$2`)
