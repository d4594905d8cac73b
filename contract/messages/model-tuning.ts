// How a model is run: what was set by hand, and what is in force.

import { z } from 'zod'

/** Body of `PUT /api/v1/models/{name}/tuning`; what is left out follows the load and the bundle. */
export const TuningSetting = z.strictObject({
  /** Executors on each device. */
  instances: z.number().int().min(1).max(64).optional(),
  /** Threads of one run on the CPU; without it the executors share the cores of the model. */
  threads: z.number().int().min(1).max(256).optional(),
  /** Most rows of a batch. */
  maxBatch: z.number().int().min(1).max(65_536).optional(),
  /** Longest wait for a batch to grow, ms; without it as long as waiting pays. */
  maxWaitMs: z.number().min(0).max(60_000).optional()
})
export type TuningSetting = z.infer<typeof TuningSetting>

export const ModelTuning = z.object({
  /** What was set, by hand or by the advisor. */
  set: TuningSetting,
  inForce: z.object({
    instances: z.number().int().positive(),
    threads: z.number().int().positive(),
    maxBatch: z.number().int().positive(),
    /** Null: as long as waiting pays. */
    maxWaitMs: z.number().nonnegative().nullable()
  })
})
export type ModelTuning = z.infer<typeof ModelTuning>
