import { test } from 'tap'
import { ArrivalPace } from './arrival-pace.ts'

test('the mean gap follows the arrivals of each bucket', async (t) => {
  const pace = new ArrivalPace()
  t.equal(pace.of('a'), undefined)
  pace.arrived('a', 0)
  t.match(pace.of('a'), { gapMs: undefined, lastAtMs: 0 })
  for (let at = 10; at <= 500; at += 10) {
    pace.arrived('a', at)
    pace.arrived('b', 3 * at)
  }
  t.match(pace.of('a'), { gapMs: 10, lastAtMs: 500 })
  t.equal(Math.round(pace.of('b')?.gapMs ?? 0), 30)
  for (let at = 502; at <= 700; at += 2) pace.arrived('a', at)
  t.equal(Math.round(pace.of('a')?.gapMs ?? 0), 2)
})

test('buckets without end do not fill the memory; those in use stay', async (t) => {
  const pace = new ArrivalPace()
  for (let bucket = 0; bucket < 1000; bucket += 1) {
    pace.arrived(`${bucket}`, bucket)
    pace.arrived('used', bucket)
  }
  t.equal(pace.of('0'), undefined)
  t.match(pace.of('used'), { gapMs: 1 })
})
