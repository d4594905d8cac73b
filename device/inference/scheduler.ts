// The queue before one model: orders requests, forms batches of those that fit together, gives each to the
// server that will have finished it first, and can exchange the servers between two batches. Time is the
// injected clock; it computes nothing itself and knows neither tensors nor executors.

import type { BatchTrace, NearsideError } from '../../contract/index.ts'
import type { Cancel, Clock } from '../../kernel/clock.ts'
import type { BatchCosts } from './batch-cost-model.ts'
import { type CloseReason, type FormedBatch, formBatch } from './batch-former.ts'
import { BatchPlanner } from './batch-planner.ts'
import { reportBatch } from './batch-report.ts'
import type {
  BatchReport,
  BatchServer,
  Request,
  RunLimits,
  Served,
  SlotRelease,
  SlotSource
} from './batch-server.ts'
import { Expiry } from './expiry.ts'
import { cancelled, overdue, overloaded } from './queue-refusals.ts'
import { LOWEST_LEVEL, RequestQueue, type Ticket } from './request-queue.ts'
import { attempt, forget, newPost, type Post, type Waiting } from './server-post.ts'

export type {
  BatchReport,
  BatchServer,
  Request,
  RequestOptions,
  RunLimits,
  Served,
  SlotSource
} from './batch-server.ts'

/** How a batch comes to be taken: why it is not larger, what goes before it, the slot it was granted. */
interface Taking {
  readonly whenAll: CloseReason
  readonly aheadRows?: number
  readonly release?: SlotRelease | undefined
}

export interface SchedulerOptions<About> {
  readonly model: string
  readonly clock: Clock
  /** Requests that may wait; beyond it a request is refused at once. */
  readonly queueLimit: number
  /** Level of requests that name none: 1 to 9, default 5. */
  readonly defaultPriority?: number
  /** Time from submission to answer that is aimed at, ms; nothing: batches are limited by rows only. */
  readonly latencyGoalMs?: number | undefined
  /** Fixed longest wait for a fuller batch, ms; nothing: as long as waiting pays. */
  readonly maxWaitMs?: number
  /** After this wait a request may lead a batch by its age, ms; default 1,000. */
  readonly ageAfterMs?: number
  /** Shortest time worth a timer, ms; default 1, what the timers of Node can do. */
  readonly resolutionMs?: number
  /** Runs something once all that is ready now has run; default `setImmediate`. */
  readonly nextTurn?: (run: () => void) => void
  /** Shares devices among models. */
  readonly slots?: SlotSource
  /** Which version and rung the trace shall name. */
  readonly describe: (about: About) => {
    readonly version: string
    readonly rung: BatchTrace['rung']
  }
  /** Called when a request waits and there is no server. */
  readonly onWaiting: () => void
  /** Called after each batch that was answered, before its callers see their answers. */
  readonly onBatch: (report: BatchReport) => void
}

const DEFAULT_LEVEL = 5
const AGE_AFTER_MS = 1000
/** Of so many batches one is led by the request that has waited longest, once that is too long. */
const AGED_EVERY = 4
/** Requests that may be set aside to give a slow server later ones; more is not worth the work. */
const MOST_ASIDE = 256
const NEVER = Number.POSITIVE_INFINITY

export class Scheduler<Item, Answer, About> {
  #options: SchedulerOptions<About>
  #queue: RequestQueue<Waiting<Item, Answer, About>>
  #posts: Post<Item, Answer, About>[] = []
  #planner: BatchPlanner
  #expiry: Expiry
  /** Batches that run, on present and former servers. */
  #running = 0
  #pumping = false
  #turnPending = false
  /** Requests that had ever arrived when a turn was last waited for. */
  #arrivedBefore = 0
  /** When the queue is looked at again without any other occasion. */
  #timer: { readonly atMs: number; readonly cancel: Cancel } | undefined

  constructor(options: SchedulerOptions<About>) {
    this.#options = options
    const { clock, ageAfterMs = AGE_AFTER_MS } = options
    this.#queue = new RequestQueue({ afterMs: ageAfterMs, everyBatches: AGED_EVERY })
    this.#expiry = new Expiry(clock)
    const limits = { servers: NEVER, batchRows: NEVER, goalMs: options.latencyGoalMs ?? NEVER }
    this.#planner = new BatchPlanner(limits, options.maxWaitMs)
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#queue.size
  }

  /** Batches that run. */
  get running(): number {
    return this.#running
  }

  get busy(): boolean {
    return this.#running > 0 || this.#queue.size > 0
  }

  /** The fitted costs of a bucket on a kind of server, for whoever explains or plans. */
  costs(kind: string, bucket: string): BatchCosts | undefined {
    return this.#planner.costing.costs(kind, bucket)
  }

  /**
   * Queues a request.
   * @throws NearsideError NS_INFERENCE_OVERLOADED, NS_INFERENCE_DEADLINE when it waited too long,
   *   NS_JOB_CANCELLED, or what its batch failed with
   */
  submit(request: Request<Item>): Promise<Served<Answer, About>> {
    const { model, queueLimit } = this.#options
    if (request.signal?.aborted) return Promise.reject(cancelled())
    if (this.#queue.size >= queueLimit) return Promise.reject(overloaded(model, queueLimit))
    return new Promise((resolve, reject) => {
      this.#enqueue({ request, resolve, reject })
      if (this.#posts.length > 0) this.#schedulePump()
      else this.#options.onWaiting()
    })
  }

  #enqueue(waiting: Waiting<Item, Answer, About>): void {
    const { clock, latencyGoalMs = NEVER, defaultPriority = DEFAULT_LEVEL, model } = this.#options
    const { request } = waiting
    const {
      bucket,
      size,
      rowBytes = 0,
      signal,
      timeoutMs = NEVER,
      deadlineMs = latencyGoalMs
    } = request
    const nowMs = clock.monotonicMs()
    const level = Math.min(LOWEST_LEVEL, Math.max(1, request.priority || defaultPriority))
    const dueAtMs = nowMs + Math.min(deadlineMs, timeoutMs)
    const place = { bucket, rows: size, rowBytes, level, dueAtMs, queuedAtMs: nowMs }
    const ticket = this.#queue.push(waiting, place)
    this.#planner.pace.arrived(bucket, nowMs)
    if (signal) {
      waiting.onAbort = () => this.#leave(ticket, cancelled())
      signal.addEventListener('abort', waiting.onAbort, { once: true })
    }
    if (timeoutMs === NEVER) return
    waiting.cancelExpiry = this.#expiry.add(nowMs + timeoutMs, () => {
      if (request.onTimeout === 'defer') this.#queue.defer(ticket)
      else this.#leave(ticket, overdue(model, timeoutMs))
    })
  }

  #leave(ticket: Ticket<Waiting<Item, Answer, About>>, error: NearsideError): void {
    this.#queue.remove(ticket)
    forget(ticket.value)
    ticket.value.reject(error)
  }

  /**
   * Puts other servers to the front; the next batches go to them. None or undefined: requests wait. A server
   * that is in both sets goes on as it is.
   * @returns when the batches that former servers may still run are over
   */
  async serveWith(servers?: readonly BatchServer<Item, Answer, About>[]): Promise<void> {
    const former = new Map(this.#posts.map((post) => [post.server, post]))
    this.#posts = (servers ?? []).map((server, instance) => {
      const kept = former.get(server)
      former.delete(server)
      if (!kept) return newPost(server, instance)
      kept.instance = instance
      return kept
    })
    this.#pump()
    if (this.#posts.length === 0 && this.#queue.size > 0) this.#options.onWaiting()
    await Promise.all([...former.values()].map(({ over }) => over))
  }

  /** What heat, power and the observed latency allow from the next batch on. */
  limit(limits: Partial<RunLimits>): void {
    this.#planner.limits = { ...this.#planner.limits, ...limits }
    this.#schedulePump()
  }

  /** Requests from now on aim at another time from submission to answer, ms; undefined: at none. */
  aimAt(latencyGoalMs: number | undefined): void {
    this.#options = { ...this.#options, latencyGoalMs }
  }

  /** Sets the fixed longest wait for a fuller batch, ms; undefined: as long as waiting pays. */
  waitAtMost(maxWaitMs: number | undefined): void {
    this.#planner.maxWaitMs = maxWaitMs
    this.#schedulePump()
  }

  /** Fails every request that waits. */
  failAll(error: NearsideError): void {
    for (let ticket = this.#queue.oldest; ticket; ticket = this.#queue.oldest)
      this.#leave(ticket, error)
  }

  /** Looks at the queue once all that is being submitted in this turn is there: a burst shares a batch. */
  #schedulePump(): void {
    if (this.#pumping) return
    this.#pumping = true
    queueMicrotask(() => {
      this.#pumping = false
      this.#pump()
    })
  }

  #pump(): void {
    let more = true
    while (more) more = this.#startNext()
  }

  /** @returns whether there may be more to start */
  #startNext(): boolean {
    if (this.#running >= this.#planner.limits.servers) return false
    if (!this.#posts.some(({ state }) => state === 'idle')) return false
    const nowMs = this.#options.clock.monotonicMs()
    const leader = this.#queue.leader(nowMs)
    if (!leader) return false
    const situation = { queue: this.#queue, leader, nowMs }
    const choice = this.#planner.choose(this.#posts, situation)
    if (choice.kind === 'hold') return this.#lookAgain(choice.untilMs - nowMs)
    const post = choice.kind === 'none' ? undefined : this.#posts[choice.index]
    if (!post) return false
    const { waitMs, reason: whenAll } = this.#planner.patience(post, situation)
    if (waitMs > 0 && this.#wait(waitMs)) return false
    const aheadRows = choice.kind === 'behind' ? choice.aheadRows : 0
    const { slots } = this.#options
    if (post.server.device === undefined || !slots) this.#take(post, { whenAll, aheadRows })
    else void this.#claim(post, whenAll, this.#planner.likelyMs(post, situation))
    return post.state !== 'idle'
  }

  /**
   * Waits for a fuller batch: by a timer, or where that would be too coarse one turn of the event loop, again
   * as long as each turn brings requests.
   * @returns false when waiting would bring nothing
   */
  #wait(waitMs: number): boolean {
    const { resolutionMs = 1, nextTurn = setImmediate } = this.#options
    if (waitMs >= resolutionMs) this.#lookAgain(waitMs)
    else if (!this.#turnPending) {
      if (this.#queue.arrived === this.#arrivedBefore) return false
      this.#arrivedBefore = this.#queue.arrived
      this.#turnPending = true
      nextTurn(() => {
        this.#turnPending = false
        this.#pump()
      })
    }
    return true
  }

  /** An earlier timer stays: looking once too often is cheaper than setting a timer at each submission. */
  #lookAgain(afterMs: number): false {
    const { clock, resolutionMs = 1 } = this.#options
    const delayMs = Math.max(afterMs, resolutionMs)
    const atMs = clock.monotonicMs() + delayMs
    if (this.#timer && this.#timer.atMs <= atMs) return false
    this.#timer?.cancel()
    const look = (): void => {
      this.#timer = undefined
      this.#pump()
    }
    const cancel = clock.after(delayMs, look, true)
    this.#timer = { atMs, cancel }
    return false
  }

  /** Waits for a slot of the device before a batch is formed, so that late arrivals still join it. */
  async #claim(
    post: Post<Item, Answer, About>,
    whenAll: CloseReason,
    costMs: number
  ): Promise<void> {
    const { slots, model } = this.#options
    post.state = 'claiming'
    const release = await slots?.acquire(post.server.device ?? '', model, costMs)
    post.state = 'idle'
    const wanted = this.#posts.includes(post) && this.#queue.size > 0
    if (wanted && this.#running < this.#planner.limits.servers)
      this.#take(post, { whenAll, release })
    else release?.(0)
    this.#schedulePump()
  }

  /** Takes the next batch out of the queue, behind so many rows that better servers will see to. */
  #take(post: Post<Item, Answer, About>, { whenAll, aheadRows = 0, release }: Taking): void {
    const nowMs = this.#options.clock.monotonicMs()
    const aside: Ticket<Waiting<Item, Answer, About>>[] = []
    let leader = this.#queue.leader(nowMs)
    let rows = leader?.rows ?? 0
    // More rows wait than go ahead, so that one request is always left.
    while (leader && rows <= aheadRows && aside.length < MOST_ASIDE) {
      aside.push(leader)
      this.#queue.lift(leader)
      leader = this.#queue.leader(nowMs)
      rows += leader?.rows ?? 0
    }
    if (leader) {
      const { bucket } = leader
      const limits = this.#planner.limitsOf(post, leader, nowMs)
      const situation = { bucket, rows: this.#queue.rowsOf(bucket), nowMs }
      const shareRows = this.#planner.shareOf(post, this.#posts, situation)
      const batch = formBatch(this.#queue, leader, { ...limits, whenAll, shareRows })
      this.#queue.batchTaken()
      post.over = this.#run(post, batch, release)
    } else release?.(0)
    for (const ticket of aside) this.#queue.lower(ticket)
  }

  async #run(
    post: Post<Item, Answer, About>,
    { tickets, rows, reason }: FormedBatch<Waiting<Item, Answer, About>>,
    release: SlotRelease | undefined
  ): Promise<void> {
    const { clock, model, describe } = this.#options
    const startedAtMs = clock.monotonicMs()
    const bucket = tickets[0]?.bucket ?? ''
    const predictedMs = this.#planner.expectedMs(post, bucket, rows)
    const start = { at: clock.now(), startedAtMs, instance: post.instance, predictedMs }
    this.#running += 1
    post.state = 'running'
    post.startedAtMs = startedAtMs
    post.expectedMs = predictedMs
    for (const { value } of tickets) forget(value)
    const outcome = await attempt(post.server, tickets, model)
    const tookMs = clock.monotonicMs() - startedAtMs
    this.#running -= 1
    post.state = 'idle'
    post.over = undefined
    if ('error' in outcome) {
      for (const { value } of tickets) value.reject(outcome.error)
      this.#pump()
    } else {
      this.#planner.costing.observe({ kind: post.kind, bucket }, rows, tookMs)
      // The next batch starts before this one is answered: the server is what others wait for.
      this.#pump()
      const { about } = post.server
      const { answers, computeMs } = outcome
      const facts = { ...start, ...describe(about), model, bucket, rows, reason, computeMs }
      const report = reportBatch(tickets, facts)
      this.#answer(tickets, answers, { about, report })
      this.#options.onBatch(report)
    }
    // Last, so that this model stands in line again before the slot is given to anyone.
    release?.(tookMs)
  }

  #answer(
    tickets: readonly Ticket<Waiting<Item, Answer, About>>[],
    answers: readonly Answer[],
    { about, report }: { readonly about: About; readonly report: BatchReport }
  ): void {
    const { requests: batchSize, rows, instance, computeMs, reason } = report.trace
    let index = 0
    for (const { value } of tickets) {
      const answer = answers[index] as Answer
      const queueMs = report.requests[index]?.queueMs ?? 0
      value.resolve({ answer, about, batchSize, rows, queueMs, computeMs, instance, reason })
      index += 1
    }
  }
}
