import { join } from 'node:path'
import { test } from 'tap'
import { ioStallPercent } from './io-stall.ts'

test('the stall of all tasks over ten seconds is read, and nothing where there is none', async (t) => {
  const some = 'some avg10=80.00 avg60=1.00 avg300=0.00 total=9\n'
  const dir = t.testdir({
    io: `${some}full avg10=12.34 avg60=0.80 avg300=0.10 total=7\n`,
    half: some
  })
  t.equal(await ioStallPercent(join(dir, 'io')), 12.34)
  t.equal(await ioStallPercent(join(dir, 'half')), null)
  t.equal(await ioStallPercent(join(dir, 'none')), null)
})
