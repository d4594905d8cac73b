// Domains, positions and paths of the small charts, and the sentence that says what one shows.

import { test } from 'tap'
import {
  abnormalPath,
  bandPath,
  type ChartPoint,
  domainOf,
  endsOutside,
  type Frame,
  lastPosition,
  lastValue,
  linePath,
  positionOf,
  thin,
  usualStep
} from './geometry.ts'
import { summarise } from './summary.ts'

const point = (at: number, value: number | null, low: number | null = 0): ChartPoint => ({
  at,
  value,
  low,
  high: low === null ? null : 10
})

const frame: Frame = { width: 100, height: 50, domain: { min: 0, max: 10 }, from: 0, to: 100 }

test('a domain holds values and bands with air, and is never a slit', async (t) => {
  const { min, max } = domainOf([point(0, 5), point(1, 20)])
  t.ok(min < 0 && max > 20)
  const steady = domainOf([point(0, 63, null), point(1, 63, null)])
  t.ok(steady.max - steady.min >= 1.26, 'two per cent of its size')
  t.same(domainOf([]), { min: 0, max: 1 })
  t.same(domainOf([point(0, null, null)], [null, undefined]), { min: 0, max: 1 })
  t.ok(domainOf([], [0]).max > 0)
})

test('positions count from the top and are held at the rim', async (t) => {
  const domain = { min: 0, max: 10 }
  t.equal(positionOf(10, domain, 50), 0)
  t.equal(positionOf(0, domain, 50), 50)
  t.equal(positionOf(99, domain, 50), 0)
  t.equal(positionOf(-5, domain, 50), 50)
})

test('a line breaks where a value is missing and where time is missing', async (t) => {
  const points = [point(0, 5), point(10, 5), point(20, null), point(30, 5), point(90, 5)]
  t.equal(linePath(points, frame), 'M0 25L10 25M30 25M90 25')
  t.equal(usualStep(points), 10)
  t.equal(linePath([], frame), '')
})

test('only the part outside the band is abnormal, with the step into it', async (t) => {
  const points = [point(0, 5), point(10, 5), point(20, 12), point(30, 5), point(40, -3)]
  t.equal(abnormalPath(points, frame), 'M10 25L20 0L30 25L40 50')
  t.equal(endsOutside(points), true)
  t.equal(endsOutside(points.slice(0, 2)), false)
  t.equal(endsOutside([]), false)
})

test('the band is an area for each stretch that has one', async (t) => {
  const points = [point(0, 5), point(10, 5), point(20, 5, null), point(30, 5), point(40, 5)]
  t.equal(bandPath(points, frame), 'M0 0L10 0L10 50L0 50ZM30 0L40 0L40 50L30 50Z')
  t.equal(bandPath([point(0, 5)], frame), '', 'one point is no area')
})

test('the current point is the last value, if it is within the time shown', async (t) => {
  t.same(lastPosition([point(50, 5), point(60, null)], frame), { x: 50, y: 25 })
  t.equal(lastPosition([point(-5, 5)], frame), undefined)
  t.equal(lastPosition([], frame), undefined)
  t.equal(lastValue([point(1, 2), point(2, null)])?.at, 1)
})

test('a long trend is thinned to means, but nothing outside the band is averaged away', async (t) => {
  const points = Array.from({ length: 100 }, (_, at) => point(at, at === 42 ? 99 : at % 2 ? 4 : 6))
  const thinned = thin(points, frame, 20)
  t.ok(thinned.length <= 21)
  t.ok(thinned.some(({ value }) => value === 99))
  t.equal(thinned.at(-1), points.at(-1), 'the current value is the real one')
  t.ok(thinned.slice(0, 5).every(({ value }) => value !== null && value > 4 && value < 6.1))
  t.equal(thin(points, frame, 100), points)
  t.same(thin([], frame, 5), [])
  const gaps = thin([point(0, null), point(1, null), point(99, 1)], frame, 2)
  t.equal(gaps[0]?.value, null, 'a gap stays a gap')
})

test('a chart says in a sentence what it shows', async (t) => {
  const at = new Date(2026, 10, 24, 13, 44).getTime()
  const text = { title: 'Load', unit: '%', decimals: 0 }
  const plain = (words: string): string => words.replaceAll('\u00A0', ' ')
  t.equal(
    plain(summarise([point(at, 3), point(at + 60_000, 12)], text)),
    'Load from 13:44 to 13:45: 3–12 %, last 12 %, outside the band; normal 0–10.'
  )
  t.match(summarise([point(at, 3, null)], { ...text, unit: '' }), /last 3; no normal band yet/)
  t.equal(summarise([point(at, null)], text), 'Load: no values in this time.')
})
