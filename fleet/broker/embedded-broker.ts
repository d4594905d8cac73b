// The broker that comes with the fleet: starts the thread, starts it again when it dies, ends it by message.

import { Worker } from 'node:worker_threads'
import { MAX_PACKET_BYTES, NearsideError } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { TlsIdentity } from '../devices/index.ts'
import type { BrokerPort, BrokerStats } from './broker-port.ts'
import type { BrokerThreadData, BrokerThreadMessage } from './broker-thread.ts'

export interface EmbeddedBrokerOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  readonly identity: TlsIdentity
  readonly clock: Clock
}

/** Pause before a dead thread is started again, ms. */
const RESTART_DELAY_MS = 1000
/** After this the thread is ended by force, ms. */
const STOP_LIMIT_MS = 3000

const NOTHING_DENIED = { connect: 0, publish: 0, subscribe: 0, forward: 0, packet: 0 }

/** Keeps one thread alive between start and stop, on the same port each time. */
export class EmbeddedBroker implements BrokerPort {
  readonly #options: EmbeddedBrokerOptions
  readonly #listeners = new Set<() => void>()
  #thread: Worker | undefined
  #restart: (() => void) | undefined
  #stopping = false
  #port = 0
  #stats: BrokerStats = {
    state: 'failed',
    kind: 'aedes (embedded)',
    clients: 0,
    denied: NOTHING_DENIED,
    takeovers: 0,
    sentence: 'The broker has not started yet.'
  }

  constructor(options: EmbeddedBrokerOptions) {
    this.#options = options
  }

  /** Resolves when devices can connect. */
  async start(): Promise<{ url: string }> {
    this.#stopping = false
    this.#port = this.#options.port
    try {
      await this.#launch()
    } catch (error) {
      this.#stopping = true
      this.#restart?.()
      throw error
    }
    return { url: `mqtts://${this.#options.host}:${this.#port}` }
  }

  /** Ends the thread by message; by force when that takes longer than three seconds. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#restart?.()
    const thread = this.#thread
    if (!thread) return
    const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()))
    thread.postMessage('stop')
    const cancel = this.#options.clock.after(STOP_LIMIT_MS, () => void thread.terminate())
    await ended
    cancel()
    this.#thread = undefined
  }

  stats(): BrokerStats {
    return this.#stats
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The thread, for tests that end it. */
  get thread(): Worker | undefined {
    return this.#thread
  }

  #launch(): Promise<void> {
    const { host, identity } = this.#options
    const maxPacketBytes = MAX_PACKET_BYTES
    const workerData: BrokerThreadData = { host, port: this.#port, identity, maxPacketBytes }
    const thread = new Worker(new URL('./broker-thread.ts', import.meta.url), {
      workerData,
      resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 256 }
    })
    this.#thread = thread
    const listening = this.#untilListening(thread)
    thread.on('error', (error) => this.#died(error.message))
    thread.on('exit', () => this.#died('it ended'))
    return listening
  }

  #untilListening(thread: Worker): Promise<void> {
    return new Promise((resolve, reject) => {
      thread.on('message', (message: BrokerThreadMessage) => {
        if (message.kind === 'stats') return this.#update(message)
        if (message.kind === 'refused') {
          this.#stopping = true
          void thread.terminate()
          return reject(this.#portError(message.code, message.text))
        }
        this.#port = message.port
        const sentence = `The broker listens on ${this.#options.host}:${message.port}.`
        this.#update({ state: 'well', sentence })
        resolve()
      })
      thread.once('error', reject)
    })
  }

  #portError(code: string, text: string): Error {
    if (code !== 'EADDRINUSE') return new Error(`the broker cannot listen: ${text}`)
    const sentence = `Port ${this.#port} is taken by another program; choose another one with --mqtt-port, or 0 for any free port.`
    return new NearsideError('NS_PORT_IN_USE', sentence)
  }

  #died(reason: string): void {
    if (this.#stopping || this.#restart) return
    const sentence = `The broker failed (${reason}) and is being started again; devices keep their events meanwhile.`
    this.#update({ state: 'failed', clients: 0, sentence })
    this.#restart = this.#options.clock.after(RESTART_DELAY_MS, () => {
      this.#restart = undefined
      this.#launch().catch((error: Error) => this.#died(error.message))
    })
  }

  #update(change: Partial<BrokerStats>): void {
    const { state, clients, denied, takeovers, sentence } = { ...this.#stats, ...change }
    this.#stats = { kind: this.#stats.kind, state, clients, denied, takeovers, sentence }
    for (const listener of [...this.#listeners]) listener()
  }
}
