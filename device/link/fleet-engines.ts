// TensorRT engines to and from the fleet over HTTP: each request is signed with the key of the device, pieces go
// on where a connection ended, what comes in counts only when digests and the builder's signature are right.

import { open } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type DeviceEnvelope,
  type EngineFault,
  EngineOfferAnswer,
  type EngineShareKey,
  type EngineStatement,
  EngineUploadAnswer,
  ERROR_KINDS,
  type ErrorCode,
  NearsideError,
  Problem
} from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { signRequest } from '../../kernel/device-signature.ts'
import { openDocument, shareDigest, signDocument } from '../../models/index.ts'
import type { EngineExchange, OfferedEngine, StoredEngine } from '../inference/index.ts'
import { download } from '../installs/index.ts'
import type { Enrolment } from './identity.ts'

export interface FleetEnginesOptions {
  readonly deviceId: string
  readonly enrolment: Enrolment
  readonly clock: Clock
  /** Jitter between attempts of a download; default Math.random. */
  readonly random?: () => number
  /** Bytes of a piece that is sent; default 4 MiB. */
  readonly pieceBytes?: number
}

/** One request, not a whole engine; ms. */
const TIMEOUT_MS = 120_000
/** Pieces in a row that may fail before the rest waits for another time. */
const TRIES = 3

interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array<ArrayBuffer>
  readonly signal?: AbortSignal
}

export class FleetEngines implements EngineExchange {
  readonly #options: FleetEnginesOptions

  constructor(options: FleetEnginesOptions) {
    this.#options = options
  }

  /** Asks for an engine of exactly this key and machine. */
  async ask(wanted: EngineShareKey, signal: AbortSignal): Promise<OfferedEngine | undefined> {
    const id = shareDigest(wanted)
    const path = `/api/v1/engines/${id}`
    let envelope: unknown
    try {
      envelope = await this.#call({ method: 'GET', path, signal })
    } catch (error) {
      const code = error instanceof NearsideError ? error.code : undefined
      // A fleet of an earlier version knows no such address.
      const none = ['NS_ENGINE_UNKNOWN', 'NS_ENGINE_NOT_SHARED', 'NS_ROUTE_NOT_FOUND']
      if (code && none.includes(code)) return undefined
      throw error
    }
    const { enrolment, clock } = this.#options
    const about = { authority: enrolment.authority, nowMs: clock.now() }
    const { document, sha256 } = openDocument('statement', envelope, about)
    return {
      id,
      statement: document,
      statementSha256: sha256,
      envelope: envelope as DeviceEnvelope // its schema was checked when it was opened
    }
  }

  /** Brings the files of an engine into a folder. */
  async fetch(offered: OfferedEngine, folder: string, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options
    const base = `/api/v1/engines/${offered.id}/files`
    for (const file of offered.statement.record.files) {
      const headers = () => this.#signed('GET', `${base}/${file.sha256}`)
      const target = { file, target: join(folder, file.path) }
      await download(this.#url(base), target, {
        ...{ clock, signal, headers, maxTries: TRIES },
        ...(random && { random })
      })
    }
  }

  /** Says that an engine does not do here. */
  async report(fault: Omit<EngineFault, 'device'>): Promise<void> {
    const { deviceId } = this.#options
    const envelope = signDocument('fault', { ...fault, device: deviceId }, this.#credentials())
    await this.#post('/api/v1/engine-faults', envelope)
  }

  /** Offers an engine that was built here and sends what is wanted of it. */
  async offer(
    engine: StoredEngine,
    model: EngineStatement['model'],
    signal: AbortSignal
  ): Promise<boolean> {
    const { machine } = engine.record
    if (!machine) return false
    const record = { ...engine.record, machine }
    const statement = { model, record, builder: this.#options.deviceId }
    const envelope = signDocument('statement', statement, this.#credentials())
    const answer = EngineOfferAnswer.parse(await this.#post('/api/v1/engines', envelope, signal))
    for (const { sha256, received } of answer.missing) {
      const file = record.files.find((known) => known.sha256 === sha256)
      if (!file) throw new NearsideError('NS_ENGINE_UNKNOWN', 'The fleet wants another file.')
      const path = `/api/v1/engines/${answer.id}/files/${sha256}`
      await this.#send({
        path,
        file: join(engine.dir, file.path),
        size: file.size,
        received,
        signal
      })
    }
    return answer.state !== 'declined'
  }

  async #send(upload: {
    readonly path: string
    readonly file: string
    readonly size: number
    readonly received: number
    readonly signal: AbortSignal
  }): Promise<void> {
    const { path, file, size, signal } = upload
    const handle = await open(file, 'r')
    try {
      let { received } = upload
      let vain = 0
      do {
        const piece = Buffer.alloc(Math.min(this.#options.pieceBytes ?? 4 << 20, size - received))
        await handle.read(piece, 0, piece.length, received)
        try {
          received = await this.#piece({ path, received, piece, signal })
          vain = 0
        } catch (error) {
          vain += 1
          received = goOnAt(error) ?? received
          if (vain >= TRIES || goOnAt(error) === undefined) throw error
        }
      } while (received < size)
    } finally {
      await handle.close()
    }
  }

  async #piece(about: {
    readonly path: string
    readonly received: number
    readonly piece: Uint8Array<ArrayBuffer>
    readonly signal: AbortSignal
  }): Promise<number> {
    const { path, received, piece, signal } = about
    const headers = {
      'content-type': 'application/octet-stream',
      'upload-offset': String(received)
    }
    const answer = await this.#call({ method: 'PATCH', path, headers, body: piece, signal })
    return EngineUploadAnswer.parse(answer).received
  }

  #post(path: string, envelope: DeviceEnvelope, signal?: AbortSignal): Promise<unknown> {
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify(envelope)
    return this.#call({ method: 'POST', path, headers, body, ...(signal && { signal }) })
  }

  async #call({ method, path, headers = {}, body, signal }: Call): Promise<unknown> {
    const limit = AbortSignal.timeout(TIMEOUT_MS)
    const response = await fetch(this.#url(path), {
      method,
      headers: { ...headers, ...this.#signed(method, path, headers) },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      redirect: 'error',
      ...(body === undefined ? {} : { body })
    }).catch((error: unknown) => {
      signal?.throwIfAborted()
      const sentence = 'The fleet does not answer; engines are exchanged when it does.'
      throw new NearsideError('NS_FLEET_UNREACHABLE', sentence, { cause: error })
    })
    if (response.status === 204) return undefined
    const answer: unknown = await response.json().catch(() => undefined)
    if (response.ok) return answer
    throw problem(response.status, answer)
  }

  #url(path: string): string {
    return new URL(path, this.#options.enrolment.fleet).href
  }

  #credentials() {
    const { deviceId, enrolment } = this.#options
    const { certificate, privateKey } = enrolment
    return { deviceId, certificate, privateKey }
  }

  #signed(
    method: string,
    path: string,
    headers: Record<string, string> = {}
  ): Record<string, string> {
    return signRequest({ method, path, headers }, this.#credentials(), this.#options.clock.now())
  }
}

/** Where the fleet wants the next piece to begin; undefined when it wants none. */
function goOnAt(error: unknown): number | undefined {
  if (!(error instanceof NearsideError) || error.code !== 'NS_ENGINE_UPLOAD') return undefined
  const { received } = error.details
  return typeof received === 'number' ? received : undefined
}

function problem(status: number, answer: unknown): NearsideError {
  const parsed = Problem.safeParse(answer)
  if (!parsed.success || !(parsed.data.code in ERROR_KINDS)) {
    const sentence = `The fleet answered with status ${status}.`
    return new NearsideError('NS_FLEET_UNREACHABLE', sentence)
  }
  const { code, detail, details } = parsed.data
  return new NearsideError(code as ErrorCode, detail, { ...(details && { details }) })
}
