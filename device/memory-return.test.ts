// When memory is given back: after the process has grown, once it is quiet, and not in vain again and again.

import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { ManualClock } from '../test/harness/manual-clock.ts'
import { trimNativeHeap } from './inference/index.ts'
import { returnMemory } from './memory-return.ts'

const MIB = 1024 * 1024

t.test('memory is given back in quiet moments after the process has grown', async (t) => {
  const clock = new ManualClock()
  let resident = 200 * MIB
  let busy = 1000
  let needed = 200 * MIB
  let trims = 0
  const trim = async (): Promise<void> => {
    trims += 1
    resident = needed
  }
  const options = { clock, trim, residentBytes: () => resident, busyMs: () => busy }
  const cancel = returnMemory(options)
  const look = async (): Promise<number> => {
    clock.advance(5000)
    await nextTurn()
    return trims
  }
  busy += 1100
  t.equal(await look(), 0, 'the start is not over')
  t.equal(await look(), 1, 'what the start left')
  resident += 63 * MIB
  t.equal(await look(), 1, 'little is not worth it')
  resident += 1000 * MIB
  busy += 1100
  t.equal(await look(), 1, 'not while it works')
  busy += 400
  needed += 500 * MIB
  t.equal(await look(), 2)
  t.equal(await look(), 2, 'what is needed is not looked for again')
  needed = 200 * MIB
  resident = needed
  t.equal(await look(), 2)
  resident += 64 * MIB
  t.equal(await look(), 3, 'growth counts from the least that it had')
  cancel()
  t.equal(clock.pending, 0)
})

t.test('the heap of the C library is trimmed where that can be asked for', async (t) => {
  t.type(await trimNativeHeap(), 'boolean')
  t.equal(await trimNativeHeap(), process.platform === 'linux' && isGlibc())
})

function isGlibc(): boolean {
  const { header } = process.report.getReport() as { header: Record<string, unknown> }
  return header['glibcVersionRuntime'] !== undefined
}
