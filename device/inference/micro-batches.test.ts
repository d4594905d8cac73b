import { test } from 'tap'
import { MicroBatches } from './micro-batches.ts'

/** Parts that take alpha + beta x rows, learnt from batches of several sizes. */
function learnt(...parts: [alphaMs: number, betaMs: number][]): MicroBatches {
  const micro = new MicroBatches(parts.length)
  for (let round = 0; round < 30; round += 1)
    for (const rows of [1, 4, 8, 32])
      for (const [part, [alphaMs, betaMs]] of parts.entries())
        micro.observe(part, rows, alphaMs + betaMs * rows)
  return micro
}

test('a batch is cut where the rows cost, and not where each call does', async (t) => {
  t.equal(learnt([0.1, 1], [0.1, 1]).rowsFor(32), 4, 'eight micro-batches for two parts at most')
  t.equal(learnt([20, 0.01], [20, 0.01]).rowsFor(32), 32)
  // 2 x (2.2 + 3.2) = 10.8 in one piece, 3 x (2.2 + 1.6) = 11.4 in two.
  t.equal(learnt([2.2, 0.1], [2.2, 0.1]).rowsFor(32), 32)
  // 2 x (1 + 6.4) = 14.8 in one piece, 3 x 4.2 = 12.6 in two, 4 x 3.2 = 12.8 in three, 5 x 2.6 = 13 in four.
  t.equal(learnt([1, 0.2], [1, 0.2]).rowsFor(32), 16)
})

test('a batch whose parts are unequal waits for the slowest in any case', async (t) => {
  t.equal(learnt([0, 1], [0, 0.01]).rowsFor(32), 4)
  t.equal(learnt([5, 1], [0, 0.01]).rowsFor(32), 32, 'there is next to nothing to overlap')
})

test('before anything is known a batch is cut, and a single row never', async (t) => {
  const fresh = new MicroBatches(3)
  t.equal(fresh.rowsFor(32), 3)
  t.equal(fresh.rowsFor(1), 1)
  t.equal(fresh.rowsFor(2), 1)
  fresh.observe(0, 8, 5)
  t.equal(fresh.rowsFor(32), 3, 'one part alone says nothing')
  fresh.observe(9, 8, 5)
  t.equal(fresh.rowsFor(32), 3)
})

test('what parts take is followed when it changes', async (t) => {
  const micro = learnt([20, 0.01], [20, 0.01])
  for (let round = 0; round < 400; round += 1)
    for (const part of [0, 1]) for (const rows of [8, 32]) micro.observe(part, rows, 0.1 + rows)
  t.equal(micro.rowsFor(32), 4)
})
