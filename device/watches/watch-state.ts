// Keeps what the machine watch learnt in one file, so that a restart does not start the learning anew. A file
// that is missing, damaged, of another version or too old is no fault: the watch learns again.

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { DetectorState } from '../../analysis/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'

const WatchState = z.object({
  version: z.literal(1),
  savedAt: z.number(),
  series: z.record(z.string(), DetectorState)
})

/** What a machine did a week ago says little about today. */
const OLDEST_MS = 7 * 24 * 3600_000

/** The saved detectors by series; empty when there is nothing usable. */
export async function loadWatchState(
  path: string,
  now: number
): Promise<Map<string, DetectorState>> {
  try {
    const state = WatchState.parse(JSON.parse(await readFile(path, 'utf8')))
    // A state from the future comes from a clock that was reset, as on boards without a battery: it counts.
    return now - state.savedAt > OLDEST_MS ? new Map() : new Map(Object.entries(state.series))
  } catch {
    return new Map()
  }
}

/** @throws NearsideError NS_STORAGE_FULL or NS_STORAGE_FAILED */
export async function saveWatchState(
  path: string,
  series: ReadonlyMap<string, DetectorState>,
  now: number
): Promise<void> {
  const state = { version: 1, savedAt: now, series: Object.fromEntries(series) }
  await writeFileAtomic(path, JSON.stringify(state))
}
