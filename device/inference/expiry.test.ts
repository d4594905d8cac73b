import { test } from 'tap'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { SeededRandom } from '../../test/harness/seeded-random.ts'
import { Expiry } from './expiry.ts'

test('many moments pass in order behind one timer', async (t) => {
  const clock = new ManualClock()
  const random = new SeededRandom(3)
  const expiry = new Expiry(clock)
  const ran: { atMs: number; nowMs: number }[] = []
  const kept: number[] = []
  for (let count = 0; count < 300; count += 1) {
    const atMs = random.whole(1, 1000)
    const cancel = expiry.add(atMs, () => ran.push({ atMs, nowMs: clock.monotonicMs() }))
    if (random.next() < 0.3) cancel()
    else kept.push(atMs)
  }
  t.equal(clock.pending, 1)
  clock.advance(1000)
  t.same(
    ran.map(({ atMs }) => atMs),
    kept.sort((a, b) => a - b)
  )
  t.ok(ran.every(({ atMs, nowMs }) => atMs === nowMs))
  t.equal(clock.pending, 0)
})

test('a moment that is added while another passes is not lost', async (t) => {
  const clock = new ManualClock()
  const expiry = new Expiry(clock)
  const ran: string[] = []
  expiry.add(10, () => {
    ran.push('first')
    expiry.add(20, () => ran.push('second'))
  })
  const cancel = expiry.add(30, () => ran.push('never'))
  clock.advance(25)
  cancel()
  clock.advance(100)
  t.same(ran, ['first', 'second'])
})
