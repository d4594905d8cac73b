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
  let seldom = false
  const collectSeldom = (wanted: boolean): void => {
    seldom = wanted
  }
  const memory = { residentBytes: () => resident, busyMs: () => busy }
  const options = { clock, trim, collectSeldom, ...memory }
  const cancel = returnMemory(options)
  const look = async (): Promise<number> => {
    clock.advance(5000)
    await nextTurn()
    return trims
  }
  busy += 1100
  t.equal(await look(), 0, 'the start is not over')
  t.equal(await look(), 1, 'what the start left')
  resident += 47 * MIB
  t.equal(await look(), 1, 'little is not worth it')
  resident += 1000 * MIB
  busy += 1100
  t.equal(await look(), 1, 'not while it works')
  t.ok(seldom, 'when garbage may wait')
  busy += 400
  needed += 500 * MIB
  t.equal(await look(), 2)
  t.notOk(seldom)
  t.equal(await look(), 2, 'what is needed now is not looked for at once')
  needed = 200 * MIB
  t.equal(await look(), 3, 'but a little later, because nothing tells that it is free')
  t.equal(resident, needed)
  resident += 48 * MIB
  t.equal(await look(), 4, 'growth counts from the least that it had')
  resident += 500 * MIB
  needed = resident
  const first = trims
  const tries: number[] = []
  for (let looks = 0; looks < 1000; looks += 1) tries.push((await look()) - first)
  t.same(
    [1, 2, 3, 4, 5].map((count) => tries.indexOf(count)),
    [0, 2, 5, 10, 19],
    'what stays needed is looked for ever more seldom'
  )
  t.equal(tries.indexOf(12) - tries.indexOf(11), 121, 'up to every ten minutes')
  busy += 1100
  await look()
  const worked = await look()
  t.equal(worked, trims)
  t.equal(worked, (tries.at(-1) ?? 0) + first + 1, 'and at once when it has worked again')
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
