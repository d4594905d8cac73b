// Several servers, shared devices, limits and waiting: what the scheduler does with real expected times.

import { test } from 'tap'
import { ManualClock, settle } from '../../test/harness/manual-clock.ts'
import { DeviceArbiter } from './device-arbiter.ts'
import {
  type BatchReport,
  type BatchServer,
  type RequestOptions,
  Scheduler,
  type SchedulerOptions
} from './scheduler.ts'

interface Made extends BatchServer<string, string, string> {
  readonly batches: { readonly items: readonly string[]; readonly atMs: number }[]
}

/** A server whose batches take alpha + beta x rows of the clock. */
function timed(
  clock: ManualClock,
  about: string,
  options: { alphaMs: number; betaMs: number; maxBatch?: number; device?: string }
): Made {
  const batches: Made['batches'] = []
  const { alphaMs, betaMs, maxBatch = 8, device } = options
  return {
    about,
    kind: about,
    maxBatch,
    ...(device === undefined ? {} : { device }),
    batches,
    run: (items) => {
      batches.push({ items, atMs: clock.monotonicMs() })
      const computeMs = alphaMs + betaMs * items.length
      return new Promise((resolve) => {
        clock.after(computeMs, () => resolve({ answers: items, computeMs }))
      })
    }
  }
}

function bench(options: Partial<SchedulerOptions<string>> = {}, clock = new ManualClock()) {
  const reports: BatchReport[] = []
  const scheduler = new Scheduler<string, string, string>({
    model: 'tiny',
    clock,
    queueLimit: 1000,
    describe: (about) => ({ version: about, rung: 'cpu' }),
    onWaiting: () => undefined,
    onBatch: (report) => reports.push(report),
    ...options
  })
  const submit = (item: string, wishes: RequestOptions = {}, bucket = 'a') =>
    scheduler.submit({ item, bucket, size: 1, ...wishes })
  return { clock, reports, scheduler, submit }
}

/** Lets the scheduler learn what servers cost: single batches of one to four rows on each. */
async function teach(
  { clock, scheduler, submit }: ReturnType<typeof bench>,
  servers: readonly Made[]
): Promise<void> {
  for (const server of servers) {
    await scheduler.serveWith([server])
    for (let round = 0; round < 12; round += 1) {
      for (let row = 0; row <= round % 4; row += 1) void submit(`teach${row}`)
      await clock.advanceAsync(1000)
    }
    server.batches.length = 0
  }
  await scheduler.serveWith(servers)
}

test('a fast server is waited for rather than a slow one used', async (t) => {
  const made = bench()
  const { clock, submit } = made
  const fast = timed(clock, 'fast', { alphaMs: 2, betaMs: 1 })
  const slow = timed(clock, 'slow', { alphaMs: 80, betaMs: 20 })
  await teach(made, [slow, fast])
  const first = submit('1')
  await settle()
  const second = submit('2')
  await clock.advanceAsync(10)
  t.match(await first, { about: 'fast', instance: 1, computeMs: 3 })
  t.match(await second, { about: 'fast', queueMs: 3, reason: 'only' })
  t.equal(slow.batches.length, 0)
})

test('when the fast server is far overdue, the slow one helps', async (t) => {
  const made = bench()
  const { clock, submit, scheduler } = made
  const fast = timed(clock, 'fast', { alphaMs: 2, betaMs: 1 })
  const slow = timed(clock, 'slow', { alphaMs: 80, betaMs: 20 })
  await teach(made, [slow, fast])
  const hung = { ...fast, run: () => new Promise<never>(() => undefined) }
  await scheduler.serveWith([slow, hung])
  void submit('lost')
  await settle()
  const answer = submit('2')
  await clock.advanceAsync(1000)
  t.match(await answer, { about: 'slow' })
})

test('under load the slow server works too, on the less urgent', async (t) => {
  const made = bench()
  const { clock, submit } = made
  const fast = timed(clock, 'fast', { alphaMs: 2, betaMs: 1, maxBatch: 4 })
  const slow = timed(clock, 'slow', { alphaMs: 20, betaMs: 5, maxBatch: 4 })
  await teach(made, [fast, slow])
  const all = Array.from({ length: 60 }, (_, index) => submit(`${index}`))
  await settle()
  t.strictSame(fast.batches[0]?.items, ['0', '1', '2', '3'])
  const [first] = slow.batches
  t.ok(first && Number(first.items[0]) >= 20, `slow begins with ${first?.items[0]}`)
  await clock.advanceAsync(1000)
  const answers = await Promise.all(all)
  t.strictSame(
    answers.map(({ answer }) => answer),
    Array.from({ length: 60 }, (_, index) => `${index}`)
  )
  t.ok(slow.batches.length > 1)
})

test('a server that no one knows yet is tried', async (t) => {
  const made = bench()
  const { clock, submit, scheduler } = made
  const known = timed(clock, 'known', { alphaMs: 2, betaMs: 1 })
  await teach(made, [known])
  const fresh = timed(clock, 'fresh', { alphaMs: 1, betaMs: 1 })
  await scheduler.serveWith([known, fresh])
  const answer = submit('1')
  await clock.advanceAsync(10)
  t.match(await answer, { about: 'fresh' })
})

test('priority goes before deadline, deadline before arrival', async (t) => {
  const { clock, scheduler, submit } = bench({ defaultPriority: 3, ageAfterMs: 1e9 })
  const all = [
    submit('default'),
    submit('late', { priority: 2, deadlineMs: 500 }),
    submit('soon', { priority: 2, deadlineMs: 400 }),
    submit('first', { priority: 1 }),
    submit('zero', { priority: 0 }),
    submit('low', { priority: 9, deadlineMs: 1 }),
    submit('beyond', { priority: 99 })
  ]
  const server = timed(clock, 'v1', { alphaMs: 1, betaMs: 1, maxBatch: 1 })
  await scheduler.serveWith([server])
  await clock.advanceAsync(100)
  await Promise.all(all)
  t.strictSame(
    server.batches.flatMap(({ items }) => items),
    ['first', 'soon', 'late', 'default', 'zero', 'low', 'beyond']
  )
})

test('a request that waits too long fails or goes behind all others', async (t) => {
  const { clock, scheduler, submit } = bench()
  const server = timed(clock, 'v1', { alphaMs: 50, betaMs: 0, maxBatch: 1 })
  await scheduler.serveWith([server])
  const running = submit('running', { timeoutMs: 10 })
  await settle()
  const rejected = submit('rejected', { timeoutMs: 20 })
  const deferred = submit('deferred', { priority: 1, timeoutMs: 20, onTimeout: 'defer' })
  const later = submit('later', { priority: 9 })
  const expected = t.rejects(rejected, {
    code: 'NS_INFERENCE_DEADLINE',
    message:
      'The request waited 20 ms for tiny without being started; try again, or allow it more time.'
  })
  await clock.advanceAsync(200)
  await expected
  await Promise.all([running, later, deferred])
  t.strictSame(
    server.batches.map(({ items }) => items[0]),
    ['running', 'later', 'deferred']
  )
  t.equal(clock.pending, 0, 'no timer is left')
})

test('batches stay within the latency goal and the deadlines once costs are known', async (t) => {
  const made = bench({ latencyGoalMs: 20 })
  const { clock, reports, submit } = made
  const server = timed(clock, 'v1', { alphaMs: 4, betaMs: 2, maxBatch: 32 })
  await teach(made, [server])
  reports.length = 0
  const all = Array.from({ length: 12 }, (_, index) => submit(`${index}`))
  await clock.advanceAsync(100)
  await Promise.all(all)
  t.match(reports[0]?.trace, { rows: 8, reason: 'deadline', rung: 'cpu', version: 'v1' })
  t.ok(Math.abs((reports[0]?.trace.predictedMs ?? 0) - 20) < 0.5)
  const urgent = [submit('x', { deadlineMs: 9 }), submit('y'), submit('z')]
  await clock.advanceAsync(100)
  t.match(await urgent[0], { batchSize: 2, reason: 'deadline' })
  await Promise.all(urgent)
})

test('requests aim at the goal that holds when they come', async (t) => {
  const made = bench()
  const { clock, scheduler, submit, reports } = made
  const server = timed(clock, 'one', { alphaMs: 4, betaMs: 2 })
  await teach(made, [server])
  const rowsOf = async (): Promise<number> => {
    for (let row = 0; row < 8; row += 1) void submit('x')
    await clock.advanceAsync(1000)
    return server.batches.splice(0)[0]?.items.length ?? 0
  }
  t.equal(await rowsOf(), 8, 'no goal')
  scheduler.aimAt(11)
  t.equal(await rowsOf(), 3, '4 + 3 x 2 ms')
  t.ok(reports.some(({ trace }) => trace.reason === 'deadline'))
  scheduler.aimAt(undefined)
  t.equal(await rowsOf(), 8)
})

test('limits take servers away, then rows, and the trace says so', async (t) => {
  const { clock, reports, scheduler, submit } = bench()
  const two = ['one', 'two'].map((name) => timed(clock, name, { alphaMs: 10, betaMs: 0 }))
  await scheduler.serveWith(two)
  scheduler.limit({ servers: 1, batchRows: 2 })
  const all = Array.from({ length: 6 }, (_, index) => submit(`${index}`))
  await settle()
  t.equal(scheduler.running, 1)
  await clock.advanceAsync(10)
  scheduler.limit({ servers: 2 })
  await settle()
  t.equal(scheduler.running, 2)
  await clock.advanceAsync(100)
  await Promise.all(all)
  t.same(
    reports.map(({ trace }) => [trace.rows, trace.reason]),
    [
      [2, 'throttled'],
      [2, 'throttled'],
      [2, 'throttled']
    ]
  )
})

test('with a fixed longest wait a batch fills up or starts when it is over', async (t) => {
  const { clock, scheduler, submit } = bench({ maxWaitMs: 5 })
  const server = timed(clock, 'v1', { alphaMs: 1, betaMs: 0, maxBatch: 3 })
  await scheduler.serveWith([server])
  const first = submit('1')
  await clock.advanceAsync(4)
  t.equal(server.batches.length, 0)
  void submit('2')
  await clock.advanceAsync(1)
  t.strictSame(server.batches[0]?.items, ['1', '2'])
  await clock.advanceAsync(10)
  t.match(await first, { queueMs: 5, reason: 'no-gain' })
  for (const item of ['3', '4', '5']) void submit(item)
  await settle()
  t.strictSame(server.batches[1]?.items, ['3', '4', '5'], 'a full one does not wait')
  await clock.advanceAsync(10)
  scheduler.waitAtMost(undefined)
  void submit('6')
  await settle()
  t.strictSame(server.batches[2]?.items, ['6'])
})

test('a batch waits by itself while arrivals make it worth while', async (t) => {
  const made = bench()
  const { clock, submit } = made
  const server = timed(clock, 'v1', { alphaMs: 40, betaMs: 1, maxBatch: 32 })
  await teach(made, [server])
  for (let arrival = 0; arrival < 40; arrival += 1) {
    void submit(`${arrival}`)
    await clock.advanceAsync(2)
  }
  await clock.advanceAsync(200)
  const sizes = server.batches.map(({ items }) => items.length)
  t.ok(Math.max(...sizes) >= 4, `${sizes}`)
  t.ok(sizes.length <= 12, `${sizes}`)
})

test('a wait too short for a timer lasts single turns, as long as each brings requests', async (t) => {
  const turns: (() => void)[] = []
  const made = bench({ nextTurn: (run) => turns.push(run), ageAfterMs: 1e9 })
  const { clock, submit } = made
  const server = timed(clock, 'v1', { alphaMs: 3, betaMs: 0.1, maxBatch: 32 })
  await teach(made, [server])
  const turn = async (): Promise<void> => {
    for (const run of turns.splice(0)) run()
    await settle()
  }
  for (let batch = 0; batch < 20; batch += 1) {
    for (let row = 0; row < 8; row += 1) void submit('')
    await settle()
    while (turns.length > 0) await turn()
    await clock.advanceAsync(4)
  }
  server.batches.length = 0
  for (let row = 0; row < 4; row += 1) void submit('')
  await settle()
  for (const burst of [3, 2]) {
    for (let row = 0; row < burst; row += 1) void submit('')
    await settle()
    await turn()
    t.equal(turns.length, 1, 'there may be more')
    t.equal(server.batches.length, 0)
  }
  await turn()
  t.equal(server.batches[0]?.items.length, 9, 'a turn that brings nothing ends the wait')
  t.equal(turns.length, 0)
})

test('while another bucket waits nobody idles for a fuller batch', async (t) => {
  const { clock, scheduler, submit } = bench({ maxWaitMs: 50 })
  const server = timed(clock, 'v1', { alphaMs: 1, betaMs: 0 })
  await scheduler.serveWith([server])
  void submit('1', {}, 'a')
  await settle()
  t.equal(server.batches.length, 0)
  void submit('2', {}, 'b')
  await settle()
  t.strictSame(server.batches[0]?.items, ['1'])
})

test('two models share a device by weight', async (t) => {
  const clock = new ManualClock()
  const slots = new DeviceArbiter({ clock, devices: { gpu: { slots: 1 } }, memoryMb: {} })
  slots.weigh('heavy', 3)
  for (const model of ['heavy', 'light']) {
    const { scheduler, submit } = bench({ model, slots }, clock)
    const server = timed(clock, model, { alphaMs: 5, betaMs: 1, maxBatch: 4, device: 'gpu' })
    await scheduler.serveWith([server])
    const again = (): void => void submit('x').then(again)
    for (let submitter = 0; submitter < 16; submitter += 1) again()
  }
  await clock.advanceAsync(5_000)
  const { busyMs, running } = slots.use('gpu')
  t.equal(running, 1)
  const ratio = (busyMs['heavy'] ?? 0) / (busyMs['light'] ?? 1)
  t.ok(Math.abs(ratio - 3) < 0.3, `${ratio}`)
})

test('a slot that comes when nobody wants it any more is given back', async (t) => {
  const clock = new ManualClock()
  const slots = new DeviceArbiter({ clock, devices: { gpu: { slots: 1 } }, memoryMb: {} })
  const { scheduler, submit } = bench({ slots }, clock)
  const blocked = await slots.acquire('gpu', 'other', 1)
  await scheduler.serveWith([timed(clock, 'v1', { alphaMs: 5, betaMs: 1, device: 'gpu' })])
  const leaving = new AbortController()
  const gone = t.rejects(submit('1', { signal: leaving.signal }), { code: 'NS_JOB_CANCELLED' })
  await settle()
  t.match(slots.use('gpu'), { running: 1, waiting: 1 })
  leaving.abort()
  await gone
  blocked(1)
  await settle()
  t.match(slots.use('gpu'), { running: 0, waiting: 0 })
  const answer = submit('2')
  await clock.advanceAsync(10)
  t.match(await answer, { answer: '2' })
})

test('a server that gives another number of answers fails its batch', async (t) => {
  const { scheduler, submit } = bench()
  const odd = { about: 'v1', maxBatch: 4, run: async () => ({ answers: ['x'], computeMs: 1 }) }
  await scheduler.serveWith([odd])
  const all = [submit('1'), submit('2')]
  for (const one of all)
    await t.rejects(one, {
      code: 'NS_INTERNAL',
      message: 'tiny gave 1 answers to 2 requests; the log holds the details.'
    })
  t.notOk(scheduler.busy)
})

test('requests that lose their servers ask for new ones; a kept server goes on', async (t) => {
  let wanted = 0
  const { clock, scheduler, submit } = bench({ onWaiting: () => (wanted += 1) })
  const server = timed(clock, 'v1', { alphaMs: 10, betaMs: 0, maxBatch: 1 })
  await scheduler.serveWith([server])
  const all = [submit('1'), submit('2')]
  await settle()
  t.equal(wanted, 0)
  const over = scheduler.serveWith()
  t.equal(wanted, 1)
  await clock.advanceAsync(10)
  await over
  t.equal(scheduler.waiting, 1)
  await scheduler.serveWith([server])
  await settle()
  await scheduler.serveWith([timed(clock, 'v2', { alphaMs: 1, betaMs: 0 }), server])
  await clock.advanceAsync(10)
  t.match(await Promise.all(all), [{ about: 'v1' }, { about: 'v1' }])
  t.ok((scheduler.costs('v1', 'a')?.alphaMs ?? 0) > 0)
  t.equal(scheduler.costs('v2', 'a'), undefined)
})
