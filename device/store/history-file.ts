// One telemetry series on disk in a file of fixed size: ten-second stretches of a day and minutes of thirty
// days, each in a ring whose slot follows from the time. What the points mean is the caller's business.

import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'

/** One point; null where a figure is missing. */
export interface HistoryRow {
  /** Milliseconds since 1970, whole seconds. */
  readonly at: number
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
  readonly score: number | null
}

export type HistoryLevel = 'stretch' | 'minute'

interface Ring {
  readonly periodMs: number
  readonly slots: number
  /** Where it begins in the file, bytes. */
  readonly offset: number
}

const MAGIC = 'nearside-history-1\n'
const HEADER_BYTES = 256
/** Time (s, 4 bytes), four single-precision figures, checksum of the twenty bytes before. */
const ROW_BYTES = 24
const DAY_SLOTS = 24 * 360
const MONTH_SLOTS = 30 * 24 * 60

const RINGS: Readonly<Record<HistoryLevel, Ring>> = {
  stretch: { periodMs: 10_000, slots: DAY_SLOTS, offset: HEADER_BYTES },
  minute: { periodMs: 60_000, slots: MONTH_SLOTS, offset: HEADER_BYTES + DAY_SLOTS * ROW_BYTES }
}

/** Most bytes that one series takes: 1.2 MiB; parts that were never written take none on most file systems. */
export const HISTORY_FILE_BYTES = HEADER_BYTES + (DAY_SLOTS + MONTH_SLOTS) * ROW_BYTES

/**
 * Writes points into their slots. It does not wait for the disk: a loss of power may cost the last points, and
 * a torn one fails its checksum and reads as a gap.
 * @throws the error of the file system
 */
export async function writeHistory(
  path: string,
  series: string,
  rows: Readonly<Record<HistoryLevel, readonly HistoryRow[]>>
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const handle = await open(path, 'r+').catch(() => open(path, 'w+', 0o600))
  try {
    await handle.write(header(series), 0, HEADER_BYTES, 0)
    for (const level of ['stretch', 'minute'] as const) {
      const ring = RINGS[level]
      for (const row of rows[level])
        await handle.write(
          encode(row),
          0,
          ROW_BYTES,
          ring.offset + slotOf(row.at, ring) * ROW_BYTES
        )
    }
  } finally {
    await handle.close()
  }
}

/** Points from a moment on until another, oldest first; empty when the file is missing or of another series. */
export async function readHistory(
  path: string,
  series: string,
  span: { readonly level: HistoryLevel; readonly from: number; readonly to: number }
): Promise<HistoryRow[]> {
  const ring = RINGS[span.level]
  const handle = await open(path, 'r').catch(() => undefined)
  if (!handle) return []
  try {
    const head = Buffer.alloc(HEADER_BYTES)
    await handle.read(head, 0, HEADER_BYTES, 0)
    if (!head.equals(header(series))) return []
    const rows: HistoryRow[] = []
    for (const part of runs(ring, span)) {
      const bytes = Buffer.alloc(part.count * ROW_BYTES)
      const { bytesRead } = await handle.read(
        ...[bytes, 0, bytes.length, ring.offset + part.first * ROW_BYTES]
      )
      for (let at = 0; at + ROW_BYTES <= bytesRead; at += ROW_BYTES) {
        const row = decode(bytes, at)
        // A slot that was not written this time round still holds a point of the round before.
        const here = part.period + at / ROW_BYTES
        if (
          row &&
          Math.floor(row.at / ring.periodMs) === here &&
          row.at >= span.from &&
          row.at <= span.to
        )
          rows.push(row)
      }
    }
    return rows
  } finally {
    await handle.close()
  }
}

/** The slots of a span in the order of time, as one run or two, each with the period that it begins with. */
function runs(
  ring: Ring,
  { from, to }: { readonly from: number; readonly to: number }
): { first: number; count: number; period: number }[] {
  const last = Math.floor(to / ring.periodMs)
  const begin = Math.max(Math.floor(from / ring.periodMs), last - ring.slots + 1)
  const count = last - begin + 1
  if (count <= 0) return []
  const first = begin % ring.slots
  const ahead = Math.min(count, ring.slots - first)
  return [
    { first, count: ahead, period: begin },
    { first: 0, count: count - ahead, period: begin + ahead }
  ].filter((part) => part.count > 0)
}

function slotOf(at: number, { periodMs, slots }: Ring): number {
  return Math.floor(at / periodMs) % slots
}

function header(series: string): Buffer {
  const head = Buffer.alloc(HEADER_BYTES)
  head.write(MAGIC + series)
  return head
}

function encode(row: HistoryRow): Buffer {
  const bytes = Buffer.alloc(ROW_BYTES)
  bytes.writeUInt32LE(Math.floor(row.at / 1000), 0)
  for (const [i, figure] of [row.value, row.low, row.high, row.score].entries())
    bytes.writeFloatLE(figure ?? Number.NaN, 4 + 4 * i)
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 20)), 20)
  return bytes
}

/** The row at a place; null for an empty slot and for one that was torn. */
function decode(bytes: Buffer, at: number): HistoryRow | null {
  if (bytes.readUInt32LE(at + 20) !== crc32(bytes.subarray(at, at + 20))) return null
  const [value = null, low = null, high = null, score = null] = [4, 8, 12, 16].map((offset) => {
    const figure = bytes.readFloatLE(at + offset)
    return Number.isNaN(figure) ? null : figure
  })
  return { at: bytes.readUInt32LE(at) * 1000, value, low, high, score }
}
