// Saves what a detector learnt as plain JSON and brings it back, so that a restart does not start the
// learning anew. Values keep full precision, statistics of the past single precision: scores of a restored
// detector agree to about six digits. Bounded by the options of the detector.

import { z } from 'zod'
import { MEMBERS, type Member, SeriesDetector } from './series-detector.ts'

export const DetectorState = z.object({
  version: z.literal(1),
  options: z.object({
    history: z.number().int().positive(),
    learningRows: z.number().int().positive(),
    holdRows: z.number().int().positive()
  }),
  values: z.string(),
  means: z.string(),
  slow: z.string(),
  spread: z.string(),
  errors: z.string(),
  tails: z.record(z.string(), z.string()),
  band: z.object({
    level: z.number().nullable(),
    offset: z.number(),
    season: z.number().int().nonnegative(),
    plainError: z.number(),
    seasonError: z.number().nullable(),
    seen: z.number().int().nonnegative(),
    outliers: z.number().int().nonnegative()
  }),
  components: z.object({
    mean: z.number().nullable(),
    recent: z.array(z.number()),
    axes: z.array(z.array(z.number()))
  }),
  quietRows: z.number().int().nonnegative(),
  peak: z.number(),
  rows: z.number().int().nonnegative()
})
export type DetectorState = z.infer<typeof DetectorState>

/** Everything a detector knows, as JSON. */
export function saveDetector(detector: SeriesDetector): DetectorState {
  const tails: Record<string, string> = {}
  for (const member of Object.keys(MEMBERS) as Member[])
    tails[member] = encode(Float32Array.from(detector.tails[member].values()))
  return {
    version: 1,
    options: detector.options,
    values: encode(detector.near.pattern.values()),
    means: encode(detector.near.trend.values()),
    slow: encode(detector.slow.values()),
    spread: encode(Float32Array.from(detector.spread.values())),
    errors: encode(Float32Array.from(detector.band.errorValues())),
    tails,
    band: detector.band.toJSON(),
    components: detector.components.toJSON(),
    quietRows: detector.quietRows,
    peak: detector.peak,
    rows: detector.rows
  }
}

/** A detector that goes on where the saved one stopped. */
export function restoreDetector(state: DetectorState): SeriesDetector {
  const detector = new SeriesDetector(state.options)
  const values = decode64(state.values)
  detector.near.value.reset(values)
  detector.near.shape.reset(values)
  detector.near.pattern.reset(values)
  detector.near.trend.reset(decode64(state.means))
  for (const value of decode64(state.slow)) detector.slow.push(value)
  detector.spread.reset(decode32(state.spread))
  detector.band.reset(state.band, decode32(state.errors))
  detector.components.reset(state.components)
  for (const member of Object.keys(MEMBERS) as Member[])
    detector.tails[member].reset(decode32(state.tails[member] ?? ''))
  detector.quietRows = state.quietRows
  detector.peak = state.peak
  detector.rows = state.rows
  return detector
}

function encode(values: Float64Array | Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64')
}

function decode64(text: string): Float64Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  return new Float64Array(bytes.buffer, 0, Math.floor(bytes.length / 8))
}

function decode32(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  return new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4))
}
