import { test } from 'tap'
import { SeededRandom } from '../../test/harness/seeded-random.ts'
import { RequestQueue, type Ticket } from './request-queue.ts'

const NO_AGEING = { afterMs: Number.POSITIVE_INFINITY, everyBatches: 4 }

function urgency(one: Ticket<number>, other: Ticket<number>): number {
  if (one.level !== other.level) return one.level - other.level
  if (one.dueAtMs !== other.dueAtMs) return one.dueAtMs < other.dueAtMs ? -1 : 1
  return one.order - other.order
}

/** Compares everything that the queue says with a plain list. */
function agrees(queue: RequestQueue<number>, model: readonly Ticket<number>[]): boolean {
  const sorted = model.toSorted(urgency)
  const buckets = new Set(model.map(({ bucket }) => bucket))
  const [oldest] = model.toSorted((a, b) => a.order - b.order)
  const rowsOf = (bucket: string): number =>
    model.reduce((sum, ticket) => sum + (ticket.bucket === bucket ? ticket.rows : 0), 0)
  return (
    queue.size === model.length &&
    queue.leader(0) === sorted[0] &&
    queue.buckets === buckets.size &&
    queue.oldest === oldest &&
    queue.rows === model.reduce((sum, { rows }) => sum + rows, 0) &&
    [...buckets].every((bucket) => queue.rowsOf(bucket) === rowsOf(bucket)) &&
    [...buckets].every(
      (bucket) => queue.firstOf(bucket) === sorted.find((ticket) => ticket.bucket === bucket)
    )
  )
}

test('the queue behaves like a sorted list, whatever is pushed, removed, deferred or set aside', async (t) => {
  const random = new SeededRandom(11)
  const queue = new RequestQueue<number>(NO_AGEING)
  let model: Ticket<number>[] = []
  for (let step = 0; step < 3000; step += 1) {
    const what = random.next()
    if (what < 0.5 || model.length === 0) {
      const dueAtMs = random.pick([10, 20, 30, 40, Number.POSITIVE_INFINITY])
      const place = { bucket: random.pick(['a', 'b', 'c']), rows: random.whole(1, 4) }
      const order = { level: random.whole(1, 9), dueAtMs, queuedAtMs: step }
      model.push(queue.push(step, { ...place, ...order }))
    } else if (what < 0.85) {
      const gone = random.pick(model)
      queue.remove(gone)
      model = model.filter((ticket) => ticket !== gone)
    } else if (what < 0.92) queue.defer(random.pick(model))
    else {
      const aside = random.pick(model)
      queue.lift(aside)
      queue.lift(aside) // a second time does nothing
      queue.lower(aside)
    }
    if (!agrees(queue, model)) t.fail(`differs after step ${step}`)
  }
  t.equal(queue.arrived > 1000, true)
  t.ok(agrees(queue, model))
})

test('a deferred request goes behind the lowest level', async (t) => {
  const queue = new RequestQueue<string>(NO_AGEING)
  const place = { bucket: 'a', rows: 1, dueAtMs: 5, queuedAtMs: 0 }
  const deferred = queue.push('deferred', { ...place, level: 1 })
  const low = queue.push('low', { ...place, level: 9, dueAtMs: Number.POSITIVE_INFINITY })
  queue.defer(deferred)
  t.equal(queue.leader(0), low)
  t.equal(queue.oldest, deferred, 'its age stays')
})

test('the lowest priority is served within its bound, however many of the highest arrive', async (t) => {
  const everyBatches = 4
  for (const seed of [1, 2, 3, 4, 5]) {
    const random = new SeededRandom(seed)
    const queue = new RequestQueue<string>({ afterMs: 100, everyBatches })
    const poor = new Map<Ticket<string>, { older: number; agedBatch?: number }>()
    for (let count = 0; count < 10; count += 1) {
      const place = { bucket: `${count % 3}`, rows: 1, dueAtMs: Number.POSITIVE_INFINITY }
      poor.set(queue.push('poor', { ...place, level: 9, queuedAtMs: count }), { older: count })
    }
    let served = 0
    for (let batch = 0; batch < 200; batch += 1) {
      const nowMs = batch * 10
      for (let more = random.whole(1, 3); more > 0; more -= 1)
        queue.push('rich', { bucket: 'x', rows: 1, level: 1, dueAtMs: nowMs, queuedAtMs: nowMs })
      for (const [ticket, facts] of poor)
        if (nowMs - ticket.queuedAtMs > 100) facts.agedBatch ??= batch
      const leader = queue.leader(nowMs)
      if (!leader) continue
      queue.remove(leader)
      queue.batchTaken()
      const facts = poor.get(leader)
      if (!facts) continue
      served += 1
      const waited = batch - (facts.agedBatch ?? batch)
      if (waited > everyBatches * (facts.older + 1)) t.fail(`waited ${waited} batches`)
    }
    t.equal(served, 10)
  }
})

test('before its time a request of low priority does not go first', async (t) => {
  const queue = new RequestQueue<string>({ afterMs: 100, everyBatches: 1 })
  const place = { bucket: 'a', rows: 1, dueAtMs: 0 }
  const low = queue.push('low', { ...place, level: 9, queuedAtMs: 0 })
  const high = queue.push('high', { ...place, level: 1, queuedAtMs: 50 })
  t.equal(queue.leader(100), high)
  t.equal(queue.leader(101), low)
  queue.lift(low)
  t.equal(queue.leader(101), high, 'one that is set aside leads nothing')
})
