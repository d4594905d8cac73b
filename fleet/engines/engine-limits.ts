// How much of engines the fleet keeps, and which ones go when there is too much: those that no device took or
// sent for longest. Pure.

import type { EngineRow } from '../store/index.ts'

export interface EngineLimits {
  /** Largest engine, bytes. */
  readonly maxBytes: number
  /** Engines of one model, over all versions, and their bytes. */
  readonly perModel: number
  readonly perModelBytes: number
  /** Bytes of all engines. */
  readonly totalBytes: number
}

/** Engines that a device may be in the middle of sending. */
export const MOST_UNFINISHED = 4
/** An engine that nobody took goes after so long, ms. */
const UNUSED_MS = 90 * 86_400_000
/** One that did not arrive in full goes after so long, ms. */
const UNFINISHED_MS = 7 * 86_400_000

type Counted = Pick<EngineRow, 'id' | 'model' | 'bytes' | 'builder' | 'state' | 'touched_at'>

/** Engines whose time is over at `now`. */
export function outdated(rows: readonly Counted[], now: number): string[] {
  return rows
    .filter(({ state, touched_at: at }) => {
      return now - at > (state === 'ready' ? UNUSED_MS : UNFINISHED_MS)
    })
    .map(({ id }) => id)
}

/**
 * Ids that go so that everything fits.
 * @param rows what was touched longest ago first
 * @param kept the one that has just come
 */
export function surplus(rows: readonly Counted[], kept: string, limits: EngineLimits): Set<string> {
  const gone = new Set<string>()
  const thin = (among: readonly Counted[], count: number, bytes: number): void => {
    const left = among.filter(({ id }) => !gone.has(id))
    let number = left.length
    let sum = left.reduce((total, row) => total + row.bytes, 0)
    for (const row of left) {
      if (number <= count && sum <= bytes) return
      if (row.id === kept) continue
      gone.add(row.id)
      number -= 1
      sum -= row.bytes
    }
  }
  const unfinished = rows.filter(({ state }) => state === 'receiving')
  for (const builder of new Set(rows.map((row) => row.builder)))
    thin(
      unfinished.filter((row) => row.builder === builder),
      MOST_UNFINISHED,
      Infinity
    )
  for (const model of new Set(rows.map((row) => row.model)))
    thin(
      rows.filter((row) => row.model === model),
      limits.perModel,
      limits.perModelBytes
    )
  thin(rows, Infinity, limits.totalBytes)
  return gone
}
