// What the device answers over HTTP besides telemetry, logs, alarms and jobs, and its event stream.

import { z } from 'zod'
import { DeviceId } from '../topics.ts'
import type { AdvisorOverview } from './advisor.ts'
import type { Alarm } from './alarm.ts'
import type { BenchmarkSummary } from './benchmark.ts'
import { InstallReport, RunningModel } from './desired-state.ts'
import { Timestamp } from './envelope.ts'
import type { GpuOverview } from './gpu.ts'
import { EngineBuild, RungStatus } from './inference.ts'
import type { Job } from './job.ts'
import { ModelAccuracy } from './model-manifest.ts'
import { RemoteModel } from './remote-model.ts'
import type { TelemetrySnapshot } from './telemetry.ts'

export const LinkStatus = z.object({
  /** `none`: this device belongs to no fleet. */
  state: z.enum(['none', 'connecting', 'online', 'offline']),
  since: Timestamp,
  fleet: z.string(),
  /** One sentence: what works and what waits. */
  sentence: z.string(),
  outbox: z.object({
    events: z.number().int(),
    bytes: z.number().int(),
    oldestAt: Timestamp.nullable()
  })
})
export type LinkStatus = z.infer<typeof LinkStatus>

/** `GET /api/v1/device`. */
export const DeviceInfo = z.object({
  id: DeviceId,
  name: z.string(),
  version: z.string(),
  startedAt: Timestamp,
  now: Timestamp,
  pid: z.number().int(),
  platform: z.string(),
  cpu: z.string(),
  cores: z.number().int(),
  memoryBytes: z.number(),
  gpus: z.array(z.string()),
  link: LinkStatus,
  jobs: z.object({ running: z.number().int(), waiting: z.number().int() }),
  alarms: z.object({ open: z.number().int(), unacknowledged: z.number().int() }),
  /** What is being watched, as start-up prints it. */
  watching: z.object({ series: z.number().int(), logs: z.array(z.string()) }),
  /** Sentences about potential problems, most urgent first; empty when all is well. */
  problems: z.array(z.object({ sentence: z.string(), href: z.string() })),
  disk: z.object({ freeBytes: z.number(), totalBytes: z.number() })
})
export type DeviceInfo = z.infer<typeof DeviceInfo>

/** `GET /api/v1/models`. */
export const DeviceModel = RunningModel.extend({
  task: z.string(),
  licence: z.string(),
  sizeBytes: z.number().int(),
  signer: z.string(),
  /** `cold` models are loaded at first use. */
  state: z.enum(['cold', 'loading', 'ready', 'failed']),
  sentence: z.string(),
  ladder: z.array(RungStatus),
  accuracy: z.array(ModelAccuracy),
  requests: z.number().int(),
  batches: z.number().int(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  previousVersion: z.string().nullable(),
  /** Only where an administrator has set another server for it. */
  remote: RemoteModel.optional()
})
export type DeviceModel = z.infer<typeof DeviceModel>

export const DeviceModels = z.object({
  models: z.array(DeviceModel),
  installs: z.array(InstallReport),
  /** Background builds of TensorRT engines, newest first. */
  builds: z.array(EngineBuild).default([])
})
export type DeviceModels = z.infer<typeof DeviceModels>

/** `GET /api/v1/privacy`. */
export const PrivacyStatus = z.object({
  statement: z.string(),
  /** What is stored now, until when. */
  stored: z.array(
    z.object({
      what: z.string(),
      items: z.number().int(),
      bytes: z.number().int(),
      until: z.string()
    })
  ),
  /** Every address that this device talks to. */
  connections: z.array(z.object({ to: z.string(), purpose: z.string() })),
  audit: z.array(
    z.object({
      at: Timestamp,
      action: z.string(),
      subject: z.string(),
      outcome: z.string(),
      detail: z.string()
    })
  )
})
export type PrivacyStatus = z.infer<typeof PrivacyStatus>

/** Events of `GET /api/v1/events` (SSE): the event name is the key, the data its JSON. */
export interface DeviceEvents {
  device: DeviceInfo
  telemetry: TelemetrySnapshot
  alarm: Alarm
  job: Job
  'job-removed': { id: string }
  /** The log overview changed; read it again. */
  logs: { at: number; lines: number; linesPerSecond: number; anomalies: number }
  models: DeviceModels
  /** New readings of the GPUs; only where there are any. */
  gpus: GpuOverview
  /** A benchmark began, went on (at most once a second) or ended. */
  benchmark: BenchmarkSummary
  'benchmark-removed': { id: string }
  /** New advice, a change that was applied, measured or taken back, or the continuous mode was switched. */
  advice: AdvisorOverview
}
