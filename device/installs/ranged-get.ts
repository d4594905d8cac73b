// One HTTP GET of the rest of a file into its `.part`, and what the answer means. It does not try again:
// that is download.ts's decision.

import { open, readFile, rm, stat } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { NearsideError } from '../../contract/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'
import type { Clock } from '../../kernel/clock.ts'

/** Certificates for a fleet that asks for them, PEM. */
export interface ClientTls {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

export interface RangedGet {
  readonly url: string
  /** File that grows; `<part>.etag` beside it holds what the server called its version. */
  readonly part: string
  /** Size of the whole file, bytes. */
  readonly size: number
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly tls?: ClientTls
  /** Headers that prove who asks, made anew for each attempt. */
  readonly headers?: () => Record<string, string>
  /** No byte for so long ends the attempt, ms. */
  readonly stallMs: number
  readonly onBytes: (total: number) => void
}

/**
 * Fetches what is missing; returns when the part has its full size.
 * @throws NearsideError NS_INSTALL_DOWNLOAD (try again), NS_BLOB_UNKNOWN (final), NS_BUNDLE_DIGEST (too many bytes)
 */
export async function rangedGet(get: RangedGet): Promise<void> {
  const offset = await partSize(get)
  if (offset === get.size) return
  const response = await respond(get, offset)
  const start = await startOf(response, get, offset)
  await append(response, get, start)
}

async function partSize({ part, size }: RangedGet): Promise<number> {
  const bytes = await stat(part).then(
    (known) => known.size,
    () => 0
  )
  if (bytes <= size) return bytes
  await dropPart(part)
  return 0
}

/** Removes a part and what is known about it. */
export async function dropPart(part: string): Promise<void> {
  await rm(part, { force: true })
  await rm(`${part}.etag`, { force: true })
}

async function respond(get: RangedGet, offset: number): Promise<IncomingMessage> {
  const etag = await readFile(`${get.part}.etag`, 'utf8').catch(() => '')
  const headers: Record<string, string> = { ...get.headers?.() }
  if (offset > 0) headers['range'] = `bytes=${offset}-`
  if (offset > 0 && etag !== '') headers['if-range'] = etag
  const send = get.url.startsWith('https:') ? httpsRequest : httpRequest
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const { signal, tls = {} } = get
    const request = send(get.url, { headers, signal, agent: false, ...tls }, resolve)
    const cancel = get.clock.after(get.stallMs, () => request.destroy(stalled()))
    request.on('error', reject)
    request.on('close', cancel)
    request.on('response', cancel)
    request.end()
  }).catch((error: unknown) => {
    throw asDownloadError(error, get.signal)
  })
  const sent = response.headers.etag
  if (sent !== undefined && !sent.startsWith('W/') && sent !== etag)
    await writeFileAtomic(`${get.part}.etag`, sent)
  return response
}

/** Where the body of an answer begins in the file. */
async function startOf(
  response: IncomingMessage,
  { part, size }: RangedGet,
  offset: number
): Promise<number> {
  const status = response.statusCode ?? 0
  if (status === 200) return 0
  if (status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers['content-range'] ?? '')
    const isFitting =
      Number(range?.[1]) === offset && (range?.[2] === '*' || Number(range?.[2]) === size)
    if (isFitting) return offset
  }
  response.destroy()
  if (status === 206 || status === 416) {
    await dropPart(part)
    throw new NearsideError(
      'NS_INSTALL_DOWNLOAD',
      'The fleet sent another part than was asked for.'
    )
  }
  if (status >= 500 || status === 408 || status === 429)
    throw new NearsideError('NS_INSTALL_DOWNLOAD', `The fleet answered with status ${status}.`)
  const sentence = `The fleet does not give out a file of the model (status ${status}); publish the version again.`
  throw new NearsideError('NS_BLOB_UNKNOWN', sentence)
}

async function append(response: IncomingMessage, get: RangedGet, start: number): Promise<void> {
  const handle = await open(get.part, start === 0 ? 'w' : 'r+', 0o600)
  let total = start
  const watch = (): (() => void) => get.clock.after(get.stallMs, () => response.destroy(stalled()))
  let cancel = watch()
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      cancel()
      cancel = watch()
      if (total + piece.length > get.size) throw tooMany()
      await handle.write(piece, 0, piece.length, total)
      total += piece.length
      get.onBytes(total)
    }
    await handle.datasync()
  } catch (error) {
    throw asDownloadError(error, get.signal)
  } finally {
    cancel()
    await handle.close()
  }
  if (total < get.size)
    throw new NearsideError('NS_INSTALL_DOWNLOAD', 'The connection to the fleet ended early.')
}

function tooMany(): NearsideError {
  return new NearsideError('NS_BUNDLE_DIGEST', 'A file of the model is longer than announced.')
}

function stalled(): Error {
  return Object.assign(new Error('no byte came'), { code: 'ESTALLED' })
}

const DISK_FULL = new Set(['ENOSPC', 'EDQUOT'])

function asDownloadError(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted || error instanceof NearsideError) return error
  const code = String((error as { code?: unknown }).code)
  if (DISK_FULL.has(code)) {
    const sentence = 'The disk filled up during the download; free some space and roll out again.'
    return new NearsideError('NS_INSTALL_SPACE', sentence, { cause: error })
  }
  const sentence =
    code === 'ESTALLED' ? 'The fleet sent nothing for a minute.' : 'The fleet cannot be reached.'
  return new NearsideError('NS_INSTALL_DOWNLOAD', sentence, { cause: error })
}
