// The stream of events of a server (SSE), typed, with what a screen must know about it: whether it runs,
// and since when not. The browser reconnects by itself after a cut; after a refusal this file does, with
// growing pauses.

import type { DeviceEvents, FleetEvents } from '../../contract/index.ts'

export type StreamState =
  | { readonly state: 'connecting' }
  | { readonly state: 'open' }
  /** Milliseconds since 1970 by the browser's clock. */
  | { readonly state: 'lost'; readonly since: number }

/** The part of EventSource that is used; tests bring their own. */
export interface EventStream {
  readonly readyState: number
  onopen: ((event: Event) => void) | null
  onerror: ((event: Event) => void) | null
  addEventListener(name: string, listener: (event: MessageEvent<string>) => void): void
  close(): void
}

export interface LiveOptions {
  readonly url?: string
  readonly open?: (url: string) => EventStream
  readonly now?: () => number
  readonly later?: (run: () => void, ms: number) => () => void
}

/** Pauses before reconnecting after a refusal, milliseconds. */
const PAUSES = [500, 1000, 2000, 5000] as const
const CLOSED = 2

const later = (run: () => void, ms: number): (() => void) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

type Handler<Data> = (data: Data) => void

/** A typed stream of events; inert until `start`. */
export class LiveEvents<Events> {
  readonly #options: Required<LiveOptions>
  readonly #handlers = new Map<keyof Events & string, Set<Handler<never>>>()
  readonly #watchers = new Set<Handler<StreamState>>()
  #stream: EventStream | undefined
  #state: StreamState = { state: 'connecting' }
  #refusals = 0
  #cancel: () => void = () => {}

  constructor(options: LiveOptions = {}) {
    this.#options = {
      url: '/api/v1/events',
      open: (url) => new EventSource(url),
      now: Date.now,
      later,
      ...options
    }
  }

  get state(): StreamState {
    return this.#state
  }

  /** Calls back with every event of a name; handlers are given before `start`. */
  on<Name extends keyof Events & string>(name: Name, handler: Handler<Events[Name]>): this {
    const known = this.#handlers.get(name) ?? new Set()
    known.add(handler as Handler<never>)
    this.#handlers.set(name, known)
    return this
  }

  /** Calls back whenever the stream opens or is lost. */
  onState(watcher: Handler<StreamState>): this {
    this.#watchers.add(watcher)
    return this
  }

  /** Opens the stream, in place of an earlier one. */
  start(): void {
    this.#cancel()
    this.#stream?.close()
    const stream = this.#options.open(this.#options.url)
    this.#stream = stream
    stream.onopen = () => {
      this.#refusals = 0
      this.#become({ state: 'open' })
    }
    stream.onerror = () => this.#failed(stream)
    for (const [name, handlers] of this.#handlers) {
      stream.addEventListener(name, ({ data }) => {
        const value = JSON.parse(data) as never
        for (const handler of handlers) handler(value)
      })
    }
  }

  stop(): void {
    this.#cancel()
    this.#stream?.close()
    this.#stream = undefined
  }

  /** Tells the loss once; what follows are attempts, not news. */
  #failed(stream: EventStream): void {
    if (this.#state.state !== 'lost') this.#become({ state: 'lost', since: this.#options.now() })
    // readyState CONNECTING: the browser tries again by itself.
    if (stream !== this.#stream || stream.readyState !== CLOSED) return
    const pause = PAUSES[Math.min(this.#refusals, PAUSES.length - 1)] ?? 5000
    this.#refusals += 1
    this.#cancel = this.#options.later(() => this.start(), pause)
  }

  #become(state: StreamState): void {
    this.#state = state
    for (const watcher of this.#watchers) watcher(state)
  }
}

export const deviceEvents = (options?: LiveOptions): LiveEvents<DeviceEvents> =>
  new LiveEvents<DeviceEvents>(options)

export const fleetEvents = (options?: LiveOptions): LiveEvents<FleetEvents> =>
  new LiveEvents<FleetEvents>(options)
