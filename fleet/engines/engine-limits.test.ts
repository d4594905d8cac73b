import { test } from 'tap'
import { outdated, surplus } from './engine-limits.ts'

const DAY_MS = 86_400_000
const NO_LIMIT = { maxBytes: 1e12, perModel: 100, perModelBytes: 1e12, totalBytes: 1e12 }

const row = (id: string, about: Partial<Parameters<typeof outdated>[0][number]> = {}) => ({
  ...{ id, model: 'tiny', bytes: 10, builder: 'press-a', touched_at: 0 },
  state: 'ready' as 'ready' | 'receiving',
  ...about
})
const goes = (rows: ReturnType<typeof row>[], kept: string, limits: Partial<typeof NO_LIMIT>) =>
  [...surplus(rows, kept, { ...NO_LIMIT, ...limits })].join('')

test('what waited longest goes first, and what has just come stays', (t) => {
  const rows = ['a', 'b', 'c', 'd'].map((id) => row(id))
  t.equal(goes(rows, 'd', {}), '')
  t.equal(goes(rows, 'd', { perModel: 2 }), 'ab')
  t.equal(goes(rows, 'a', { perModel: 2 }), 'bc')
  t.equal(goes(rows, 'd', { perModelBytes: 25 }), 'ab')
  t.equal(goes(rows, 'd', { totalBytes: 10 }), 'abc')
  t.equal(goes(rows, 'd', { totalBytes: 1 }), 'abc', 'the newest stays even alone over the limit')
  t.end()
})

test('models are bounded each for itself, and all together', (t) => {
  const rows = [row('a'), row('b', { model: 'other' }), row('c'), row('d', { model: 'other' })]
  t.equal(goes(rows, 'd', { perModel: 1 }), 'ab')
  t.equal(goes(rows, 'd', { perModel: 1, totalBytes: 10 }), 'abc')
  t.end()
})

test('a device may be in the middle of four', (t) => {
  const receiving = { state: 'receiving' } as const
  const rows = ['a', 'b', 'c', 'd', 'e'].map((id) => row(id, receiving))
  t.equal(goes([...rows, row('f', { ...receiving, builder: 'press-b' })], 'e', {}), 'a')
  t.end()
})

test('what nobody took for 90 days goes, and what did not arrive in seven', (t) => {
  const receiving = { state: 'receiving' } as const
  const rows = [
    row('a'),
    row('b', { touched_at: 50 * DAY_MS }),
    row('c', { ...receiving, touched_at: 84 * DAY_MS }),
    row('d', { ...receiving, touched_at: 83 * DAY_MS })
  ]
  t.strictSame(outdated(rows, 90 * DAY_MS + 1), ['a', 'd'])
  t.end()
})
