// HTTP as no well-behaved client speaks it: forged headers, bodies that lie about their length, uploads that
// are cut off. fetch refuses to send most of these.

import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import type { Problem } from '../../contract/index.ts'

export interface RawAnswer {
  readonly status: number
  readonly allow: string | undefined
  /** The body when it is JSON, else an empty object. */
  readonly body: Partial<Problem> & Record<string, unknown>
  /** Bytes of the body that were written before the answer came. */
  readonly sent: number
}

export interface RawRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Written piece by piece, with back-pressure, until it ends or the answer is there. */
  readonly body?: Iterable<string | Uint8Array> | undefined
}

/** Sends a request and reads the answer, even when the server answers before the body has ended. */
export function rawRequest(url: string, { method, headers, body }: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let sent = 0
    let answered = false
    const message = request(url, {
      method: method ?? (body ? 'POST' : 'GET'),
      // As browsers do; a server hangs up at once on a client that asks for that.
      headers: { connection: 'keep-alive', ...headers },
      agent: false
    })
    message.on('error', (error) => {
      if (!answered) reject(error) // once it has answered, the server may hang up on the rest
    })
    message.on('response', (answer) => {
      answered = true
      void readAnswer(answer, () => sent).then((read) => {
        message.destroy()
        resolve(read)
      })
    })
    const pieces = body?.[Symbol.iterator]()
    const write = (): void => {
      for (let piece = pieces?.next(); piece && !piece.done; piece = pieces?.next()) {
        if (answered || message.destroyed) return
        sent += piece.value.length
        if (!message.write(piece.value)) return void message.once('drain', write)
      }
      message.end()
    }
    write()
  })
}

async function readAnswer(answer: IncomingMessage, sent: () => number): Promise<RawAnswer> {
  const before = sent()
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) text += chunk
  const isJson = /json/.test(answer.headers['content-type'] ?? '')
  const body = (isJson ? JSON.parse(text) : {}) as RawAnswer['body']
  return { status: answer.statusCode ?? 0, allow: answer.headers.allow, body, sent: before }
}

/** Sends bytes as they are and hangs up when they are written; resolves when the connection is closed. */
export function sendAndHangUp(url: string, bytes: string): Promise<void> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(bytes, () => socket.resetAndDestroy())
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
  })
}

export const BOUNDARY = 'nearside-test'
export const MULTIPART = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }

/** The frame of a form field. */
export const field = (name: string, value: string): string =>
  `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`

/** The frame of a file, which is written after it; a line end and the next frame follow. */
export const fileHead = (filename: string, name = 'file'): string =>
  `--${BOUNDARY}\r\ncontent-disposition: form-data; name="${name}"; filename="${filename}"\r\ncontent-type: application/octet-stream\r\n\r\n`

export const FORM_END = `\r\n--${BOUNDARY}--\r\n`
