// A server of a model at its post, with what it does at the moment, and the requests that wait to be taken there.
// It decides nothing.

import { type NearsideError, toNearsideError } from '../../contract/index.ts'
import type { Cancel } from '../../kernel/clock.ts'
import type { PlannedServer } from './batch-planner.ts'
import type { BatchServer, Request, Served } from './batch-server.ts'
import { miscounted } from './queue-refusals.ts'
import type { Ticket } from './request-queue.ts'

/** One request between its submission and its start. */
export interface Waiting<Item, Answer, About> {
  readonly request: Request<Item>
  readonly resolve: (served: Served<Answer, About>) => void
  readonly reject: (error: NearsideError) => void
  onAbort?: () => void
  cancelExpiry?: Cancel
}

/** A server and what it does at the moment. */
export interface Post<Item, Answer, About> extends PlannedServer {
  readonly server: BatchServer<Item, Answer, About>
  instance: number
  state: PlannedServer['state']
  startedAtMs: number
  expectedMs: number | undefined
  /** Settles when its running batch is answered. */
  over: Promise<void> | undefined
}

export function newPost<Item, Answer, About>(
  server: BatchServer<Item, Answer, About>,
  instance: number
): Post<Item, Answer, About> {
  const { kind = '', lane, maxBatch, preferred = [] } = server
  const state = { state: 'idle' as const, startedAtMs: 0, expectedMs: undefined, over: undefined }
  return { server, instance, kind, lane, maxBatch, preferred, ...state }
}

/** The request has left the queue: neither its signal nor its time-out concern it any more. */
export function forget<Item, Answer, About>(waiting: Waiting<Item, Answer, About>): void {
  const { request, onAbort, cancelExpiry } = waiting
  if (onAbort) request.signal?.removeEventListener('abort', onAbort)
  cancelExpiry?.()
}

/** Runs a batch; whatever goes wrong comes back as the error that its requests fail with. */
export async function attempt<Item, Answer, About>(
  server: BatchServer<Item, Answer, About>,
  tickets: readonly Ticket<Waiting<Item, Answer, About>>[],
  model: string
): Promise<{ answers: readonly Answer[]; computeMs: number } | { error: NearsideError }> {
  try {
    const done = await server.run(tickets.map(({ value }) => value.request.item))
    if (done.answers.length === tickets.length) return done
    return { error: miscounted(model, done.answers.length, tickets.length) }
  } catch (error) {
    return { error: toNearsideError(error) }
  }
}
