// Report of a machine-data analysis: every series with its band and score, and the events found in it.

import { z } from 'zod'
import { reportFields } from './envelope.ts'

export const SeriesResult = z.object({
  name: z.string(),
  rows: z.number().int().nonnegative(),
  missing: z.number().int().nonnegative(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  mean: z.number().nullable(),
  /** Highest score and its row. */
  peakScore: z.number().min(0).max(1),
  peakRow: z.number().int().nonnegative().nullable(),
  /** At most 600 points for the chart: row, value, low, high, score. */
  points: z.array(
    z.tuple([
      z.number().int(),
      z.number().nullable(),
      z.number().nullable(),
      z.number().nullable(),
      z.number().nullable()
    ])
  )
})
export type SeriesResult = z.infer<typeof SeriesResult>

export const MachineEvent = z.object({
  series: z.string(),
  fromRow: z.number().int().nonnegative(),
  toRow: z.number().int().nonnegative(),
  fromTime: z.string(),
  toTime: z.string(),
  score: z.number().min(0).max(1),
  /** One sentence with the figures. */
  reason: z.string()
})
export type MachineEvent = z.infer<typeof MachineEvent>

export const MachinesReport = z.object({
  ...reportFields,
  kind: z.literal('machines'),
  figures: z.object({
    rows: z.number().int().nonnegative(),
    durationMs: z.number().nonnegative(),
    timeColumn: z.string().nullable(),
    series: z.array(SeriesResult),
    events: z.array(MachineEvent)
  })
})
export type MachinesReport = z.infer<typeof MachinesReport>
