import { test } from 'tap'
import type { BatchTrace } from '../../contract/index.ts'
import { TraceRing } from './trace-ring.ts'

function trace(at: number, model: string): BatchTrace {
  return {
    at,
    model,
    version: '1.0.0',
    rung: 'cpu',
    instance: 0,
    requests: 1,
    rows: 1,
    bucket: 'a',
    queueMaxMs: 0,
    queueMinMs: 0,
    computeMs: 1,
    predictedMs: null,
    reason: 'only'
  }
}

test('the ring gives the newest first and forgets the eldest', async (t) => {
  const ring = new TraceRing(5)
  t.same(ring.newest(), [])
  const all = Array.from({ length: 12 }, (_, at) => trace(at, at % 3 === 0 ? 'c' : 'd'))
  for (const [index, one] of all.entries()) {
    ring.add(one)
    const expected = all.slice(Math.max(0, index - 4), index + 1).reverse()
    t.same(ring.newest(), expected)
  }
  t.same(
    ring.newest(2).map(({ at }) => at),
    [11, 10]
  )
  t.same(
    ring.newest(9, 'c').map(({ at }) => at),
    [9]
  )
})

test('two thousand are kept unless said otherwise', async (t) => {
  const ring = new TraceRing()
  for (let at = 0; at < 2500; at += 1) ring.add(trace(at, 'm'))
  const kept = ring.newest()
  t.equal(kept.length, 2000)
  t.equal(kept.at(-1)?.at, 500)
})
