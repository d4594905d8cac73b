// Finds and reads the timestamp that a line begins with, whatever its notation: ISO, syslog, Apache, slashes,
// dots, compact digits, epoch seconds. It knows notations, not systems. It does not convert time zones: a
// time without an offset counts as UTC, since only differences matter to a timeline.

const MONTHS = 'janfebmaraprmayjunjulaugsepoctnovdec'
const DAYS = 'montuewedthufrisatsun'

/** End of the run of digits that starts at `at`. */
function digitsEnd(line: string, at: number): number {
  let i = at
  while (i < line.length) {
    const c = line.charCodeAt(i)
    if (c < 48 || c > 57) break
    i++
  }
  return i
}

/** Three letters as one number, whatever their case. */
function packed(text: string, at: number): number {
  const low = (offset: number): number => text.charCodeAt(at + offset) | 32
  return (low(0) << 16) | (low(1) << 8) | low(2)
}

function packedWords(words: string): ReadonlyMap<number, number> {
  return new Map(Array.from({ length: words.length / 3 }, (_, i) => [packed(words, 3 * i), i]))
}

const MONTH_WORDS = packedWords(MONTHS)
const DAY_WORDS = packedWords(DAYS)

/** Number of the month or weekday that begins at `at`, or -1. */
function wordIndex(table: ReadonlyMap<number, number>, line: string, at: number): number {
  return at + 3 <= line.length ? (table.get(packed(line, at)) ?? -1) : -1
}

function isLetter(c: number): boolean {
  return (c >= 65 && c <= 90) || (c >= 97 && c <= 122)
}

/** End of `HH:MM`, `HH:MM:SS`, `HH.MM.SS` with fraction and zone, or -1. */
function clockEnd(line: string, at: number): number {
  let end = digitsEnd(line, at)
  if (end - at < 1 || end - at > 2) return -1
  let groups = 1
  while (groups < 4) {
    const separator = line.charCodeAt(end)
    if (separator !== 58 && !(separator === 46 && groups < 3)) break // : or .
    const next = digitsEnd(line, end + 1)
    if (next === end + 1) break
    const width = next - end - 1
    if (width > 3 || (groups < 3 && width !== 2)) break
    end = next
    groups++
  }
  if (groups < 2) return -1
  const mark = line.charCodeAt(end)
  if ((mark === 46 || mark === 44) && digitsEnd(line, end + 1) > end + 1) {
    end = digitsEnd(line, end + 1)
  }
  return zoneEnd(line, end)
}

function zoneEnd(line: string, at: number): number {
  const c = line.charCodeAt(at)
  if (c === 90 && !isLetter(line.charCodeAt(at + 1))) return at + 1 // Z
  const start = c === 32 ? at + 1 : at
  const sign = line.charCodeAt(start)
  if (sign !== 43 && sign !== 45) return at
  const end = digitsEnd(line, start + 1)
  if (end === start + 5) return end
  if (end === start + 3 && line.charCodeAt(end) === 58 && digitsEnd(line, end + 1) === end + 3) {
    return end + 3
  }
  return at
}

/** End of `2015-10-18`, `17/06/09`, `2005.11.09`, `03-17`, `12/Dec/2015`, or -1. */
function numericDateEnd(line: string, at: number): number {
  const first = digitsEnd(line, at)
  if (first - at < 1 || first - at > 4) return -1
  const separator = line.charCodeAt(first)
  if (separator !== 45 && separator !== 47 && separator !== 46) return -1
  let end = digitsEnd(line, first + 1)
  // `1.4.1` is a version: dotted dates are written with two digits.
  if (separator === 46 && (first - at < 2 || end - first !== 3)) return -1
  if (end === first + 1 && wordIndex(MONTH_WORDS, line, end) >= 0) end += 3
  if (end === first + 1 || end - first > 4) return -1
  if (line.charCodeAt(end) !== separator) return end
  const last = digitsEnd(line, end + 1)
  return last > end + 1 && last - end <= 5 ? last : -1
}

/** End of `Jun 14`, `Sun Dec 04`, `Thu, 12 Dec 2015`, or -1. */
function namedDateEnd(line: string, at: number): number {
  let i = at
  if (wordIndex(DAY_WORDS, line, i) >= 0 && !isLetter(line.charCodeAt(i + 3))) {
    i += 3
    while (line[i] === ' ' || line[i] === ',') i++
  }
  if (wordIndex(MONTH_WORDS, line, i) >= 0 && line[i + 3] === ' ') {
    i += 4
    while (line[i] === ' ') i++
    const end = digitsEnd(line, i)
    return end > i && end - i <= 2 ? end : -1
  }
  const day = digitsEnd(line, i)
  if (day === i || day - i > 2 || line[day] !== ' ' || wordIndex(MONTH_WORDS, line, day + 1) < 0)
    return -1
  return day + 4
}

function trailingYear(line: string, at: number): number {
  if (line[at] !== ' ') return at
  const end = digitsEnd(line, at + 1)
  const year = Number(line.slice(at + 1, end))
  return end === at + 5 && year > 1969 && year < 2100 ? end : at
}

/** End of epoch seconds or milliseconds of the years 2001 to 2033, or -1. */
function epochEnd(line: string, at: number): number {
  const end = digitsEnd(line, at)
  const length = end - at
  if (length !== 10 && length !== 13) return -1
  const first = line.charCodeAt(at)
  if (first !== 49) return -1
  return line[end] === '.' && digitsEnd(line, end + 1) > end + 1 ? digitsEnd(line, end + 1) : end
}

/** End of `081109 234605`, `20171223-22:15:29:606`, `20171223T221529`, or -1. */
function compactEnd(line: string, at: number): number {
  const end = digitsEnd(line, at)
  const length = end - at
  if (length === 4 && line[end] === ' ') return glogEnd(line, at, end)
  if (length !== 6 && length !== 8) return -1
  const separator = line[end]
  if (separator !== ' ' && separator !== '-' && separator !== 'T' && separator !== '_') return -1
  const clock = clockEnd(line, end + 1)
  if (clock > 0) return clock
  const time = digitsEnd(line, end + 1)
  if (time - end - 1 !== 6) return -1
  const fraction = line[time] === '.' || line[time] === ',' ? digitsEnd(line, time + 1) : time
  return zoneEnd(line, fraction)
}

/** End of `0917 12:34:56.789`, month and day behind the level letter of glog, or -1. */
function glogEnd(line: string, at: number, end: number): number {
  if (at === 0 || !isLetter(line.charCodeAt(at - 1))) return -1
  return clockEnd(line, end + 1)
}

/** End of the timestamp that starts at `at`, or -1 when there is none. */
export function timestampEnd(line: string, at: number): number {
  const c = line.charCodeAt(at)
  if (isLetter(c)) {
    const date = namedDateEnd(line, at)
    if (date < 0) return -1
    return clockAfterDate(line, trailingYear(line, date))
  }
  if (c < 48 || c > 57) return -1
  const compact = compactEnd(line, at)
  if (compact > 0) return compact
  const epoch = epochEnd(line, at)
  if (epoch > 0) return epoch
  const date = numericDateEnd(line, at)
  if (date > 0) return clockAfterDate(line, date)
  const named = namedDateEnd(line, at)
  if (named > 0) return clockAfterDate(line, trailingYear(line, named))
  const clock = clockEnd(line, at)
  // A bare clock needs seconds: "10:20" alone is more often a ratio or a port.
  return clock > at + 6 ? clock : -1
}

function clockAfterDate(line: string, at: number): number {
  const separator = line[at]
  if (
    separator !== ' ' &&
    separator !== 'T' &&
    separator !== '-' &&
    separator !== '_' &&
    separator !== ':' &&
    separator !== ','
  )
    return at
  let i = at + 1
  while (line[i] === ' ') i++
  const clock = clockEnd(line, i)
  return clock > 0 ? trailingYear(line, clock) : at
}

/** Milliseconds since 1970 of the timestamp in `line[at, end)`, or NaN; a missing year counts as 2000. */
export function timestampValue(line: string, at: number, end: number): number {
  const iso = isoValue(line, at, end)
  return Number.isNaN(iso) ? anyValue(line, at, end) : iso
}

/** `2015-10-18 18:01:47,978` and its like, digit by digit: the notation of most logs, ten times faster. */
function isoValue(line: string, at: number, end: number): number {
  const length = end - at
  if (length !== 19 && length !== 23) return Number.NaN
  if (line.charCodeAt(at + 4) !== 45 || line.charCodeAt(at + 7) !== 45) return Number.NaN
  if (line.charCodeAt(at + 13) !== 58 || line.charCodeAt(at + 16) !== 58) return Number.NaN
  const two = (from: number): number =>
    10 * (line.charCodeAt(at + from) - 48) + line.charCodeAt(at + from + 1) - 48
  const year = 100 * two(0) + two(2)
  const ms = length === 23 ? 10 * two(20) + line.charCodeAt(at + 22) - 48 : 0
  return Date.UTC(year, two(5) - 1, two(8), two(11), two(14), two(17), ms)
}

function anyValue(line: string, at: number, end: number): number {
  const text = line.slice(at, end)
  if (/^1\d{9}(\.\d+)?$/.test(text)) return Number(text) * 1000
  if (/^1\d{12}$/.test(text)) return Number(text)
  const clock =
    /(?<![\d.])(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,:](\d{1,9}))?)?(Z| ?[+-]\d\d:?\d\d)?(?: \d{4})?$/.exec(
      text
    )
  const compact = clock ? null : /[ T_-](\d\d)(\d\d)(\d\d)/.exec(text)
  const time = clock ?? compact
  const date = dateParts(time ? text.slice(0, time.index) : text, text)
  if (!date) return time ? Date.UTC(2000, 0, 1) + clockMs(time) : Number.NaN
  return Date.UTC(date.year, date.month, date.day) + (time ? clockMs(time) : 0)
}

function clockMs(parts: RegExpExecArray): number {
  const [, hours, minutes, seconds = '0', fraction = '0', zone = ''] = parts
  const ms = Math.round(Number(`0.${fraction}`) * 1000)
  const offset = /([+-])(\d\d):?(\d\d)/.exec(zone)
  const shift = offset
    ? (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === '-' ? -60000 : 60000)
    : 0
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + ms - shift
}

interface DateParts {
  readonly year: number
  readonly month: number
  readonly day: number
}

function dateParts(text: string, whole: string): DateParts | undefined {
  const month = /(?:^|[^a-z])(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/i.exec(text)
  if (month) {
    const day = Number(/(?:^|\D)(\d{1,2})(?:\D|$)/.exec(text)?.[1] ?? 1)
    const year = Number(
      /(?:^|\D)((?:19|20)\d{2})$/.exec(whole.trim())?.[1] ??
        /\b((?:19|20)\d\d)\b/.exec(text)?.[1] ??
        2000
    )
    return { year, month: MONTHS.indexOf((month[1] ?? '').toLowerCase()) / 3, day }
  }
  const monthDay = /^(\d\d)(\d\d)\s*$/.exec(text) // glog
  if (monthDay) return orderDate([Number(monthDay[1]), Number(monthDay[2]), -1])
  const compact = /^(\d{2}|\d{4})(\d\d)(\d\d)(?!\d)/.exec(text)
  const parts = compact ?? /^(\d{1,4})[-/.](\d{1,2})(?:[-/.](\d{1,4}))?/.exec(text)
  if (!parts) return undefined
  return orderDate([
    Number(parts[1]),
    Number(parts[2]),
    parts[3] === undefined ? -1 : Number(parts[3])
  ])
}

/** Year first unless only a trailing number can be the year; two digits count from 2000. */
function orderDate([a, b, c]: [number, number, number]): DateParts | undefined {
  const date =
    c < 0
      ? { year: 2000, month: a, day: b }
      : c > 31
        ? { year: c, month: b, day: a }
        : { year: a, month: b, day: c }
  if (date.month > 12) [date.month, date.day] = [date.day, date.month]
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31) return undefined
  return {
    year: date.year < 100 ? date.year + 2000 : date.year,
    month: date.month - 1,
    day: date.day
  }
}
