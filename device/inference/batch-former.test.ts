import { test } from 'tap'
import { SeededRandom } from '../../test/harness/seeded-random.ts'
import { costOf } from './batch-cost-model.ts'
import { type BatchLimits, formBatch, likelyRows, mostRows, patience } from './batch-former.ts'
import { RequestQueue, type Ticket } from './request-queue.ts'

const NEVER = Number.POSITIVE_INFINITY
const COSTS = { alphaMs: 4, betaMs: 1 }

const limits = (changed: Partial<BatchLimits> = {}): BatchLimits => ({
  nowMs: 0,
  costs: COSTS,
  goalMs: NEVER,
  maxRows: 16,
  throttledRows: NEVER,
  preferred: [],
  ...changed
})

interface Waiting {
  readonly rows?: number
  readonly dueAtMs?: number
  readonly bucket?: string
  readonly level?: number
}

function queued(all: readonly Waiting[]): RequestQueue<number> {
  const queue = new RequestQueue<number>({ afterMs: NEVER, everyBatches: 4 })
  for (const [index, { rows = 1, dueAtMs = NEVER, bucket = 'a', level = 5 }] of all.entries())
    queue.push(index, { bucket, rows, level, dueAtMs, queuedAtMs: 0 })
  return queue
}

function form(queue: RequestQueue<number>, changed: Partial<BatchLimits> = {}, shareRows = NEVER) {
  const leader = queue.leader(0)
  if (!leader) throw new Error('nothing waits')
  const likely = likelyRows(leader, limits(changed), queue.rowsOf(leader.bucket))
  const batch = formBatch(queue, leader, { ...limits(changed), whenAll: 'no-gain', shareRows })
  return { ...batch, likely, values: batch.tickets.map(({ value }) => value) }
}

const many = (count: number, waiting: Waiting = {}): Waiting[] =>
  Array.from({ length: count }, () => waiting)

test('each limit closes a batch and is named', async (t) => {
  t.match(form(queued(many(20))), { rows: 16, reason: 'full' })
  t.match(form(queued(many(20)), { throttledRows: 4 }), { rows: 4, reason: 'throttled' })
  t.match(form(queued(many(20)), { goalMs: 10 }), { rows: 6, reason: 'deadline' })
  t.match(form(queued(many(3))), { rows: 3, reason: 'no-gain' })
  t.match(form(queued([{ dueAtMs: 9 }, ...many(10)])), { rows: 5, reason: 'deadline' })
  t.match(form(queued(many(9)), {}, 5), { rows: 5, reason: 'shared' })
  t.match(form(queued([{ rows: 10 }, { rows: 10 }])), { rows: 10, reason: 'full' })
  t.match(form(queued([{ rows: 40 }, {}])), { rows: 40, reason: 'full' }, 'a large one runs alone')
})

test('before costs are known only rows limit', async (t) => {
  const unknown = { costs: undefined, goalMs: 1 }
  t.match(form(queued(many(20, { dueAtMs: 1 })), unknown), { rows: 16, reason: 'full', likely: 16 })
})

test('preferred sizes are kept to as soon as one can be', async (t) => {
  t.equal(mostRows(limits({ preferred: [4, 8] }), 3), 16)
  t.equal(mostRows(limits({ preferred: [4, 8] }), 7), 4)
  t.equal(mostRows(limits({ preferred: [8, 4, 32] }), 40), 8)
  t.match(form(queued(many(7)), { preferred: [4, 8] }), { rows: 4, reason: 'full' })
})

test('what is too late anyway joins, but makes nobody else wait', async (t) => {
  const late = queued([{ dueAtMs: 1 }, ...many(30)])
  t.match(form(late), { rows: 16, reason: 'full' })
  const mixed = queued([{ dueAtMs: 1 }, { dueAtMs: 8 }, ...many(30)])
  t.match(form(mixed), { rows: 4, reason: 'deadline' }, 'the second still can be met: 4 + 4 <= 8')
})

test('a goal that one request cannot meet alone allows twice its time', async (t) => {
  t.match(form(queued(many(20)), { goalMs: 2 }), { rows: 6, reason: 'deadline', likely: 6 })
})

/** What the batch must look like, worked out without the queue. */
function check(
  batch: { tickets: readonly Ticket<number>[]; rows: number; reason: string },
  rest: RequestQueue<number>,
  bounds: BatchLimits
): string | undefined {
  const { tickets, rows } = batch
  const [leader] = tickets
  if (!leader) return 'empty'
  const most = Math.min(bounds.maxRows, bounds.throttledRows)
  const bucket = tickets.every((ticket) => ticket.bucket === leader.bucket)
  if (!bucket) return 'mixes buckets'
  if (rows !== tickets.reduce((sum, ticket) => sum + ticket.rows, 0)) return 'miscounts'
  if (tickets.length > 1 && rows > most) return 'too large'
  const endMs = costOf(COSTS, rows)
  const aloneMs = costOf(COSTS, leader.rows)
  if (tickets.length > 1 && endMs > Math.max(bounds.goalMs, 2 * aloneMs) + 1e-6) return 'too long'
  let sum = 0
  const bound = tickets.filter((ticket) => {
    sum += ticket.rows
    return ticket.dueAtMs >= costOf(COSTS, sum)
  })
  if (bound.some(({ dueAtMs }) => dueAtMs < endMs)) return 'loses a deadline that it could meet'
  const next = rest.firstOf(leader.bucket)
  if (!next) return undefined
  const grown = costOf(COSTS, rows + next.rows)
  const goal = aloneMs <= bounds.goalMs ? bounds.goalMs : 2 * aloneMs
  const larger =
    rows + next.rows <= most && grown <= goal && bound.every(({ dueAtMs }) => dueAtMs >= grown)
  return larger && rows < most ? 'could be larger' : undefined
}

test('every batch is the largest that loses no deadline and no goal', async (t) => {
  const random = new SeededRandom(77)
  for (let run = 0; run < 4000; run += 1) {
    const queue = queued(
      Array.from({ length: random.whole(1, 30) }, () => ({
        rows: random.whole(1, 4),
        dueAtMs: random.next() < 0.2 ? NEVER : 40 * random.next(),
        bucket: random.pick(['a', 'b']),
        level: random.whole(4, 6)
      }))
    )
    const bounds = {
      maxRows: random.whole(1, 20),
      throttledRows: random.pick([NEVER, 1, 5]),
      goalMs: random.pick([NEVER, 5, 10, 20])
    }
    const size = queue.size
    const batch = form(queue, bounds)
    const fault = check(batch, queue, limits(bounds))
    if (fault) t.fail(`run ${run}: ${fault}`)
    if (queue.size !== size - batch.tickets.length) t.fail(`run ${run} loses requests`)
  }
})

const waiting = (changed: Partial<Parameters<typeof patience>[0]> = {}) =>
  patience({
    limits: limits(),
    rows: 2,
    single: false,
    pace: { gapMs: 0.5, lastAtMs: 0 },
    dueAtMs: NEVER,
    oldestAtMs: 0,
    maxWaitMs: undefined,
    ...changed
  })

test('waiting ends where the throughput stops to gain', async (t) => {
  t.same(waiting(), { waitMs: 2, reason: 'no-gain' }, 'alpha / rows after the last arrival')
  t.match(waiting({ pace: { gapMs: 3, lastAtMs: 0 } }), { waitMs: 0, reason: 'no-gain' })
  t.match(waiting({ limits: limits({ nowMs: 2.5 }) }), { waitMs: 0, reason: 'no-gain' })
  t.match(waiting({ pace: undefined }), { waitMs: 0 })
  t.match(waiting({ pace: { gapMs: undefined, lastAtMs: 0 } }), { waitMs: 0 })
  t.match(waiting({ limits: limits({ costs: undefined }) }), { waitMs: 0 })
  t.match(waiting({ rows: 1, single: true, pace: undefined }), { waitMs: 0, reason: 'only' })
  t.match(waiting({ rows: 16 }), { waitMs: 0, reason: 'full' })
})

test('the rule agrees with the throughput that it maximises', async (t) => {
  const random = new SeededRandom(4)
  for (let run = 0; run < 2000; run += 1) {
    const costs = { alphaMs: 5 * random.next(), betaMs: random.next() }
    const [rows, gapMs] = [random.whole(1, 15), 3 * random.next()]
    const now = rows / costOf(costs, rows)
    const then = (rows + 1) / (gapMs + costOf(costs, rows + 1))
    const { waitMs } = waiting({ limits: limits({ costs }), rows, pace: { gapMs, lastAtMs: 0 } })
    if (waitMs > 0 !== then > now && Math.abs(then - now) > 1e-9) t.fail(`run ${run}`)
    if (rows * waitMs > costs.alphaMs + 1e-9) t.fail(`run ${run} waits for more than it saves`)
  }
})

test('a deadline ends the wait before it is lost', async (t) => {
  t.match(waiting({ dueAtMs: 9.4 }), { reason: 'no-gain' })
  t.ok(Math.abs(waiting({ dueAtMs: 9.4 }).waitMs - 1) < 1e-9, '9.4 - 1.2 x t(3)')
  t.same(waiting({ dueAtMs: 8 }), { waitMs: 0, reason: 'deadline' })
})

test('a fixed longest wait replaces the rule', async (t) => {
  t.same(waiting({ maxWaitMs: 7, oldestAtMs: -3 }), { waitMs: 4, reason: 'no-gain' })
  t.match(waiting({ maxWaitMs: 7, oldestAtMs: -7 }), { waitMs: 0 })
  t.match(waiting({ maxWaitMs: 0 }), { waitMs: 0 })
  t.match(waiting({ maxWaitMs: 7, dueAtMs: 3, limits: limits({ costs: undefined }) }), {
    waitMs: 3
  })
  t.match(waiting({ maxWaitMs: 7, rows: 4, limits: limits({ preferred: [4] }) }), {
    waitMs: 0,
    reason: 'full'
  })
})
