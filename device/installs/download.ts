// Brings one file of a bundle to the device, however often the link falls: it goes on where it stopped,
// also after a restart, and what arrives counts only when the digest of the whole is right.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type BundleFile, NearsideError } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { type ClientTls, dropPart, rangedGet } from './ranged-get.ts'

export interface DownloadOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Jitter; default Math.random. */
  readonly random?: () => number
  readonly tls?: ClientTls
  /** Headers that prove who asks, made anew for each attempt. */
  readonly headers?: () => Record<string, string>
  /** Attempts without a byte after which it gives up; default none. */
  readonly maxTries?: number
  /** Time without a byte that ends an attempt, ms; default one minute. */
  readonly stallMs?: number
  /** Bytes of this file that are here. */
  readonly onBytes?: (total: number) => void
  /** An attempt failed; the next one follows after the delay, ms. */
  readonly onRetry?: (error: NearsideError, delayMs: number) => void
}

const FIRST_DELAY_MS = 1000
const MAX_DELAY_MS = 60_000
const MISSING_TRIES = 3 // a blob may be published a moment after the rollout

/**
 * Fetches a blob to `target`; tries for ever while the fleet is away, unless told otherwise.
 * @param blobs address to which `/<sha256>` is added
 * @throws NearsideError NS_BUNDLE_DIGEST when the bytes are wrong twice, NS_BLOB_UNKNOWN, NS_INSTALL_SPACE
 */
export async function download(
  blobs: string,
  { file, target }: { readonly file: BundleFile; readonly target: string },
  options: DownloadOptions
): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 })
  if ((await digestOf(target)) === file.sha256) return
  await rm(target, { force: true })
  const part = `${target}.part`
  const get = {
    url: `${blobs.replace(/\/+$/, '')}/${file.sha256}`,
    part,
    size: file.size,
    clock: options.clock,
    signal: options.signal,
    stallMs: options.stallMs ?? 60_000,
    onBytes: options.onBytes ?? (() => undefined),
    ...(options.tls && { tls: options.tls }),
    ...(options.headers && { headers: options.headers })
  }
  for (let wrong = 0; wrong < 2; wrong += 1) {
    await untilComplete(get, options)
    if ((await digestOf(part)) === file.sha256) {
      await rename(part, target)
      await rm(`${part}.etag`, { force: true })
      await syncFolder(dirname(target))
      return
    }
    await dropPart(part) // a torn part is as likely as a wrong file: once more from the start
  }
  const sentence = `${file.path}: what the fleet sends differs from the digest in the rollout; publish the version again.`
  throw new NearsideError('NS_BUNDLE_DIGEST', sentence)
}

/** Attempts until the part has its size; the delay starts small again whenever bytes came. */
async function untilComplete(
  get: Parameters<typeof rangedGet>[0],
  options: DownloadOptions
): Promise<void> {
  const { random = Math.random, onRetry, signal, clock, maxTries = Infinity } = options
  let ceilingMs = FIRST_DELAY_MS
  let vain = 0
  let missing = 0
  for (;;) {
    let hasCome = false
    const onBytes = (total: number): void => {
      hasCome = true
      get.onBytes(total)
    }
    try {
      await rangedGet({ ...get, onBytes })
      return
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof NearsideError)) throw error
      if (error.code === 'NS_BUNDLE_DIGEST') {
        await dropPart(get.part)
        return // counted as a wrong file by the caller
      }
      if (error.code === 'NS_BLOB_UNKNOWN') missing += 1
      if (
        missing >= MISSING_TRIES ||
        !['NS_INSTALL_DOWNLOAD', 'NS_BLOB_UNKNOWN'].includes(error.code)
      )
        throw error
      vain = hasCome ? 0 : vain + 1
      if (vain >= maxTries) throw error
      if (hasCome) ceilingMs = FIRST_DELAY_MS
      const delayMs = Math.max(50, random() * ceilingMs)
      ceilingMs = Math.min(MAX_DELAY_MS, ceilingMs * 2)
      onRetry?.(error, delayMs)
      await pause(delayMs, clock, signal)
    }
  }
}

function pause(delayMs: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      cancel()
      reject(signal.reason as Error)
    }
    const cancel = clock.after(delayMs, () => {
      signal.removeEventListener('abort', abort)
      resolve()
    })
    signal.addEventListener('abort', abort, { once: true })
  })
}

/** SHA-256 of a file in hexadecimal digits; undefined when it cannot be read. */
export async function digestOf(path: string): Promise<string | undefined> {
  const hash = createHash('sha256')
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 256 * 1024 })) {
      hash.update(piece as Buffer)
    }
    return hash.digest('hex')
  } catch {
    return undefined
  }
}

/** Makes renames in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
