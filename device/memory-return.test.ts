// When memory is given back: after much came, once it is quiet, and again when what was held then is free.

import t from 'tap'
import { ManualClock } from '../test/harness/manual-clock.ts'
import { trimNativeHeap } from './inference/index.ts'
import { returnMemory } from './memory-return.ts'

const MIB = 1024 * 1024

t.test('memory is given back in quiet moments after large requests', async (t) => {
  const clock = new ManualClock()
  const budget = { bytes: 512 * MIB, leftBytes: 512 * MIB, takenEver: 0 }
  let trims = 0
  const cancel = returnMemory({ budget, clock, trim: () => (trims += 1) })
  const look = (): number => {
    clock.advance(5000)
    return trims
  }
  t.equal(look(), 0)
  budget.takenEver += 63 * MIB
  look()
  t.equal(look(), 0, 'little is not worth it')
  budget.takenEver += 200 * MIB
  budget.leftBytes -= 100 * MIB
  t.equal(look(), 0, 'not while more comes')
  budget.takenEver += 500_000
  t.equal(look(), 1, 'small requests are quiet')
  t.equal(look(), 1)
  budget.leftBytes += 100 * MIB
  t.equal(look(), 2, 'what was held then is free now')
  t.equal(look(), 2)
  cancel()
  t.equal(clock.pending, 0)
})

t.test('the heap of the C library is trimmed where that can be asked for', async (t) => {
  t.type(await trimNativeHeap(), 'boolean')
  t.equal(await trimNativeHeap(), process.platform === 'linux' && (await isGlibc()))
})

async function isGlibc(): Promise<boolean> {
  const { header } = process.report.getReport() as { header: Record<string, unknown> }
  return header['glibcVersionRuntime'] !== undefined
}
