// Clients that mean no good, for the benchmark of what they can hold: connections that say nothing or half of
// something, readers that do not read, bodies without end.

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
