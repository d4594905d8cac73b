// A rollout: one version of a model to a set of devices. One wave for now; waves and gates build on this.

import { z } from 'zod'
import { DeviceId } from '../topics.ts'
import { InstallStep } from './desired-state.ts'
import { Timestamp } from './envelope.ts'
import { ModelName, ModelVersion } from './model-manifest.ts'

export const ROLLOUT_STATES = ['running', 'finished', 'failed'] as const
export const RolloutState = z.enum(ROLLOUT_STATES)

/** `pending`: not sent yet. `already`: ran this version before. The other names are those of installs. */
export const RolloutDeviceState = z.enum(['pending', 'sent', 'already', ...InstallStep.options])
export type RolloutDeviceState = z.infer<typeof RolloutDeviceState>

export const RolloutDevice = z.object({
  device: DeviceId,
  name: z.string(),
  state: RolloutDeviceState,
  progress: z.number().min(0).max(1),
  code: z.string().nullable(),
  /** One sentence at all times: why this device is where it is. */
  reason: z.string(),
  previousVersion: z.string().nullable(),
  at: Timestamp
})
export type RolloutDevice = z.infer<typeof RolloutDevice>

export const RolloutCounts = z.object({
  total: z.number().int(),
  done: z.number().int(),
  already: z.number().int(),
  active: z.number().int(),
  waiting: z.number().int(),
  failed: z.number().int()
})

export const Rollout = z.object({
  id: z.string(),
  model: ModelName,
  version: ModelVersion,
  state: RolloutState,
  sentence: z.string(),
  createdAt: Timestamp,
  endedAt: Timestamp.nullable(),
  counts: RolloutCounts
})
export type Rollout = z.infer<typeof Rollout>

export const RolloutDetail = Rollout.extend({
  devices: z.array(RolloutDevice),
  timeline: z.array(z.object({ at: Timestamp, device: DeviceId.nullable(), sentence: z.string() }))
})
export type RolloutDetail = z.infer<typeof RolloutDetail>

/** `POST /api/v1/rollouts`. Without `devices` every enrolled device takes part. */
export const RolloutRequest = z.object({
  model: ModelName,
  version: ModelVersion,
  devices: z.array(DeviceId).min(1).max(10_000).optional()
})
export type RolloutRequest = z.infer<typeof RolloutRequest>
