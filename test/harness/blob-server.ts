// Serves blobs by digest with Range and ETag, as a fleet does, and misbehaves on command.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

export class BlobServer {
  readonly blobs = new Map<string, Buffer>()
  /** Every request: path and Range header. */
  readonly requests: { readonly path: string; readonly range: string | undefined }[] = []
  /** Bytes sent in bodies. */
  sentBytes = 0
  /** Answers a request in its own way and returns true, or leaves it to the server. */
  answer: (request: IncomingMessage, response: ServerResponse) => boolean = () => false
  #server: Server = createServer((request, response) => this.#serve(request, response))
  #etag: (sha256: string) => string = (sha256) => `"${sha256}"`

  async listen(port = 0): Promise<void> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address ? address.port : 0
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/blobs`
  }

  /** Adds a blob and returns its digest. */
  add(data: Buffer): string {
    const sha256 = createHash('sha256').update(data).digest('hex')
    this.blobs.set(sha256, data)
    return sha256
  }

  /** From now on every blob has another ETag. */
  changeTags(): void {
    this.#etag = (sha256) => `"new-${sha256}"`
  }

  async close(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const { range, 'if-range': condition } = request.headers
    const path = request.url ?? ''
    this.requests.push({ path, range })
    if (this.answer(request, response)) return
    const sha256 = path.split('/').at(-1) ?? ''
    const data = this.blobs.get(sha256)
    if (!data) {
      response.writeHead(404).end()
      return
    }
    const etag = this.#etag(sha256)
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
    const isPart = range !== undefined && (condition === undefined || condition === etag)
    const body = isPart ? data.subarray(start) : data
    this.sentBytes += body.length
    const head = { etag, 'content-length': body.length }
    if (isPart)
      response.writeHead(206, {
        ...head,
        'content-range': `bytes ${start}-${data.length - 1}/${data.length}`
      })
    else response.writeHead(200, head)
    response.end(body)
  }
}
