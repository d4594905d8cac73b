// Server-sent events: one stream of named events to many pages. A page that reads too slowly is dropped
// and comes back by itself, so that it can never hold memory.

import type { ServerResponse } from 'node:http'
import type { FastifyReply } from 'fastify'
import { NearsideError } from '../contract/index.ts'
import { SECURITY_HEADERS } from './http-guard.ts'
import type { HttpApp } from './http-server.ts'

/** Bytes that may wait for one page before it is dropped. */
const MAX_WAITING_BYTES = 1024 * 1024
/** Pages that may listen at a time; events are written to each. */
const MAX_PAGES = 500
/** Comment lines keep proxies from closing a silent stream. */
const HEARTBEAT_MS = 15_000

/** @public */
export interface NamedEvent<Events extends object> {
  readonly name: keyof Events & string
  readonly data: unknown
}

const frame = (name: string, json: string): string => `event: ${name}\ndata: ${json}\n\n`

/** @public */
export class EventStream<Events extends object> {
  #clients = new Set<ServerResponse>()
  #heartbeat: NodeJS.Timeout | undefined

  /** Pages that listen now. */
  get clients(): number {
    return this.#clients.size
  }

  /** Adds the route. `first` makes the events that a new page gets at once. */
  register(
    app: HttpApp,
    path: string,
    first: () => readonly NamedEvent<Events>[] = () => []
  ): void {
    app.get(
      path,
      { schema: { summary: 'Live events (text/event-stream)', produces: ['text/event-stream'] } },
      (_, reply) => {
        this.#refuseMore()
        this.#accept(reply, first())
      }
    )
    app.addHook('preClose', async () => this.close())
  }

  /** Sends an event to every page; the payload is made into JSON once. */
  send<Name extends keyof Events & string>(name: Name, data: Events[Name]): void {
    if (this.#clients.size === 0) return
    const text = frame(name, JSON.stringify(data))
    for (const client of this.#clients) this.#write(client, text)
  }

  /** Ends every stream. */
  close(): void {
    clearInterval(this.#heartbeat)
    this.#heartbeat = undefined
    for (const client of this.#clients) client.end()
    this.#clients.clear()
  }

  #refuseMore(): void {
    if (this.#clients.size < MAX_PAGES) return
    const sentence = `${MAX_PAGES} pages listen to live events already; close some of them.`
    throw new NearsideError('NS_SERVER_BUSY', sentence)
  }

  #accept(reply: FastifyReply, first: readonly NamedEvent<Events>[]): void {
    reply.hijack()
    const client = reply.raw
    client.writeHead(200, {
      ...SECURITY_HEADERS,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no'
    })
    client.write('retry: 2000\n\n')
    for (const { name, data } of first) client.write(frame(name, JSON.stringify(data)))
    this.#clients.add(client)
    client.on('close', () => this.#clients.delete(client))
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS).unref()
  }

  #beat(): void {
    for (const client of this.#clients) this.#write(client, ': still here\n\n')
  }

  #write(client: ServerResponse, text: string): void {
    client.write(text)
    if (client.writableLength <= MAX_WAITING_BYTES) return
    this.#clients.delete(client)
    client.destroy()
  }
}
