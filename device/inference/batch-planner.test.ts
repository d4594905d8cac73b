import { test } from 'tap'
import { BatchPlanner, type PlannedServer } from './batch-planner.ts'
import { RequestQueue } from './request-queue.ts'

const NEVER = Number.POSITIVE_INFINITY
const server = (changed: Partial<PlannedServer> = {}): PlannedServer => ({
  kind: 'gpu',
  lane: undefined,
  maxBatch: 8,
  preferred: [],
  state: 'idle',
  startedAtMs: 0,
  expectedMs: undefined,
  ...changed
})

function planner(waiting: readonly string[]) {
  const made = new BatchPlanner({ servers: NEVER, batchRows: NEVER, goalMs: NEVER }, undefined)
  const queue = new RequestQueue<string>({ afterMs: NEVER, everyBatches: 4 })
  for (const bucket of waiting)
    queue.push('', { bucket, rows: 1, level: 5, dueAtMs: NEVER, queuedAtMs: 0 })
  const leader = queue.leader(0)
  if (!leader) throw new Error('nothing waits')
  return { planner: made, situation: { queue, leader, nowMs: 10 } }
}

test('costs are per kind of server and bucket', async (t) => {
  const { planner: made, situation } = planner(['a', 'a'])
  t.equal(made.expectedMs(server(), 'a', 2), undefined)
  t.equal(made.likelyMs(server(), situation), 1, 'unknown')
  for (let batch = 0; batch < 4; batch += 1)
    made.costing.observe({ kind: 'gpu', bucket: 'a' }, 2, 8)
  t.equal(made.expectedMs(server(), 'a', 2), 8)
  t.equal(made.likelyMs(server(), situation), 8, 'both requests')
  t.equal(made.expectedMs(server({ kind: 'cpu' }), 'a', 2), undefined)
  t.equal(made.expectedMs(server(), 'b', 2), undefined)
})

test('a server that waits for its slot is neither idle nor waited for', async (t) => {
  const { planner: made, situation } = planner(['a'])
  made.costing.observe({ kind: 'gpu', bucket: 'a' }, 1, 8)
  made.costing.observe({ kind: 'cpu', bucket: 'a' }, 1, 80)
  const slow = server({ kind: 'cpu' })
  t.match(made.choose([slow, server({ state: 'claiming' })], situation), {
    kind: 'start',
    index: 0
  })
  const running = server({ state: 'running', startedAtMs: 5, expectedMs: 8 })
  t.match(made.choose([slow, running], situation), { kind: 'hold' })
  const unknown = server({ state: 'running', startedAtMs: 5 })
  t.match(made.choose([slow, unknown], situation), { kind: 'start', index: 0 })
})

test('nothing waits for a fuller batch while another bucket could run', async (t) => {
  const alone = planner(['a'])
  alone.planner.maxWaitMs = 20
  t.match(alone.planner.patience(server(), alone.situation), { waitMs: 10, reason: 'only' })
  const beside = planner(['a', 'b'])
  beside.planner.maxWaitMs = 20
  t.match(beside.planner.patience(server(), beside.situation), { waitMs: 0, reason: 'no-gain' })
})

test('rows are shared with servers that compute beside, not with those of the same lane', async (t) => {
  const { planner: made } = planner(['a'])
  for (const rows of [1, 4, 2, 8, 1, 6])
    made.costing.observe({ kind: 'gpu', bucket: 'a' }, rows, 2 + 4 * rows)
  const share = (servers: readonly PlannedServer[], rows: number): number =>
    made.shareOf(servers[0] ?? server(), servers, { bucket: 'a', rows, nowMs: 10 })
  t.equal(share([server(), server()], 8), 4)
  t.equal(share([server(), server(), server()], 9), 3)
  t.equal(share([server()], 8), 8, 'there is nobody else')
  t.equal(share([server(), server()], 1), 1)
  const lane = { lane: 'gpu0' }
  t.equal(share([server(lane), server(lane)], 8), 8, 'two on one GPU take turns')
  t.equal(share([server(lane), server({ lane: 'gpu1' })], 8), 4)
  const busyUntil = (expectedMs: number): PlannedServer =>
    server({ state: 'running', startedAtMs: 10, expectedMs })
  t.equal(share([server(), busyUntil(8)], 8), 5, 'who is free later takes less')
  t.equal(share([server(), busyUntil(80)], 8), 8)
  t.equal(share([server(), server({ kind: 'new' })], 8), 8, 'what is not known is not counted on')
  made.limits = { ...made.limits, servers: 1 }
  t.equal(share([server(), server()], 8), 8, 'only one may run')
  made.limits = { ...made.limits, servers: 2 }
  t.equal(share([server(), server(), server()], 9), 5, 'only one more may run')
})
