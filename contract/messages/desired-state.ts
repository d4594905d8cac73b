// What the fleet wants a device to run, and what the device says it runs. Both are states, not events:
// whatever was missed is repaired at the next hello.

import { z } from 'zod'
import { Timestamp } from './envelope.ts'
import {
  BundlePath,
  ModelName,
  ModelVersion,
  Precision,
  Rung,
  ServingRung,
  Sha256
} from './model-manifest.ts'

export const BundleFile = z.object({
  path: BundlePath,
  sha256: Sha256,
  size: z.number().int().nonnegative()
})
export type BundleFile = z.infer<typeof BundleFile>

export const DesiredModel = z.object({
  name: ModelName,
  version: ModelVersion,
  /** Digest of manifest.json. The device trusts the signature in manifest.sig, not this message. */
  manifestSha256: Sha256,
  /** Every file of the bundle, manifest.json and manifest.sig among them. */
  files: z.array(BundleFile).min(2),
  rollout: z.string()
})
export type DesiredModel = z.infer<typeof DesiredModel>

/** Body of `down/desired` (retained). A higher generation replaces a lower one at the next safe point. */
export const DesiredState = z.object({
  gen: z.number().int().nonnegative(),
  models: z.array(DesiredModel),
  /** Where blobs are fetched: `<blobs>/<sha256>`, with Range. */
  blobs: z.url()
})
export type DesiredState = z.infer<typeof DesiredState>

/** Steps of an install in order; the last four are final. */
export const INSTALL_STEPS = [
  'offered',
  'downloading',
  'verifying',
  'golden',
  'switching',
  'committed',
  'rejected',
  'failed',
  'superseded'
] as const
export const InstallStep = z.enum(INSTALL_STEPS)
export type InstallStep = z.infer<typeof InstallStep>

export const FINAL_STEPS: readonly InstallStep[] = ['committed', 'rejected', 'failed', 'superseded']

export const InstallReport = z.object({
  gen: z.number().int().nonnegative(),
  rollout: z.string(),
  model: ModelName,
  version: ModelVersion,
  step: InstallStep,
  /** 0 to 1 while downloading. */
  progress: z.number().min(0).max(1),
  /** Error code of a rejection or failure, else null. */
  code: z.string().nullable(),
  /** One sentence: why it stands where it stands. */
  reason: z.string(),
  at: Timestamp
})
export type InstallReport = z.infer<typeof InstallReport>

/** Longest reason of a refused rung that is told to the fleet, UTF-16 code units: the device has it whole. */
export const LONGEST_REFUSAL = 300

export const RunningModel = z.object({
  name: ModelName,
  version: ModelVersion,
  precision: Precision,
  rung: ServingRung,
  manifestSha256: Sha256,
  /** `builtin` ships with the device, `installed` came by a rollout. */
  origin: z.enum(['builtin', 'installed']),
  /** The rungs that do not run it here and why, best first; older devices do not say. */
  refused: z
    .array(z.object({ rung: Rung, code: z.string(), sentence: z.string().max(LONGEST_REFUSAL) }))
    .max(8)
    .optional()
})
export type RunningModel = z.infer<typeof RunningModel>

/** Body of `up/state` (retained). The Will sets `online` to false and leaves the rest out. */
export const ReportedState = z.object({
  online: z.literal(true),
  session: z.string(),
  gen: z.number().int().nonnegative(),
  models: z.array(RunningModel),
  installs: z.array(InstallReport),
  outbox: z.object({
    events: z.number().int(),
    bytes: z.number().int(),
    oldestAt: Timestamp.nullable()
  }),
  alarms: z.object({
    p1: z.number().int(),
    p2: z.number().int(),
    p3: z.number().int(),
    p4: z.number().int()
  }),
  disk: z.object({ freeBytes: z.number().nonnegative(), totalBytes: z.number().nonnegative() }),
  lastError: z.string().nullable()
})
export type ReportedState = z.infer<typeof ReportedState>

export const OfflineState = z.object({ online: z.literal(false), session: z.string() })
export const StateMessage = z.discriminatedUnion('online', [ReportedState, OfflineState])

/** Body of `up/hello`, sent once a connection. */
export const Hello = z.object({
  session: z.string(),
  name: z.string().min(1).max(80),
  version: z.string(),
  platform: z.string(),
  cpu: z.string(),
  cores: z.number().int().positive(),
  memoryBytes: z.number().positive(),
  gpus: z.array(z.string()),
  startedAt: Timestamp,
  /** Generation that the device has finished. */
  gen: z.number().int().nonnegative()
})
export type Hello = z.infer<typeof Hello>
