// Random days of a scheduler, from seeds: requests of all sorts, servers that come, go and fail, limits that
// change. Whatever happens, each request is settled exactly once and every batch keeps the rules.

import { test } from 'tap'
import { NearsideError } from '../../contract/index.ts'
import { ManualClock, settle } from '../../test/harness/manual-clock.ts'
import { SeededRandom } from '../../test/harness/seeded-random.ts'
import { DeviceArbiter } from './device-arbiter.ts'
import { type BatchServer, type RequestOptions, Scheduler } from './scheduler.ts'

interface Asked extends RequestOptions {
  readonly id: number
  readonly bucket: string
  readonly size: number
  readonly atMs: number
  readonly abort: AbortController
  abortedAtMs?: number
  startedAtMs?: number
  runs: number
  outcome?: 'answered' | NearsideError
  settled: number
}

interface Day {
  readonly faults: string[]
  readonly asked: Asked[]
  readonly batches: number
  readonly failedBatches: number
}

const QUEUE_LIMIT = 40

class Bench {
  readonly clock = new ManualClock()
  readonly faults: string[] = []
  readonly asked: Asked[] = []
  readonly random: SeededRandom
  readonly arbiter: DeviceArbiter
  readonly scheduler: Scheduler<Asked, number, string>
  batches = 0
  failedBatches = 0
  /** Most servers that may run, as set last; former ones may still be busy. */
  servers = Number.POSITIVE_INFINITY
  #made = 0

  constructor(seed: number) {
    this.random = new SeededRandom(seed)
    const devices = { gpu: { slots: 1 } }
    this.arbiter = new DeviceArbiter({ clock: this.clock, devices, memoryMb: {} })
    this.scheduler = new Scheduler<Asked, number, string>({
      model: 'tiny',
      clock: this.clock,
      queueLimit: QUEUE_LIMIT,
      latencyGoalMs: 30,
      ageAfterMs: 200,
      slots: this.arbiter,
      describe: (version) => ({ version, rung: 'cpu' }),
      onWaiting: () => undefined,
      onBatch: ({ trace, requests }) => {
        const rows = requests.reduce((sum, request) => sum + request.rows, 0)
        if (trace.requests !== requests.length || trace.rows !== rows) this.fault('trace miscounts')
        if (trace.queueMinMs > trace.queueMaxMs) this.fault('trace waits are wrong')
      }
    })
  }

  fault(what: string): void {
    this.faults.push(`${this.clock.monotonicMs()} ms: ${what}`)
  }

  server(): BatchServer<Asked, number, string> {
    const { random, clock } = this
    const about = `v${this.#made}`
    this.#made += 1
    const maxBatch = random.whole(1, 8)
    const [alpha, beta] = [20 * random.next(), 5 * random.next()]
    let busy = false
    return {
      about,
      kind: random.pick(['fast', about]),
      maxBatch,
      ...(random.next() < 0.3 ? { device: 'gpu' } : {}),
      ...(random.next() < 0.2 ? { preferred: [2, 4] } : {}),
      run: async (items) => {
        if (busy) this.fault(`${about} runs two batches at once`)
        if (this.scheduler.running > this.servers + 3) this.fault('more run than may')
        busy = true
        this.batches += 1
        const fails = random.next() < 0.05
        this.#check(items, maxBatch)
        const ms = (alpha + beta * items.length) * (0.8 + 0.4 * random.next())
        await new Promise<void>((resolve) => {
          clock.after(ms, resolve)
        })
        busy = false
        if (fails) {
          this.failedBatches += 1
          throw new NearsideError('NS_WORKER_FAILED', 'The executor was lost.')
        }
        return { answers: items.map(({ id }) => id), computeMs: ms }
      }
    }
  }

  #check(items: readonly Asked[], maxBatch: number): void {
    const rows = items.reduce((sum, { size }) => sum + size, 0)
    if (new Set(items.map(({ bucket }) => bucket)).size !== 1) this.fault('buckets mix')
    if (items.length > 1 && rows > maxBatch) this.fault(`${rows} rows, at most ${maxBatch}`)
    for (const item of items) {
      item.runs += 1
      item.startedAtMs = this.clock.monotonicMs()
      if (item.abortedAtMs !== undefined) this.fault('a cancelled request runs')
    }
  }

  ask(): void {
    const { random, clock } = this
    const abort = new AbortController()
    const wishes: RequestOptions = {
      ...(random.next() < 0.6 ? { priority: random.whole(0, 9) } : {}),
      ...(random.next() < 0.3 ? { timeoutMs: random.whole(1, 150) } : {}),
      ...(random.next() < 0.5 ? { onTimeout: random.pick(['reject', 'defer'] as const) } : {}),
      ...(random.next() < 0.4 ? { deadlineMs: random.whole(1, 300) } : {})
    }
    const request: Asked = {
      id: this.asked.length,
      bucket: random.pick(['a', 'a', 'b', 'c']),
      size: random.next() < 0.8 ? 1 : random.whole(1, 10),
      atMs: clock.monotonicMs(),
      abort,
      runs: 0,
      settled: 0,
      ...wishes
    }
    this.asked.push(request)
    const { bucket, size } = request
    const full = this.scheduler.waiting >= QUEUE_LIMIT
    const queued = { item: request, bucket, size, signal: abort.signal, ...wishes }
    this.scheduler.submit(queued).then(
      ({ answer }) => {
        request.settled += 1
        request.outcome = 'answered'
        if (answer !== request.id) this.fault('an answer goes to the wrong request')
        if (full) this.fault('a full queue takes a request')
      },
      (error: NearsideError) => {
        request.settled += 1
        request.outcome = error
        if (full !== (error.code === 'NS_INFERENCE_OVERLOADED')) this.fault('refused wrongly')
      }
    )
  }

  cancelOne(): void {
    if (this.asked.length === 0) return
    const request = this.random.pick(this.asked.slice(-30))
    if (request.outcome || request.startedAtMs !== undefined || request.abort.signal.aborted) return
    request.abortedAtMs = this.clock.monotonicMs()
    request.abort.abort()
  }

  async step(): Promise<void> {
    const { random, scheduler, clock } = this
    const what = random.next()
    if (what < 0.6) for (let more = random.whole(1, 6); more > 0; more -= 1) this.ask()
    else if (what < 0.7) this.cancelOne()
    else if (what < 0.73)
      void scheduler.serveWith(Array.from({ length: random.whole(0, 3) }, () => this.server()))
    else if (what < 0.76) {
      this.servers = random.pick([1, 2, Number.POSITIVE_INFINITY])
      const batchRows = random.pick([1, 4, Number.POSITIVE_INFINITY])
      scheduler.limit({ servers: this.servers, batchRows, goalMs: random.pick([5, 30]) })
    } else if (what < 0.78) scheduler.waitAtMost(random.pick([undefined, 0, 20]))
    await settle()
    await clock.advanceAsync(random.whole(0, 12))
  }

  /** Everything that still waits is served by a sound server. */
  async end(): Promise<void> {
    const all = Number.POSITIVE_INFINITY
    this.servers = all
    this.scheduler.limit({ servers: all, batchRows: all })
    this.scheduler.waitAtMost(undefined)
    const over = this.scheduler.serveWith([this.server()])
    await this.clock.advanceAsync(60_000)
    await over
  }
}

async function day(seed: number): Promise<Day> {
  const bench = new Bench(seed)
  await bench.scheduler.serveWith([bench.server()])
  for (let step = 0; step < 250; step += 1) await bench.step()
  await bench.end()
  const { faults, asked, batches, failedBatches, scheduler, arbiter, clock } = bench
  if (scheduler.busy)
    faults.push(`${scheduler.waiting} wait and ${scheduler.running} run at the end`)
  if (arbiter.use('gpu').running > 0) faults.push('a slot was never given back')
  if (clock.pending > 0) faults.push(`${clock.pending} timers are left`)
  return { faults, asked, batches, failedBatches }
}

/** What became of one request, against what it asked for. */
function verdict(request: Asked): string | undefined {
  const { id, settled, outcome, runs, timeoutMs, onTimeout, abortedAtMs } = request
  if (settled !== 1 || !outcome) return `${id} was settled ${settled} times`
  if (runs > 1) return `${id} ran ${runs} times`
  const code = outcome === 'answered' ? 'answered' : outcome.code
  if ((code === 'answered' || code === 'NS_WORKER_FAILED') !== (runs === 1))
    return `${id}: ${code} after ${runs} runs`
  if (code === 'NS_JOB_CANCELLED' && abortedAtMs === undefined) return `${id} was not cancelled`
  if (abortedAtMs !== undefined && code === 'answered') return `${id} was cancelled and answered`
  const waitedMs = (request.startedAtMs ?? request.atMs) - request.atMs
  const bound = timeoutMs !== undefined && onTimeout !== 'defer'
  if (code === 'NS_INFERENCE_DEADLINE' && !bound) return `${id} had no time-out`
  if (bound && runs === 1 && waitedMs > timeoutMs) return `${id} started after its time-out`
  return undefined
}

test('on random days every request is settled once and every batch keeps the rules', async (t) => {
  const seen = new Map<string, number>()
  for (let seed = 1; seed <= 25; seed += 1) {
    const { faults, asked, batches } = await day(seed)
    t.same([...faults, ...asked.flatMap((one) => verdict(one) ?? [])], [], `seed ${seed}`)
    t.ok(batches > 20, `seed ${seed} ran ${batches} batches`)
    for (const { outcome } of asked) {
      const code = typeof outcome === 'object' ? outcome.code : `${outcome}`
      seen.set(code, (seen.get(code) ?? 0) + 1)
    }
  }
  const codes = ['NS_INFERENCE_DEADLINE', 'NS_INFERENCE_OVERLOADED', 'NS_JOB_CANCELLED']
  for (const code of ['answered', 'NS_WORKER_FAILED', ...codes])
    t.ok((seen.get(code) ?? 0) > 50, `${code}: ${seen.get(code)}`)
})

test('the same seed gives the same day', async (t) => {
  const tell = ({ asked }: Day) =>
    asked.map(({ startedAtMs, outcome }) => [startedAtMs, `${outcome}`])
  t.same(tell(await day(4)), tell(await day(4)))
})

test('exchanging servers under full load fails no request', async (t) => {
  const clock = new ManualClock()
  const scheduler = new Scheduler<number, number, string>({
    model: 'tiny',
    clock,
    queueLimit: 1000,
    describe: (version) => ({ version, rung: 'cpu' }),
    onWaiting: () => undefined,
    onBatch: () => undefined
  })
  const server = (about: string): BatchServer<number, number, string> => ({
    about,
    maxBatch: 4,
    run: (items) =>
      new Promise((resolve) => {
        clock.after(7, () => resolve({ answers: items, computeMs: 7 }))
      })
  })
  let answered = 0
  let failed = 0
  const versions: string[] = []
  const ask = (id: number): void => {
    void scheduler.submit({ item: id, bucket: 'a', size: 1 }).then(
      ({ answer, about }) => {
        answered += 1
        if (answer !== id) failed += 1
        if (versions.at(-1) !== about) versions.push(about)
        ask(id)
      },
      () => {
        failed += 1
      }
    )
  }
  await scheduler.serveWith([server('v0')])
  for (let submitter = 0; submitter < 64; submitter += 1) ask(submitter)
  for (let version = 1; version <= 50; version += 1) {
    await clock.advanceAsync(30)
    let over = false
    const switched = scheduler.serveWith([server(`v${version}`)]).then(() => {
      over = true
    })
    await settle()
    t.notOk(over, 'the former batch still runs')
    await clock.advanceAsync(7)
    await switched
  }
  await clock.advanceAsync(30)
  t.equal(failed, 0)
  t.ok(answered > 500, `${answered}`)
  t.equal(new Set(versions).size, 51)
})
