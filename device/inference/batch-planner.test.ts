import { test } from 'tap'
import { BatchPlanner, type PlannedServer } from './batch-planner.ts'
import { RequestQueue } from './request-queue.ts'

const NEVER = Number.POSITIVE_INFINITY
const server = (changed: Partial<PlannedServer> = {}): PlannedServer => ({
  kind: 'gpu',
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
