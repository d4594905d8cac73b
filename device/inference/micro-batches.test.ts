import { test } from 'tap'
import { MicroBatches } from './micro-batches.ts'

/** What a batch takes that is cut into micro-batches of so many rows. */
type Cost = (microRows: number, count: number) => number

/** Two parts of which each call takes alpha + beta x rows, the second one at the pace of the first. */
const pipelined =
  (alphaMs: number, betaMs: number): Cost =>
  (microRows, count) =>
    (count + 1) * (alphaMs + betaMs * microRows)

interface Load {
  readonly rows: number
  readonly batches: number
  readonly cost: Cost
}

/** Runs batches as they are asked for; returns into how many each was cut. */
function run(micro: MicroBatches, { rows, batches, cost }: Load): number[] {
  return Array.from({ length: batches }, () => {
    const microRows = micro.rowsFor(rows)
    const count = Math.ceil(rows / microRows)
    micro.observe(rows, microRows, cost(microRows, count))
    return count
  })
}

/** The number that is in force after some batches; each 32nd is a try. */
const settled = (parts: number, cost: Cost): number | undefined =>
  run(new MicroBatches(parts), { rows: 32, batches: 31, cost }).at(-1)

test('a batch is cut where the rows cost, and not where each call does', async (t) => {
  t.equal(settled(2, pipelined(0.1, 1)), 8, 'eight micro-batches for two parts at most')
  t.equal(settled(2, pipelined(20, 0.01)), 1)
  // 2 x (2.2 + 3.2) = 10.8 in one piece, 3 x (2.2 + 1.6) = 11.4 in two.
  t.equal(settled(2, pipelined(2.2, 0.1)), 1)
  // 2 x (1 + 6.4) = 14.8 in one piece, 3 x 4.2 = 12.6 in two, 5 x 2.6 = 13 in four.
  t.equal(settled(2, pipelined(1, 0.2)), 2)
})

test('parts that slow each other down are cut by what they take together', async (t) => {
  t.equal(
    settled(2, (microRows, count) => (count > 1 ? 3 : 1) * pipelined(0.1, 1)(microRows, count)),
    1,
    'no part shows this while it works alone'
  )
})

test('every number is tried, the finest first, and a slow first batch decides nothing', async (t) => {
  let first = true
  const cold: Cost = (microRows, count) => {
    const ms = pipelined(0.1, 1)(microRows, count) + (first ? 500 : 0)
    first = false
    return ms
  }
  const counts = run(new MicroBatches(2), { rows: 32, batches: 20, cost: cold })
  t.same(counts.slice(0, 12), [8, 8, 8, 4, 4, 4, 2, 2, 2, 1, 1, 1])
  t.ok(counts.slice(12).every((count) => count === 8))
})

test('a single row is never cut, and other sizes are learnt apart', async (t) => {
  const micro = new MicroBatches(3)
  t.equal(micro.rowsFor(1), 1)
  t.equal(micro.rowsFor(2), 1)
  t.equal(run(micro, { rows: 100, batches: 31, cost: pipelined(0.1, 1) }).at(-1), 8)
  t.equal(run(micro, { rows: 5, batches: 31, cost: pipelined(20, 0.01) }).at(-1), 1)
  micro.rowsFor(97) // a try
  t.equal(micro.rowsFor(97), 13, 'rows of the same power of two share what is known')
})

test('what batches take is followed when it changes', async (t) => {
  const micro = new MicroBatches(2)
  t.equal(run(micro, { rows: 32, batches: 31, cost: pipelined(20, 0.01) }).at(-1), 1)
  t.equal(run(micro, { rows: 32, batches: 400, cost: pipelined(0.1, 1) }).at(-1), 8)
})

test('a batch now and then is enough to keep an eye on the rest', async (t) => {
  const counts = run(new MicroBatches(2), {
    rows: 32,
    batches: 332,
    cost: pipelined(1, 0.2)
  }).slice(12)
  t.ok(counts.filter((count) => count !== 2).length <= 10)
})

test('every number of rows comes to an end of trying, however it divides', async (t) => {
  for (const parts of [2, 3, 4])
    for (let rows = 1; rows <= 70; rows += 1) {
      const last = run(new MicroBatches(parts), { rows, batches: 31, cost: pipelined(20, 0.01) })
      t.equal(last.at(-1), 1, `${rows} rows, ${parts} parts`)
    }
})
