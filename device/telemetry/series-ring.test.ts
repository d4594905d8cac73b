// The bounded history of one series.

import { test } from 'tap'
import { type HistoryPoint, SeriesRing } from './series-ring.ts'

const point = (at: number, value: number | null, score = 0): HistoryPoint => ({
  at,
  value,
  low: 0,
  high: 10,
  score
})

test('single samples are kept while they reach back far enough', (t) => {
  const ring = new SeriesRing({ samples: 100 })
  for (let i = 0; i < 50; i++) ring.push(point(i * 1000, i === 7 ? null : i))
  const points = ring.since(10_000)
  t.equal(points.length, 40)
  t.same(points[0], point(10_000, 10))
  t.equal(ring.since(0)[7]?.value, null, 'a gap stays a gap')
  t.same(ring.since(1e9), [])
  t.end()
})

test('further back come ten-second stretches that show the extreme, and the oldest are overwritten', (t) => {
  const ring = new SeriesRing({ samples: 20, stretches: 30 })
  for (let i = 0; i < 400; i++)
    ring.push(point(i * 1000, i === 205 ? 99 : 5, i === 205 ? 0.9 : 0.1))
  const points = ring.since(0)
  t.equal(points.length, 30)
  const spike = points.find(({ value }) => value === 99)
  t.equal(spike?.at, 200_000)
  t.ok(Math.abs((spike?.score ?? 0) - 0.9) < 1e-6)
  t.equal(ring.since(385_000).length, 15)
  t.end()
})

test('a stretch without any value is a gap', (t) => {
  const ring = new SeriesRing({ samples: 2 })
  for (let i = 0; i < 25; i++)
    ring.push({ at: i * 1000, value: null, low: null, high: null, score: null })
  t.ok(ring.since(0).every(({ value, low }) => value === null && low === null))
  t.end()
})

test('a long window is thinned to its lowest and highest points', (t) => {
  const ring = new SeriesRing()
  for (let i = 0; i < 900; i++)
    ring.push(point(i * 1000, i === 431 ? -50 : i === 432 ? null : Math.sin(i)))
  const points = ring.since(0, 100)
  t.ok(points.length <= 100 && points.length > 50)
  t.ok(points.some(({ value }) => value === -50))
  t.ok(points.every(({ at }, i) => i === 0 || at > (points[i - 1]?.at ?? 0)))
  const empty = new SeriesRing()
  for (let i = 0; i < 50; i++) empty.push(point(i, null))
  t.ok(empty.since(0, 10).length <= 10)
  t.end()
})
