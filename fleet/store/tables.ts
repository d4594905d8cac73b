// The tables of the fleet as the query builder sees them; the migrations are the truth.

import type { Generated } from 'kysely'

/** One enrolled device; `session` is null until it first connects. */
export interface DeviceRow {
  id: string
  name: string
  enrolled_at: number
  last_seen_at: number | null
  session: string | null
  /** When the fleet learned that the connection was lost; null while it stands or before the first one. */
  offline_at: number | null
  /** JSON, contract Hello. */
  hello: string | null
  /** JSON, contract ReportedState. */
  reported: string | null
  /** Generation of the desired state; only ever rises. */
  gen: number
  /** JSON, list of contract DesiredModel. */
  desired: string
}

/** A one-time token, by its digest; used and late ones are forgotten after a week. */
export interface TokenRow {
  /** SHA-256 of the token, hexadecimal. */
  hash: string
  created_at: number
  expires_at: number
  used_at: number | null
  device: string | null
}

/** How far a stream has come; `upto` is what is acknowledged. */
export interface StreamRow {
  id: Generated<number>
  device: string
  stream: string
  epoch: string
  upto: number
  events: number
  rejected: number
  last_at: number
}

/** The number of an event that was counted; its contents are in the other tables. */
export interface EventRow {
  stream_id: number
  seq: number
  at: number
  received_at: number
}

/** One minute of a series of a device; `mean` is weighted by `count`. */
export interface TelemetryMinuteRow {
  device: string
  series: string
  minute: number
  count: number
  min: number
  max: number
  mean: number
}

/** The newest value of a series. */
export interface TelemetryLastRow {
  device: string
  series: string
  unit: string
  last: number
  score: number | null
  at: number
}

/** Lines of one template from one source of one device. */
export interface LogTemplateRow {
  device: string
  source: string
  template_id: string
  template: string
  level: string
  count: number
  first_at: number
  last_at: number
}

/** Lines of one device in one minute; `unusual` counts anomalies. */
export interface LogMinuteRow {
  device: string
  minute: number
  lines: number
  unusual: number
}

/** Something unusual in the logs of a device. */
export interface AnomalyRow {
  device: string
  id: string
  at: number
  /** JSON, contract LogAnomaly. */
  body: string
}

/** An alarm as it stands; `changed_at` decides which of two states is newer. */
export interface AlarmRow {
  device: string
  id: string
  priority: number
  raised_at: number
  cleared_at: number | null
  acknowledged_at: number | null
  changed_at: number
  /** JSON, contract Alarm. */
  body: string
}

/** The outcome of a job, without any of its content. */
export interface ResultRow {
  device: string
  job: string
  at: number
  kind: string
  state: string
  body: string
}

/** Who did what; `device` is null for what was done at the fleet itself. */
export interface AuditRow {
  id: Generated<number>
  at: number
  device: string | null
  actor: string
  action: string
  subject: string
  outcome: 'done' | 'refused' | 'failed'
  detail: string
}

/** One version of a model; never updated after it was written. */
export interface ModelRow {
  name: string
  version: string
  published_at: number
  size_bytes: number
  manifest_sha256: string
  signer: string
  /** JSON, contract ModelManifest. */
  manifest: string
  card: string
}

/** One file of a version; its contents are the blob of that digest. */
export interface ModelFileRow {
  name: string
  version: string
  path: string
  sha256: string
  size: number
}

/** One version to a set of devices; `sentence` is final once it has ended. */
export interface RolloutRow {
  id: string
  model: string
  version: string
  state: 'running' | 'finished' | 'failed'
  sentence: string
  created_at: number
  ended_at: number | null
}

/** How far one device is in one rollout; `gen` is the generation that asks it of the device. */
export interface RolloutDeviceRow {
  rollout: string
  device: string
  gen: number
  state: string
  progress: number
  code: string | null
  reason: string
  previous_version: string | null
  at: number
}

/** Something that happened in a rollout; `device` is null when it concerns all. */
export interface TimelineRow {
  id: Generated<number>
  rollout: string
  at: number
  device: string | null
  sentence: string
}

/** What a request under a key made; `request` tells a repetition from a mistake. */
export interface IdempotencyRow {
  key: string
  request: string
  rollout: string
  at: number
}

/** A shared engine, whole or on its way. */
export interface EngineRow {
  id: string
  /** Of the bytes that its builder signed. */
  statement_sha256: string
  model: string
  version: string
  model_sha256: string
  builder: string
  bytes: number
  state: 'receiving' | 'ready'
  offered_at: number
  touched_at: number
  used_at: number | null
  taken: number
  /** JSON, contract DeviceEnvelope. */
  envelope: string
}

export interface EngineFileRow {
  engine: string
  sha256: string
  size: number
}

/** An engine that did not do on a device. */
export interface EngineFaultRow {
  id: string
  statement_sha256: string
  device: string
  at: number
  code: string
  sentence: string
}

/** Table names as the database has them. */
export interface Tables {
  devices: DeviceRow
  enrolment_tokens: TokenRow
  streams: StreamRow
  events: EventRow
  telemetry_minutes: TelemetryMinuteRow
  telemetry_last: TelemetryLastRow
  log_templates: LogTemplateRow
  log_minutes: LogMinuteRow
  anomalies: AnomalyRow
  alarms: AlarmRow
  results: ResultRow
  audit: AuditRow
  models: ModelRow
  model_files: ModelFileRow
  engines: EngineRow
  engine_files: EngineFileRow
  engine_faults: EngineFaultRow
  rollouts: RolloutRow
  rollout_devices: RolloutDeviceRow
  rollout_timeline: TimelineRow
  idempotency_keys: IdempotencyRow
}
