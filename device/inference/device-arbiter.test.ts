import { test } from 'tap'
import { ManualClock, settle } from '../../test/harness/manual-clock.ts'
import { SeededRandom } from '../../test/harness/seeded-random.ts'
import type { SlotRelease } from './batch-server.ts'
import { DeviceArbiter } from './device-arbiter.ts'

function arbiter(slots = 1) {
  const clock = new ManualClock()
  const made = new DeviceArbiter({
    clock,
    devices: {
      gpu: { slots, memory: 'unified' },
      cpu: { slots: 2, memory: 'unified' },
      dla: { slots: 1 }
    },
    memoryMb: { unified: 1000 }
  })
  return { clock, arbiter: made }
}

/** Keeps a model's claims on the gpu coming until the test ends it. */
async function work(
  { clock, arbiter: made }: ReturnType<typeof arbiter>,
  model: string,
  costMs: () => { expected: number; real: number }
): Promise<void> {
  for (;;) {
    const { expected, real } = costMs()
    const release = await made.acquire('gpu', model, expected)
    await new Promise<void>((resolve) => {
      clock.after(real, resolve)
    })
    release(real)
  }
}

const fixed = (ms: number) => () => ({ expected: ms, real: ms })

test('time is shared by weight, not by number of batches', async (t) => {
  const bench = arbiter()
  bench.arbiter.weigh('a', 3)
  void work(bench, 'a', fixed(40))
  void work(bench, 'b', fixed(5))
  void work(bench, 'c', fixed(10))
  await bench.clock.advanceAsync(20_000)
  const { busyMs } = bench.arbiter.use('gpu')
  const share = (model: string): number => (busyMs[model] ?? 0) / 20_000
  t.ok(Math.abs(share('a') - 0.6) < 0.02, `a has ${share('a')}`)
  t.ok(Math.abs(share('b') - 0.2) < 0.02, `b has ${share('b')}`)
  t.ok(Math.abs(share('c') - 0.2) < 0.02, `c has ${share('c')}`)
})

test('a model that takes longer than it says pays for it', async (t) => {
  const bench = arbiter()
  const random = new SeededRandom(2)
  void work(bench, 'liar', () => ({ expected: 2, real: 20 }))
  void work(bench, 'honest', () => {
    const ms = 1 + 9 * random.next()
    return { expected: ms, real: ms }
  })
  await bench.clock.advanceAsync(10_000)
  const { busyMs } = bench.arbiter.use('gpu')
  const ratio = (busyMs['liar'] ?? 0) / (busyMs['honest'] ?? 1)
  t.ok(ratio > 0.9 && ratio < 1.1, `${ratio}`)
})

test('no more batches run than there are slots, and every claim is granted', async (t) => {
  const random = new SeededRandom(8)
  for (const slots of [1, 2, 3]) {
    const { clock, arbiter: made } = arbiter(slots)
    let granted = 0
    let most = 0
    for (let claim = 0; claim < 300; claim += 1) {
      const model = random.pick(['a', 'b', 'c', 'd'])
      void made.acquire('gpu', model, 10 * random.next()).then((release) => {
        granted += 1
        most = Math.max(most, made.use('gpu').running)
        clock.after(10 * random.next(), () => release(random.whole(0, 10)))
      })
    }
    t.equal(made.use('gpu').waiting, 300)
    await clock.advanceAsync(10_000)
    t.equal(granted, 300)
    t.equal(most, slots)
    t.match(made.use('gpu'), { running: 0, waiting: 0 })
  }
})

test('an idle device is granted at once; another model does not wait behind its own device', async (t) => {
  const { arbiter: made } = arbiter()
  const releases: SlotRelease[] = []
  for (const device of ['gpu', 'dla', 'unnamed'])
    void made.acquire(device, 'a', 1).then((release) => releases.push(release))
  void made.acquire('gpu', 'b', 1).then((release) => releases.push(release))
  await settle()
  t.equal(releases.length, 3)
  releases[0]?.(5)
  releases[0]?.(5)
  await settle()
  t.equal(releases.length, 4)
  t.match(made.use('gpu'), { running: 1, waiting: 0, busyMs: { a: 5 } }, 'given back once')
})

test('credit and debt are forgotten after a second without claims', async (t) => {
  const { clock, arbiter: made } = arbiter()
  const turn = async (model: string): Promise<SlotRelease> => made.acquire('gpu', model, 1)
  ;(await turn('late'))(500)
  clock.advance(1001)
  const order: string[] = []
  const blocked = await turn('other')
  for (const model of ['late', 'other'])
    void turn(model).then((release) => {
      order.push(model)
      release(1)
    })
  blocked(1)
  await settle()
  t.same(order, ['late', 'other'])
})

test('memory of one pool is shared by all devices that name it', async (t) => {
  const { arbiter: made } = arbiter()
  t.equal(made.freeMb('dla'), Number.POSITIVE_INFINITY)
  made.reserve('dla', 'x', 1e6)()
  const giveBack = made.reserve('gpu', 'a', 700)
  t.equal(made.freeMb('cpu'), 300)
  t.throws(() => made.reserve('cpu', 'b', 301), {
    code: 'NS_INFERENCE_MEMORY',
    message:
      'b needs 301 MB and cpu has 300 MB left; unload another model, or use a smaller variant.'
  })
  made.reserve('cpu', 'b', 300)
  giveBack()
  giveBack()
  t.equal(made.freeMb('gpu'), 700)
})

test('a pool without a bound is not counted against', async (t) => {
  const clock = new ManualClock()
  const made = new DeviceArbiter({
    clock,
    devices: { gpu: { slots: 1, memory: 'vram' } },
    memoryMb: {}
  })
  made.reserve('gpu', 'a', 1e9)
  t.equal(made.freeMb('gpu'), Number.POSITIVE_INFINITY)
})
