// gRPC as no well-behaved client speaks it: messages in parts or without end, answers that nobody reads. The
// client library sends none of these.

import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders
} from 'node:http2'

export interface RawCall {
  readonly stream: ClientHttp2Stream
  /** What the call ended with; a call that was reset has no status. */
  readonly ended: Promise<{
    readonly status: number | undefined
    readonly details: string
    readonly reset: number
  }>
}

export class RawGrpc {
  #session: ClientHttp2Session

  /** @param windowBytes what the server may send of an answer before it is read */
  constructor(address: string, windowBytes = 65_535) {
    this.#session = connect(`http://${address}`, {
      settings: { initialWindowSize: windowBytes },
      maxSessionMemory: 10_000 // MB; what it sends is bounded by the server
    })
    this.#session.on('error', () => undefined)
  }

  get closed(): boolean {
    return this.#session.closed || this.#session.destroyed
  }

  /** Begins a call; with `reads` false its answer stays with the server. */
  call(method: string, reads = true, headers: Readonly<Record<string, string>> = {}): RawCall {
    const stream = this.#session.request({
      ':method': 'POST',
      ':path': `/inference.GRPCInferenceService/${method}`,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers
    })
    const told: IncomingHttpHeaders = {}
    stream.on('response', (headers) => Object.assign(told, headers))
    stream.on('trailers', (headers) => Object.assign(told, headers))
    stream.on('error', () => undefined)
    if (reads) stream.resume()
    const ended = new Promise<Awaited<RawCall['ended']>>((resolve) => {
      stream.once('close', () => {
        const status = told['grpc-status']
        resolve({
          status: status === undefined ? undefined : Number(status),
          details: decodeURI(String(told['grpc-message'] ?? '')),
          reset: stream.rstCode ?? 0
        })
      })
    })
    return { stream, ended }
  }

  close(): void {
    this.#session.destroy()
  }
}

/** A message with the head that says its length, which may be a lie. */
export function framed(message: Uint8Array, length = message.length): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(length, 1)
  return Buffer.concat([head, message])
}
