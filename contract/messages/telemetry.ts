// Readings of a device about itself, with what the machine watch thinks of them.

import { z } from 'zod'
import { Timestamp } from './envelope.ts'

/**
 * What a series is doing. `learning`: too few samples for a band. `stale`: no value for more than two
 * periods. `unavailable`: this machine has no such sensor.
 */
export const SeriesState = z.enum(['learning', 'normal', 'abnormal', 'stale', 'unavailable'])
export type SeriesState = z.infer<typeof SeriesState>

/** A normal band: 98 % of the values of a healthy series fall inside. */
export const Band = z.object({ low: z.number(), high: z.number() })
export type Band = z.infer<typeof Band>

export const SERIES_GROUPS = [
  'cpu',
  'memory',
  'disk',
  'network',
  'temperature',
  'gpu',
  'nearside'
] as const

/** One series as it stands now. */
export const SeriesReading = z.object({
  /** Stable machine name, see metric-names.ts; several of a kind carry an index: `disk.used.share:/`. */
  name: z.string(),
  group: z.enum(SERIES_GROUPS),
  title: z.string(),
  /** Unit as shown: `%`, `MB/s`, `°C`, `W`. */
  unit: z.string(),
  /** Decimals to show. */
  decimals: z.number().int().min(0).max(3),
  value: z.number().nullable(),
  at: Timestamp.nullable(),
  /** Seconds between two samples of this series. */
  periodS: z.number().positive(),
  band: Band.nullable(),
  /** Anomaly score, 0 (usual) to 1 (never seen). */
  score: z.number().min(0).max(1).nullable(),
  state: SeriesState,
  /** Seconds until the band is known; only while learning. */
  learningLeftS: z.number().nonnegative().nullable().optional()
})
export type SeriesReading = z.infer<typeof SeriesReading>

/** `GET /api/v1/telemetry`, and the `telemetry` event of the stream. */
export const TelemetrySnapshot = z.object({ at: Timestamp, series: z.array(SeriesReading) })
export type TelemetrySnapshot = z.infer<typeof TelemetrySnapshot>

/** One point of a series' history: time, value, band, score. A missing value is a gap. */
export const SeriesPoint = z.object({
  at: Timestamp,
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  score: z.number().nullable()
})
export type SeriesPoint = z.infer<typeof SeriesPoint>

/** `GET /api/v1/telemetry/{name}?minutes=N` (default 15, at most 43200), thinned to at most 600 points. */
export const SeriesHistory = z.object({ series: SeriesReading, points: z.array(SeriesPoint) })
export type SeriesHistory = z.infer<typeof SeriesHistory>

/** Body of a record of the `telemetry` stream: one minute of a series, or part of one. */
export const TelemetryRecord = z.object({
  from: Timestamp,
  to: Timestamp,
  series: z.array(
    z.object({
      name: z.string(),
      unit: z.string(),
      count: z.number().int().positive(),
      min: z.number(),
      max: z.number(),
      mean: z.number(),
      last: z.number(),
      score: z.number().nullable()
    })
  )
})
export type TelemetryRecord = z.infer<typeof TelemetryRecord>
