// What the fleet answers over HTTP, and its event stream.

import { z } from 'zod'
import { DeviceId } from '../topics.ts'
import { Alarm } from './alarm.ts'
import { Hello, ReportedState } from './desired-state.ts'
import { Timestamp } from './envelope.ts'
import { LogAnomaly, LogLevel } from './log-record.ts'
import { ModelAccuracy, ModelVariant } from './model-manifest.ts'
import { Rollout, type RolloutDetail } from './rollout.ts'

/** `online`: connected and reporting. `stale`: connected, but silent for three intervals. */
export const DeviceState = z.enum(['online', 'stale', 'offline', 'never-seen'])

export const FleetDevice = z.object({
  id: DeviceId,
  name: z.string(),
  state: DeviceState,
  /** One sentence: why it is in that state. */
  sentence: z.string(),
  enrolledAt: Timestamp,
  lastSeenAt: Timestamp.nullable(),
  hello: Hello.nullable(),
  reported: ReportedState.nullable(),
  alarms: z.array(Alarm),
  events: z.number().int(),
  /** Last value of every series: name, unit, value, score. */
  telemetry: z.array(
    z.object({
      name: z.string(),
      unit: z.string(),
      last: z.number(),
      score: z.number().nullable(),
      at: Timestamp
    })
  )
})
export type FleetDevice = z.infer<typeof FleetDevice>

/** `GET /api/v1/devices/{id}/telemetry?series=NAME`: minutes, oldest first. */
export const FleetSeries = z.object({
  series: z.string(),
  unit: z.string(),
  points: z.array(z.object({ at: Timestamp, min: z.number(), mean: z.number(), max: z.number() }))
})
export type FleetSeries = z.infer<typeof FleetSeries>

/** One model version in the registry. */
export const RegistryModel = z.object({
  name: z.string(),
  version: z.string(),
  task: z.string(),
  licence: z.string(),
  publishedAt: Timestamp,
  sizeBytes: z.number().int(),
  manifestSha256: z.string(),
  /** Key id of the signature. The devices decide whether they trust it. */
  signer: z.string(),
  variants: z.array(ModelVariant),
  accuracy: z.array(ModelAccuracy),
  card: z.string(),
  /** Devices that run it now. */
  devices: z.number().int()
})
export type RegistryModel = z.infer<typeof RegistryModel>

export const AttentionItem = z.object({
  id: z.string(),
  priority: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
  title: z.string(),
  detail: z.string(),
  since: Timestamp,
  /** What to do next: label and place in the console. */
  action: z.object({ label: z.string(), href: z.string() })
})
export type AttentionItem = z.infer<typeof AttentionItem>

/** `GET /api/v1/overview`. */
export const FleetOverview = z.object({
  name: z.string(),
  version: z.string(),
  now: Timestamp,
  counts: z.object({
    devices: z.number().int(),
    online: z.number().int(),
    stale: z.number().int(),
    offline: z.number().int(),
    updating: z.number().int(),
    alarms: z.number().int()
  }),
  attention: z.array(AttentionItem),
  rollouts: z.array(Rollout),
  versions: z.array(
    z.object({
      model: z.string(),
      versions: z.array(z.object({ version: z.string(), devices: z.number().int() }))
    })
  ),
  alertsPerHour: z.array(z.object({ at: Timestamp, count: z.number().int() })),
  broker: z.object({
    state: z.enum(['well', 'failed']),
    kind: z.string(),
    clients: z.number().int(),
    denied: z.number().int(),
    sentence: z.string()
  }),
  store: z.object({
    state: z.enum(['well', 'failed']),
    bytes: z.number().int(),
    events: z.number().int(),
    eventsPerSecond: z.number()
  })
})
export type FleetOverview = z.infer<typeof FleetOverview>

/** One log template over all devices. */
export const FleetLogTemplate = z.object({
  template: z.string(),
  level: LogLevel,
  devices: z.number().int(),
  count: z.number().int(),
  firstSeenAt: Timestamp,
  lastSeenAt: Timestamp
})
export type FleetLogTemplate = z.infer<typeof FleetLogTemplate>

/** `GET /api/v1/logs`. */
export const FleetLogs = z.object({
  lines: z.number().int(),
  templates: z.array(FleetLogTemplate),
  anomalies: z.array(LogAnomaly.extend({ device: DeviceId, deviceName: z.string() })),
  timeline: z.object({
    from: Timestamp,
    binMs: z.number().int(),
    lines: z.array(z.number().int()),
    unusual: z.array(z.number().int())
  })
})
export type FleetLogs = z.infer<typeof FleetLogs>

/** One row of `GET /api/v1/alerts`. */
export const FleetAlert = Alarm.extend({ device: DeviceId, deviceName: z.string() })
export type FleetAlert = z.infer<typeof FleetAlert>

/** One row of `GET /api/v1/audit`. */
export const FleetAudit = z.object({
  at: Timestamp,
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  outcome: z.enum(['done', 'refused', 'failed']),
  detail: z.string()
})
export type FleetAudit = z.infer<typeof FleetAudit>

/** Events of `GET /api/v1/events` (SSE). */
export interface FleetEvents {
  overview: FleetOverview
  device: FleetDevice
  rollout: RolloutDetail
  alert: FleetAlert
  /** New log records came in; read the logs again. */
  logs: { at: number }
  models: { at: number }
}
