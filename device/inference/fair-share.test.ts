import { test } from 'tap'
import { SeededRandom } from '../../test/harness/seeded-random.ts'
import { costOf } from './batch-cost-model.ts'
import { fairShare, type Sharer } from './fair-share.ts'

const sharer = (freeAtMs: number, alphaMs: number, betaMs: number): Sharer => ({
  freeAtMs,
  costs: { alphaMs, betaMs }
})

test('equal servers share evenly, faster ones take more', (t) => {
  const equal = sharer(0, 2, 3)
  t.equal(fairShare(equal, [], 7), 7)
  t.equal(fairShare(equal, [equal], 8), 4)
  t.equal(fairShare(equal, [equal, equal, equal], 8), 2)
  t.equal(fairShare(sharer(0, 0, 1), [sharer(0, 0, 3)], 8), 6)
  t.equal(fairShare(sharer(0, 0, 3), [sharer(0, 0, 1)], 8), 2)
  t.equal(fairShare(sharer(0, 9, 3), [sharer(0, 0, 1)], 2), 1, 'never nothing')
  t.equal(fairShare(sharer(0, 1, 0), [equal], 1000), 1000, 'rows that cost nothing are kept')
  t.end()
})

/** When the last of two is done if the first takes so many rows, ms. */
function lastDone(servers: readonly [Sharer, Sharer], rows: readonly [number, number]): number {
  const ends = servers.map(({ freeAtMs, costs }, at) =>
    rows[at] === 0 ? 0 : freeAtMs + costOf(costs, rows[at] ?? 0)
  )
  return Math.max(...ends)
}

test('no other split of two servers is done earlier by more than the cost of a row', (t) => {
  const random = new SeededRandom(11)
  const between = (least: number, most: number): number => least + (most - least) * random.next()
  for (let round = 0; round < 500; round += 1) {
    const [self, peer] = [
      sharer(0, between(0, 9), between(0.1, 5)),
      sharer(between(0, 40), between(0, 9), between(0.1, 5))
    ]
    const rows = 1 + Math.floor(between(0, 30))
    const share = fairShare(self, [peer], rows)
    const ours = lastDone([self, peer], [share, rows - share])
    const best = Math.min(
      ...Array.from({ length: rows }, (_, at) => lastDone([self, peer], [at + 1, rows - at - 1]))
    )
    const slack = Math.max(self.costs.betaMs, peer.costs.betaMs) // rows are whole
    t.ok(ours <= best + slack, `${ours} ms where ${best} ms can be`)
  }
  t.end()
})
