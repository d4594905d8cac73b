import { test } from 'tap'
import { SeededRandom } from '../../test/harness/seeded-random.ts'
import { chooseServer, expectedFree, type ServerOutlook } from './server-choice.ts'

const idle = (costMs: number | undefined, rows = 1): ServerOutlook => ({
  idle: true,
  freeAtMs: 0,
  costMs,
  rows
})
const busy = (freeAtMs: number | undefined, costMs: number | undefined, rows = 1) => ({
  idle: false,
  freeAtMs,
  costMs,
  rows
})

test('the fastest idle server gets the batch', async (t) => {
  t.same(chooseServer([idle(20), idle(5), idle(9)], 0, 1), { kind: 'start', index: 1 })
  t.same(chooseServer([idle(20), idle(undefined)], 0, 1), { kind: 'start', index: 1 }, 'to learn')
  t.same(chooseServer([busy(3, 5)], 0, 1), { kind: 'none' })
})

test('a busy server is waited for when it finishes sooner, an unknown one never', async (t) => {
  t.match(chooseServer([idle(50), busy(10, 5)], 0, 1), { kind: 'hold' })
  t.same(chooseServer([idle(50), busy(46, 5)], 0, 1), { kind: 'start', index: 0 })
  t.same(chooseServer([idle(50), busy(undefined, 5)], 0, 1), { kind: 'start', index: 0 })
  t.same(chooseServer([idle(50), busy(10, undefined)], 0, 1), { kind: 'start', index: 0 })
  t.same(chooseServer([idle(5), busy(0, 5)], 0, 1), { kind: 'start', index: 0 }, 'a tie starts')
})

test('one looks again before the wait costs more than it gains', async (t) => {
  const choice = chooseServer([idle(50), busy(10, 5)], 0, 1)
  t.ok(choice.kind === 'hold' && choice.untilMs > 10 && choice.untilMs < 50)
})

test('a slow server works behind what the fast one will have done by then', async (t) => {
  // Until 50 the fast one does (50 - 10) / 5 = 8 batches of 4 rows.
  const servers = [idle(50, 4), busy(10, 5, 4)]
  t.match(chooseServer(servers, 0, 28), { kind: 'hold' })
  t.same(chooseServer(servers, 0, 40), { kind: 'behind', index: 0, aheadRows: 28 })
})

test('whatever the servers, no choice finishes a single batch later than another would', async (t) => {
  const random = new SeededRandom(21)
  for (let run = 0; run < 3000; run += 1) {
    const servers = Array.from({ length: random.whole(1, 5) }, () => {
      const costMs = 1 + 50 * random.next()
      return random.next() < 0.5 ? idle(costMs) : busy(100 + 60 * random.next(), costMs)
    })
    const ends = servers.map(({ idle: free, freeAtMs, costMs }) =>
      free ? 100 + (costMs ?? 0) : (freeAtMs ?? 0) + (costMs ?? 0)
    )
    const best = Math.min(...ends)
    const choice = chooseServer(servers, 100, 1)
    const bestIsIdle = servers[ends.indexOf(best)]?.idle === true
    if (choice.kind === 'start') {
      if ((ends[choice.index] ?? 0) > best + 1e-6) t.fail(`run ${run} starts on a slow one`)
    } else if (choice.kind === 'hold') {
      if (bestIsIdle) t.fail(`run ${run} waits although the best is idle`)
    } else if (choice.kind === 'none') {
      if (servers.some((server) => server.idle)) t.fail(`run ${run} leaves an idle one out`)
    } else t.fail(`run ${run} puts the only request behind others`)
  }
})

test('an overdue server is given as long again as it is late', async (t) => {
  t.equal(expectedFree(0, 10, 4), 10)
  t.equal(expectedFree(0, 10, 13), 16)
})
