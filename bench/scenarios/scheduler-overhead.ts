// What the scheduler itself costs a request: 64 submitters, then 10,000, ask a server that computes nothing and
// answers each batch in the next turn of the event loop. Each asks again in a later turn, as a client over a
// socket would. A third load has a server that takes a millisecond: the processor sleeps in between, and its
// cold caches count as overhead.
//
// Overhead of a request = time from the earliest moment at which its batch could have started to its start,
// plus time from the end of the batch to the submitter going on. The earliest moment is when the server was free
// and the last member of the batch had been submitted: waiting for these is inherent in batches. Nothing else
// is taken off: forming the batch, answering its other members before this one, deliberate waits and pauses
// of the garbage collector all count. The mean processor time a request is that of the whole process, the
// submitters and the timer included, so it is an upper bound of what the scheduler takes.

import { Scheduler } from '../../device/inference/scheduler.ts'
import { systemClock } from '../../kernel/clock.ts'
import { median, type Scenario, type ScenarioResult, type ScenarioRow } from '../scenario.ts'

/** Largest batch of the model that ships. */
const MAX_BATCH = 16
const WARM_UP_MS = 1500
const ROUNDS = 5
const ROUND_MS = 1500
/** More than a round takes on any machine of today. */
const MOST_SAMPLES = 4_000_000

interface Batch {
  readonly startMs: number
  endMs: number
  /** When the server was free before it. */
  readonly freeMs: number
  lastSubmitMs: number
}

interface Asked {
  submitMs: number
  batch: Batch | undefined
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A server that computes nothing; it notes when each batch could start, started and ended. */
function nullServer(answer: Load['answer']) {
  let freeMs = 0
  return {
    about: 'null',
    maxBatch: MAX_BATCH,
    run: (items: readonly Asked[]): Promise<{ answers: readonly Asked[]; computeMs: number }> => {
      const batch = { startMs: performance.now(), endMs: 0, freeMs, lastSubmitMs: 0 }
      for (const item of items) {
        item.batch = batch
        batch.lastSubmitMs = Math.max(batch.lastSubmitMs, item.submitMs)
      }
      return new Promise((resolve) => {
        answer(() => {
          batch.endMs = performance.now()
          freeMs = batch.endMs
          resolve({ answers: items, computeMs: batch.endMs - batch.startMs })
        })
      })
    }
  }
}

interface Round {
  readonly p50Us: number
  readonly p99Us: number
  readonly cpuUs: number
  readonly requests: number
  readonly meanBatch: number
  readonly waiting: number
}

function summary(
  overheads: Float64Array,
  { cpuUs, batches, waiting }: { cpuUs: number; batches: number; waiting: number }
): Round {
  const sorted = overheads.sort()
  const at = (share: number): number =>
    1000 * (sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN)
  const requests = sorted.length
  return {
    p50Us: at(0.5),
    p99Us: at(0.99),
    cpuUs: cpuUs / requests,
    requests,
    meanBatch: requests / batches,
    waiting
  }
}

interface Load {
  readonly submitters: number
  /** How the server lets its time pass. */
  readonly answer: (run: () => void) => void
  /** Different priorities and deadlines, so that nothing arrives in the order in which it is served. */
  readonly mixed: boolean
}

async function measure({ submitters, answer, mixed }: Load): Promise<Round[]> {
  let batches = 0
  const scheduler = new Scheduler<Asked, Asked, string>({
    model: 'null',
    clock: systemClock,
    queueLimit: 2 * submitters,
    latencyGoalMs: 50,
    describe: () => ({ version: '1.0.0', rung: 'cpu' }),
    onWaiting: () => undefined,
    onBatch: () => {
      batches += 1
    }
  })
  await scheduler.serveWith([nullServer(answer)])
  // Set aside beforehand: an array that grows would be copied in the middle of a batch.
  const samples = new Float64Array(MOST_SAMPLES)
  let taken = 0
  let over = false
  let seed = 1
  const submitter = async (): Promise<void> => {
    while (!over) {
      seed = (seed * 48_271) % 2_147_483_647
      const options = mixed ? { priority: 1 + (seed % 9), deadlineMs: 100 + (seed % 997) } : {}
      const item: Asked = { submitMs: performance.now(), batch: undefined }
      await scheduler.submit({ item, bucket: '128', size: 1, ...options })
      const { startMs = 0, endMs = 0, freeMs = 0, lastSubmitMs = 0 } = item.batch ?? {}
      const overheadMs = startMs - Math.max(freeMs, lastSubmitMs) + performance.now() - endMs
      if (taken < MOST_SAMPLES) samples[taken] = overheadMs
      taken += 1
      await nextTurn()
    }
  }
  const all = Array.from({ length: submitters }, submitter)
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
  await pause(WARM_UP_MS)
  const rounds: Round[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    taken = 0
    batches = 0
    const before = process.cpuUsage()
    await pause(ROUND_MS)
    const { user, system } = process.cpuUsage(before)
    const facts = { cpuUs: user + system, batches, waiting: scheduler.waiting }
    rounds.push(summary(samples.slice(0, Math.min(taken, MOST_SAMPLES)), facts))
  }
  over = true
  await Promise.all(all)
  return rounds
}

function rowsFor(name: string, rounds: readonly Round[], bound: boolean): ScenarioRow[] {
  const middle = (pick: (round: Round) => number): number =>
    Math.round(10 * median(rounds.map(pick))) / 10
  const overhead = (share: string, value: number, most: number): ScenarioRow => {
    const row = { what: `${name}, overhead a request, ${share}`, value, unit: 'µs' }
    return bound ? { ...row, must: `≤ ${most}`, pass: value <= most } : row
  }
  return [
    overhead(
      'p50',
      middle(({ p50Us }) => p50Us),
      30
    ),
    overhead(
      'p99',
      middle(({ p99Us }) => p99Us),
      100
    ),
    {
      what: `${name}, processor time a request`,
      value: middle(({ cpuUs }) => cpuUs),
      unit: 'µs'
    }
  ]
}

async function run(): Promise<ScenarioResult> {
  const nextTurn = (run: () => void) => void setImmediate(run)
  const oneMillisecond = (run: () => void) => void setTimeout(run, 1)
  const few = await measure({ submitters: 64, answer: nextTurn, mixed: false })
  const many = await measure({ submitters: 10_000, answer: nextTurn, mixed: true })
  const slow = await measure({ submitters: 64, answer: oneMillisecond, mixed: false })
  const rows = [
    ...rowsFor('64 submitters', few, true),
    ...rowsFor('10,000 submitters', many, true),
    ...rowsFor('64 submitters, server of 1 ms', slow, false)
  ]
  return { rows, detail: { maxBatch: MAX_BATCH, few, many, slow } }
}

export const scenario: Scenario = {
  name: 'scheduler-overhead',
  title: 'Scheduler: cost of a request without a model',
  run
}

if (import.meta.main) console.log(JSON.stringify(await run(), null, 2))
