// The order in which the requests of one model are served: by priority, inside a priority by deadline, and
// now and then by age, so that nothing waits for ever. It decides no batch size and knows no server.

import { IndexedHeap } from './indexed-heap.ts'

/** Levels that a caller may name; 1 goes first. */
export const LOWEST_LEVEL = 9
/** Behind all levels: requests that outlived their time-out and were deferred. */
const DEFERRED_LEVEL = LOWEST_LEVEL + 1

export interface QueuePlace {
  /** Only requests of one bucket share a batch. */
  readonly bucket: string
  /** What it counts towards the size of a batch. */
  readonly rows: number
  /** Bytes of one of its rows; nothing: too few to matter. */
  readonly rowBytes?: number
  /** 1 goes first, 9 last. */
  readonly level: number
  /** Orders the requests of one level, earliest first; infinite when it does not matter. */
  readonly dueAtMs: number
  readonly queuedAtMs: number
}

/** A request in the queue. */
export interface Ticket<Value> {
  readonly value: Value
  readonly bucket: string
  readonly rows: number
  readonly rowBytes: number
  readonly dueAtMs: number
  readonly queuedAtMs: number
  /** Counts arrivals; settles what is equal otherwise. */
  readonly order: number
  level: number
  /** In the heap of its bucket; -1 while it is set aside or gone. */
  place: number
  /** The bucket that it stands in. */
  home: Bucket<Value> | undefined
  older: Ticket<Value> | undefined
  younger: Ticket<Value> | undefined
}

interface Bucket<Value> {
  readonly name: string
  readonly tickets: IndexedHeap<Ticket<Value>>
  rows: number
  /** In the heap of buckets. */
  place: number
}

export interface AgeingOptions {
  /** A request that has waited longer may lead a batch by its age alone, ms. */
  readonly afterMs: number
  /** Of so many batches one is led by the request that has waited longest. */
  readonly everyBatches: number
}

function before<Value>(one: Ticket<Value>, other: Ticket<Value>): boolean {
  if (one.level !== other.level) return one.level < other.level
  if (one.dueAtMs !== other.dueAtMs) return one.dueAtMs < other.dueAtMs
  return one.order < other.order
}

function bucketBefore<Value>(one: Bucket<Value>, other: Bucket<Value>): boolean {
  const [first, second] = [one.tickets.first, other.tickets.first]
  if (!first || !second) return first !== undefined
  return before(first, second)
}

/**
 * Every operation is O(log n) in the waiting requests.
 *
 * Bound for the lowest priority: once a request has waited `afterMs`, it leads a batch after at most
 * `everyBatches` x (requests older than it + 1) batches, however many of higher priority arrive.
 */
export class RequestQueue<Value> {
  #ageing: AgeingOptions
  #buckets = new Map<string, Bucket<Value>>()
  #heads = new IndexedHeap<Bucket<Value>>(bucketBefore)
  #oldest: Ticket<Value> | undefined
  #youngest: Ticket<Value> | undefined
  #order = 0
  #size = 0
  #rows = 0
  #batches = 0

  constructor(ageing: AgeingOptions) {
    this.#ageing = ageing
  }

  /** Requests that wait. */
  get size(): number {
    return this.#size
  }

  /** Sum of the rows of all that wait. */
  get rows(): number {
    return this.#rows
  }

  /** Requests that ever came. */
  get arrived(): number {
    return this.#order
  }

  /** Buckets with at least one request. */
  get buckets(): number {
    return this.#heads.size
  }

  /** The request that has waited longest. */
  get oldest(): Ticket<Value> | undefined {
    return this.#oldest
  }

  push(value: Value, place: QueuePlace): Ticket<Value> {
    const { bucket, rows, rowBytes = 0, level, dueAtMs, queuedAtMs } = place
    const ticket: Ticket<Value> = {
      value,
      bucket,
      rows,
      rowBytes,
      level,
      dueAtMs,
      queuedAtMs,
      order: this.#order,
      place: -1,
      home: undefined,
      older: this.#youngest,
      younger: undefined
    }
    this.#order += 1
    if (this.#youngest) this.#youngest.younger = ticket
    else this.#oldest = ticket
    this.#youngest = ticket
    this.lower(ticket)
    return ticket
  }

  /** Takes a request out for good. */
  remove(ticket: Ticket<Value>): void {
    this.lift(ticket)
    const { older, younger } = ticket
    if (older) older.younger = younger
    else if (this.#oldest === ticket) this.#oldest = younger
    if (younger) younger.older = older
    else if (this.#youngest === ticket) this.#youngest = older
    ticket.older = undefined
    ticket.younger = undefined
  }

  /** Sets a request aside without taking its age from it; `lower` puts it back. */
  lift(ticket: Ticket<Value>): void {
    const { home: bucket } = ticket
    if (!bucket) return
    ticket.home = undefined
    bucket.tickets.remove(ticket)
    bucket.rows -= ticket.rows
    this.#size -= 1
    this.#rows -= ticket.rows
    this.#settle(bucket)
  }

  /** Puts a request that was set aside back to its place. */
  lower(ticket: Ticket<Value>): void {
    const bucket = this.#bucket(ticket.bucket)
    ticket.home = bucket
    bucket.tickets.push(ticket)
    bucket.rows += ticket.rows
    this.#size += 1
    this.#rows += ticket.rows
    this.#settle(bucket)
  }

  /** Moves a request behind those of every level. */
  defer(ticket: Ticket<Value>): void {
    this.lift(ticket)
    ticket.level = DEFERRED_LEVEL
    this.lower(ticket)
  }

  /** The request that the next batch must hold. */
  leader(nowMs: number): Ticket<Value> | undefined {
    const { afterMs, everyBatches } = this.#ageing
    const turn = (this.#batches + 1) % everyBatches === 0
    const oldest = this.#oldest
    const aged = oldest?.home && nowMs - oldest.queuedAtMs > afterMs
    if (turn && aged) return oldest
    return this.#heads.first?.tickets.first
  }

  /** Tells that a batch was taken; the turn of the oldest comes by this count. */
  batchTaken(): void {
    this.#batches += 1
  }

  /** The most urgent request of a bucket. */
  firstOf(bucket: string): Ticket<Value> | undefined {
    return this.#buckets.get(bucket)?.tickets.first
  }

  /** Sum of the rows that wait in a bucket. */
  rowsOf(bucket: string): number {
    return this.#buckets.get(bucket)?.rows ?? 0
  }

  #bucket(name: string): Bucket<Value> {
    const known = this.#buckets.get(name)
    if (known) return known
    const tickets = new IndexedHeap<Ticket<Value>>(before)
    const bucket: Bucket<Value> = { name, tickets, rows: 0, place: -1 }
    this.#buckets.set(name, bucket)
    return bucket
  }

  /** Keeps the order among buckets right, and forgets an empty one. */
  #settle(bucket: Bucket<Value>): void {
    if (bucket.tickets.size === 0) {
      this.#heads.remove(bucket)
      this.#buckets.delete(bucket.name)
    } else if (bucket.place < 0) this.#heads.push(bucket)
    else if (this.#heads.size > 1) this.#heads.moved(bucket)
  }
}
