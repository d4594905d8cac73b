// The streaming detector: its promises (causal, deterministic, bounded, comparable scores) and its members.

import { test } from 'tap'
import { restoreDetector, saveDetector } from './detector-state.ts'
import { LevelShift } from './level-shift.ts'
import { NearestHistory } from './nearest-history.ts'
import { seasonLength } from './season-length.ts'
import { SeriesDetector } from './series-detector.ts'
import { SortedWindow } from './sorted-window.ts'
import { SubPca } from './sub-pca.ts'
import { TailEvidence } from './tail-evidence.ts'

/** Seeded uniform numbers from 0 to 1. */
function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

function normal(uniform: () => number): number {
  let sum = 0
  for (let i = 0; i < 12; i++) sum += uniform()
  return sum - 6
}

const cycle = (rows: number, seed = 1): number[] => {
  const uniform = random(seed)
  return Array.from({ length: rows }, (_, i) => 10 + 3 * Math.sin(i / 8) + 0.2 * normal(uniform))
}

test('a healthy series stays quiet, and 98 % of it lies within the normal band', (t) => {
  const detector = new SeriesDetector()
  let inside = 0
  let judged = 0
  let events = 0
  for (const value of cycle(4000)) {
    const { low, high, expected, score } = detector.step(value)
    if (score >= 0.5) events++
    if (low === null || high === null) continue
    judged++
    if (value >= low && value <= high) inside++
    t.ok(
      expected !== null && low <= expected && expected <= high,
      'the expectation lies in the band'
    )
  }
  t.ok(judged > 3900, 'a band is given after the learning rows')
  t.ok(inside / judged > 0.965 && inside / judged < 0.995, `coverage ${inside / judged}`)
  t.ok(events <= 2, `${events} events in healthy data`)
  t.end()
})

test('a spike, a level shift and a stuck sensor each raise one event', (t) => {
  const faults: Record<string, (value: number, row: number) => number> = {
    spike: (value, row) => (row === 2000 ? value + 9 : value),
    shift: (value, row) => (row >= 2000 ? value + 8 : value),
    stuck: (value, row) => (row >= 2000 && row < 2080 ? 10.05 : value)
  }
  for (const [name, fault] of Object.entries(faults)) {
    const detector = new SeriesDetector()
    const events = cycle(2090).flatMap((value, row) =>
      detector.step(fault(value, row)).score >= 0.5 ? [row] : []
    )
    const after = events.filter((row) => row >= 2000)
    t.ok(after.length >= 1 && (after[0] ?? 0) <= 2040, `${name}: found at ${after[0]}`)
    t.ok(after.length <= 2, `${name}: told once, not with every row`)
  }
  t.end()
})

test('the scores of a prefix are those of the whole, and a second run gives the same', (t) => {
  const values = cycle(900, 7).map((value, row) => (row % 211 === 200 ? value + 6 : value))
  const scores = (rows: readonly number[]): number[] => {
    const detector = new SeriesDetector()
    return rows.map((value) => detector.step(value).score)
  }
  const whole = scores(values)
  t.same(scores(values.slice(0, 500)), whole.slice(0, 500))
  t.same(scores(values), whole)
  t.end()
})

test('scaling or moving a series changes no event', (t) => {
  const values = cycle(1500, 3).map((value, row) => (row > 1200 && row < 1230 ? value + 7 : value))
  const events = (map: (value: number) => number): number[] => {
    const detector = new SeriesDetector()
    return values.flatMap((value, row) => (detector.step(map(value)).score >= 0.5 ? [row] : []))
  }
  const plain = events((value) => value)
  t.ok(plain.some((row) => row > 1200 && row < 1215))
  t.same(
    events((value) => value * 1e6),
    plain
  )
  t.same(
    events((value) => value * 1e-6),
    plain
  )
  t.end()
})

test('a gap is neither judged nor learnt, and huge or constant values do no harm', (t) => {
  const detector = new SeriesDetector()
  for (const value of cycle(200)) detector.step(value)
  const before = JSON.stringify(saveDetector(detector))
  t.equal(detector.step(null).score, 0)
  t.equal(detector.step(Number.NaN).surprise, 0)
  t.equal(JSON.stringify(saveDetector(detector)), before)
  for (const value of [1e308, -1e308, 1e308, 0]) {
    const verdict = detector.step(value)
    t.ok(verdict.score >= 0 && verdict.score <= 1, `score ${verdict.score}`)
  }
  const flat = new SeriesDetector()
  for (let row = 0; row < 300; row++) t.ok(flat.step(45).score < 0.5)
  t.ok(flat.step(45).low !== null && (flat.step(45).low ?? 99) <= 45)
  t.ok(flat.step(60).surprise > 0.9, 'leaving a constant is news')
  t.end()
})

test('while the caller holds, the band does not learn', (t) => {
  const detector = new SeriesDetector({ history: 256 })
  const uniform = random(8)
  for (let row = 0; row < 300; row++) detector.step(10 + normal(uniform))
  const high = detector.step(40, true).high
  for (let row = 0; row < 100; row++) detector.step(40, true)
  t.equal(detector.step(40, true).high, high)
  t.end()
})

test('a lasting change becomes the new normal after the hold time', (t) => {
  const uniform = random(5)
  const detector = new SeriesDetector({ history: 256, holdRows: 50 })
  for (let row = 0; row < 300; row++) detector.step(5 + 0.1 * normal(uniform))
  for (let row = 0; row < 40; row++) detector.step(50 + 0.1 * normal(uniform))
  t.ok((detector.step(50).high ?? 99) < 20, 'not yet')
  for (let row = 0; row < 300; row++) detector.step(50 + 0.1 * normal(uniform))
  const { low, high } = detector.step(50)
  t.ok((low ?? 0) > 20 && (high ?? 0) > 49, `now ${low} to ${high}`)
  t.end()
})

test('a burst while learning does not widen the band', (t) => {
  const uniform = random(9)
  const detector = new SeriesDetector({ history: 256 })
  for (let row = 0; row < 60; row++) detector.step(row < 12 ? 95 : 4 + normal(uniform))
  t.ok((detector.step(4).high ?? 99) < 40)
  t.end()
})

test('a saved detector goes on as if nothing had happened', (t) => {
  const values = cycle(1400, 11).map((value, row) => (row === 1300 ? value + 8 : value))
  const straight = new SeriesDetector({ history: 300 })
  let broken = new SeriesDetector({ history: 300 })
  let worst = 0
  values.forEach((value, row) => {
    if (row % 350 === 349) {
      const text = JSON.stringify(saveDetector(broken))
      t.ok(text.length < 40_000, `state of ${text.length} characters`)
      broken = restoreDetector(JSON.parse(text))
    }
    const difference = straight.step(value).surprise - broken.step(value).surprise
    worst = Math.max(worst, Math.abs(difference))
  })
  t.ok(worst < 1e-3, `scores differ by at most ${worst}`)
  const young = restoreDetector(JSON.parse(JSON.stringify(saveDetector(new SeriesDetector()))))
  t.equal(young.step(1).low, null)
  t.end()
})

test('the nearest history equals the brute-force left matrix profile', (t) => {
  const values = cycle(260, 21)
  const options = { window: 5, exclude: 5, history: 100 }
  const near = new NearestHistory(options)
  values.forEach((value, now) => {
    let best = Number.POSITIVE_INFINITY
    for (let lag = options.exclude + 1; lag <= options.history && now - lag - 4 >= 0; lag++) {
      let sum = 0
      for (let i = 0; i < 5; i++)
        sum += ((values[now - i] ?? 0) - (values[now - i - lag] ?? 0)) ** 2
      best = Math.min(best, sum)
    }
    const got = near.push(value)
    if (now < 19 || best === Number.POSITIVE_INFINITY) t.ok(Number.isNaN(got), 'too little past')
    else t.ok(Math.abs(got - Math.sqrt(best / 5)) < 1e-9)
  })
  t.equal(near.back(0), values.at(-1))
  t.ok(Number.isNaN(near.back(1000)))
  t.end()
})

test('the season of a series is found, and none where there is none', (t) => {
  const uniform = random(2)
  const wave = (length: number, rows: number): Float64Array =>
    Float64Array.from({ length: rows }, (_, i) => {
      return Math.sin((2 * Math.PI * i) / length) + 0.3 * normal(uniform)
    })
  t.ok(Math.abs(seasonLength(wave(60, 900)) - 60) <= 1)
  t.ok(Math.abs(seasonLength(wave(288, 4000)) - 288) <= 2, 'also where the history is thinned')
  t.equal(seasonLength(Float64Array.from({ length: 900 }, () => normal(uniform))), 0)
  t.equal(seasonLength(new Float64Array(100)), 0)
  t.end()
})

test('the forecast follows a season once it is known', (t) => {
  const uniform = random(4)
  const detector = new SeriesDetector({ history: 1024 })
  const value = (i: number): number => 50 + 20 * Math.sin((2 * Math.PI * i) / 64) + normal(uniform)
  for (let i = 0; i < 1800; i++) detector.step(value(i))
  const { expected, low, high } = detector.step(value(1800))
  t.ok(Math.abs((expected ?? 0) - (50 + 20 * Math.sin((2 * Math.PI * 1800) / 64))) < 3)
  t.ok((high ?? 99) - (low ?? 0) < 12, 'the band is narrow: the wave itself is expected')
  t.end()
})

test('members: sorted window, level shift, components, tail', (t) => {
  const window = new SortedWindow(3)
  t.ok(Number.isNaN(window.quantile(0.5)))
  for (const value of [5, 1, 9, 7]) window.push(value)
  t.same([...window.values()], [1, 9, 7])
  t.equal(window.quantile(0), 1)
  t.equal(window.order(-1), 9)
  t.equal(window.rank(8), 2)

  const slow = new LevelShift(2)
  t.same(slow.push(1), { mean: 1, shift: Number.NaN })
  for (const value of [1, 3, 5]) slow.push(value)
  t.same(slow.push(5), { mean: 5, shift: 3 })

  const pca = new SubPca(8, 2)
  for (let i = 0; i < 400; i++) pca.push(Math.sin(i / 3))
  const usual = pca.push(Math.sin(400 / 3))
  t.ok(pca.push(5) > 3 * usual, 'a value off the shape leaves a residual')

  const tail = new TailEvidence(100)
  const uniform = random(6)
  for (let i = 0; i < 100; i++) tail.push(uniform(), 1e-6)
  t.equal(tail.push(0.2, 1e-6), 0)
  t.ok(tail.push(3, 1e-6) > tail.push(1.2, 1e-6))
  t.equal(tail.push(Number.NaN, 1e-6), 0)
  t.end()
})
