// Clients that mean no good, for the benchmark of what they can hold: connections that say nothing or half of
// something, readers that do not read, bodies without end. And one that means well, which is watched meanwhile.

import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { pause } from '../process-figures.ts'

/** Connections that are opened before the others get a turn; more at once overflow the listener's backlog. */
const AT_ONCE = 250

export interface Crowd {
  readonly sockets: readonly Socket[]
  leave(): void
}

/** Opens connections that send a text each and then nothing. */
export async function openCrowd(port: number, count: number, text: string): Promise<Crowd> {
  const sockets: Socket[] = []
  for (let opened = 0; opened < count; opened += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    socket.resume()
    if (text !== '') socket.once('connect', () => socket.write(text))
    sockets.push(socket)
    if (opened % AT_ONCE === AT_ONCE - 1) await pause(10)
  }
  return {
    sockets,
    leave: () => {
      for (const socket of sockets) socket.destroy()
    }
  }
}

/** Sends a whole request and takes a byte a second of its answer. */
export async function openSlowReaders(
  port: number,
  count: number,
  message: Uint8Array
): Promise<Crowd> {
  const sockets: Socket[] = []
  for (let opened = 0; opened < count; opened += 1) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    socket.pause()
    socket.write(message)
    sockets.push(socket)
    if (opened % 10 === 9) await pause(20)
  }
  const reading = setInterval(() => {
    for (const socket of sockets) socket.read(1)
  }, 1000)
  return {
    sockets,
    leave: () => {
      clearInterval(reading)
      for (const socket of sockets) socket.destroy()
    }
  }
}

export interface Upload {
  readonly status: number
  readonly sentBytes: number
  readonly ms: number
}

const CHUNK = Buffer.alloc(1024 * 1024, 0x20)

/** Sends a body until it is through or answered; status 0 when the connection ended without an answer. */
export function upload(
  url: string,
  headers: Readonly<Record<string, string | number>>,
  bytes: number
): Promise<Upload> {
  const began = performance.now()
  return new Promise((resolve) => {
    let sentBytes = 0
    let status = 0
    const call = request(url, { method: 'POST', headers, agent: false }, (response) => {
      status = response.statusCode ?? 0
      response.resume().on('end', () => call.destroy())
    })
    call.on('error', () => undefined)
    call.on('close', () => resolve({ status, sentBytes, ms: performance.now() - began }))
    const write = async (): Promise<void> => {
      while (sentBytes < bytes && status === 0 && !call.destroyed) {
        sentBytes += CHUNK.length
        if (!call.write(CHUNK)) await once(call, 'drain').catch(() => undefined)
      }
      if (status === 0) call.end()
    }
    void write()
  })
}

export interface Watched {
  readonly asked: number
  readonly answered: number
  readonly slowestMs: number
}

/** A client that asks something small on a new connection again and again until it is told to stop. */
export function watchOver(url: string, body: string): () => Promise<Watched> {
  let watching = true
  let asked = 0
  let answered = 0
  let slowestMs = 0
  const turns = async (): Promise<void> => {
    while (watching) {
      const began = performance.now()
      asked += 1
      if ((await askOnce(url, body)) === 200) answered += 1
      slowestMs = Math.max(slowestMs, performance.now() - began)
      await pause(100)
    }
  }
  const over = turns()
  return async () => {
    watching = false
    await over
    return { asked, answered, slowestMs }
  }
}

function askOnce(url: string, body: string): Promise<number> {
  return new Promise((resolve) => {
    const headers = { 'content-length': Buffer.byteLength(body) }
    const call = request(url, { method: 'POST', headers, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    })
    call.setTimeout(10_000, () => call.destroy())
    call.on('error', () => resolve(0))
    call.end(body)
  })
}
