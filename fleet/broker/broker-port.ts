// What the fleet needs of a broker, whichever it is: an address to speak to, and how it fares. Messages do
// not pass through here; they go over MQTT, so that an external broker can take the place of ours.

/** What a broker refuses; each is a series of nearside_broker_denied_total. */
export const DENIED_ACTIONS = ['connect', 'publish', 'subscribe', 'forward', 'packet'] as const
export type DeniedAction = (typeof DENIED_ACTIONS)[number]

/** How the broker fares, as the console and the metrics show it. */
export interface BrokerStats {
  readonly state: 'well' | 'failed'
  /** Name of the product, as in `aedes (embedded)`. */
  readonly kind: string
  /** Connected devices; the fleet itself is not counted. */
  readonly clients: number
  readonly denied: Readonly<Record<DeniedAction, number>>
  /** Times that a client was replaced by another one with the same id. */
  readonly takeovers: number
  /** One sentence. */
  readonly sentence: string
}

/**
 * The embedded broker is the one implementation so far; an external one connects instead of
 * starting.
 */
export interface BrokerPort {
  /** Starts, or connects to, the broker; resolves when devices can connect at `url`. */
  start(): Promise<{ readonly url: string }>
  stop(): Promise<void>
  stats(): BrokerStats
  /** Called after every change of the statistics, at most twice a second. Returns the removal. */
  onChange(listener: () => void): () => void
}
