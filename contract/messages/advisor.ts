// What the advisor found: where the time goes, the evidence, one recommended change, and what changes did.

import { z } from 'zod'
import { Timestamp } from './envelope.ts'

export const BOTTLENECKS = [
  'queue',
  'host-copy',
  'memory',
  'compute',
  'thermal',
  'power',
  'disk',
  'none'
] as const

/** A setting that the advisor may change while the device runs. */
export const TunableSetting = z.enum(['instances', 'max-batch', 'threads', 'max-wait-ms'])
export type TunableSetting = z.infer<typeof TunableSetting>

export const Recommendation = z.object({
  id: z.string(),
  model: z.string(),
  setting: TunableSetting,
  from: z.number(),
  to: z.number(),
  /** One sentence: what to change and why. */
  sentence: z.string(),
  /** Expected gain of throughput as a range, per cent. */
  gainLow: z.number(),
  gainHigh: z.number()
})
export type Recommendation = z.infer<typeof Recommendation>

export const Advice = z.object({
  at: Timestamp,
  model: z.string(),
  bottleneck: z.enum(BOTTLENECKS),
  /** One sentence that names it. */
  sentence: z.string(),
  /** Figures behind the sentence: name, value with unit, and the threshold it is compared with. */
  evidence: z.array(z.object({ name: z.string(), value: z.string(), threshold: z.string() })),
  recommendation: Recommendation.nullable()
})
export type Advice = z.infer<typeof Advice>

/** A change that was applied and measured. */
export const AppliedChange = z.object({
  at: Timestamp,
  model: z.string(),
  setting: TunableSetting,
  from: z.number(),
  to: z.number(),
  state: z.enum(['measuring-before', 'measuring-after', 'kept', 'reverted', 'failed']),
  /** Requests per second and p95, before and after. */
  before: z.object({ throughput: z.number(), p95Ms: z.number() }).nullable(),
  after: z.object({ throughput: z.number(), p95Ms: z.number() }).nullable(),
  sentence: z.string(),
  /** True when the continuous mode made it. */
  automatic: z.boolean()
})
export type AppliedChange = z.infer<typeof AppliedChange>

/** `GET /api/v1/advice`. */
export const AdvisorOverview = z.object({
  advice: z.array(Advice),
  changes: z.array(AppliedChange),
  /** Whether the continuous mode is on. */
  continuous: z.boolean()
})
export type AdvisorOverview = z.infer<typeof AdvisorOverview>
