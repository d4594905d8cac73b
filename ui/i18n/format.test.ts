// Numbers, ranges, ages and times as the product writes them.

import { test } from 'tap'
import {
  formatAge,
  formatBytes,
  formatClock,
  formatClockSeconds,
  formatCount,
  formatDateTime,
  formatDuration,
  formatNumber,
  formatRange,
  formatRemaining,
  formatValue,
  formatWhen,
  keepUnits
} from './format.ts'
import { locale, msg, str } from './localise.ts'

const plain = (text: string): string => text.replaceAll('\u00A0', ' ')
const [S, M, H, D] = [1000, 60_000, 3_600_000, 86_400_000] as const

test('numbers have fixed decimals, thousands, a true minus, and no sign at zero', async (t) => {
  t.equal(formatNumber(1234.5, 1), '1,234.5')
  t.equal(formatNumber(-2.25, 2), '\u22122.25')
  t.equal(formatNumber(-0.001, 1), '0.0')
  t.equal(formatNumber(0), '0')
  for (const none of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
    t.equal(formatNumber(none, 1), '–')
  }
})

test('a unit never leaves its value, and a missing value has none', async (t) => {
  t.equal(formatValue(41.6, '%', 1), '41.6\u00A0%')
  t.equal(formatValue(null, '%', 1), '–')
  t.equal(formatValue(3, ''), '3')
})

test('ranges have an en dash, words beside a minus, and one figure when both ends are equal', async (t) => {
  t.equal(formatRange(5.8, 6.6, 1), '5.8–6.6')
  t.equal(formatRange(-2, 4), '\u22122 to 4')
  t.equal(formatRange(1.001, 1.002, 1), '1.0')
})

test('lengths of time have two units at most', async (t) => {
  const cases = [
    [-5, '0 s'],
    [41 * S, '41 s'],
    [16 * M + 5 * S, '16 min'],
    [H, '1 h'],
    [72 * M, '1 h 12 min'],
    [3 * D + 4 * H, '3 d 4 h'],
    [2 * D, '2 d']
  ] as const
  for (const [ms, words] of cases) t.equal(plain(formatDuration(ms)), words)
})

test('an age is never less than a second', async (t) => {
  t.equal(plain(formatAge(1000, 1200)), '1 s ago')
  t.equal(plain(formatAge(0, 47 * M)), '47 min ago')
})

test('time that remains is rounded so that it does not flicker', async (t) => {
  const cases = [
    [3.2, '4 s'],
    [38, '40 s'],
    [58, '1 min'],
    [73, '1 min 15 s'],
    [725, '12 min']
  ] as const
  for (const [seconds, words] of cases) t.equal(plain(formatRemaining(seconds)), words)
})

test('bytes have three digits at most', async (t) => {
  const cases = [
    [0, '0 B'],
    [999, '999 B'],
    [1900, '1.9 kB'],
    [214_000, '214 kB'],
    [999_900, '1.0 MB'],
    [5e15, '5,000 TB']
  ] as const
  for (const [bytes, words] of cases) t.equal(plain(formatBytes(bytes)), words)
})

test('times of today are a clock, others carry their day', async (t) => {
  const now = new Date(2026, 10, 24, 13, 58, 4).getTime()
  t.equal(formatClock(now), '13:58')
  t.equal(formatClockSeconds(now), '13:58:04')
  t.equal(formatWhen(now - H, now), '12:58')
  t.match(formatWhen(now - D, now), /^23 Nov,? 13:58$/)
  t.match(formatDateTime(now), /24 Nov/)
})

test('counts agree with their noun', async (t) => {
  t.equal(formatCount(1, 'alarm', 'alarms'), '1 alarm')
  t.equal(formatCount(1204, 'alarm', 'alarms'), '1,204 alarms')
})

test('units in a sentence of the server stay with their numbers', async (t) => {
  t.equal(
    keepUnits('load 98 %, normal 2–31 % in 10 s'),
    'load 98\u00A0%, normal 2–31\u00A0% in 10\u00A0s'
  )
  t.equal(keepUnits('9 sources, 3.5 MB/s'), '9 sources, 3.5\u00A0MB/s')
})

test('texts pass through the localiser unchanged in English', async (t) => {
  const name = 'x'
  t.equal(msg(str`hello ${name}`), 'hello x')
  t.equal(locale, 'en')
})
