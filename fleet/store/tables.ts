// The tables of the fleet as the query builder sees them; the migrations are the truth.

import type { Generated } from 'kysely'

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

export interface TokenRow {
  /** SHA-256 of the token, hexadecimal. */
  hash: string
  created_at: number
  expires_at: number
  used_at: number | null
  device: string | null
}

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

export interface EventRow {
  stream_id: number
  seq: number
  at: number
  received_at: number
}

export interface TelemetryMinuteRow {
  device: string
  series: string
  minute: number
  count: number
  min: number
  max: number
  mean: number
}

export interface TelemetryLastRow {
  device: string
  series: string
  unit: string
  last: number
  score: number | null
  at: number
}

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

export interface LogMinuteRow {
  device: string
  minute: number
  lines: number
  unusual: number
}

export interface AnomalyRow {
  device: string
  id: string
  at: number
  /** JSON, contract LogAnomaly. */
  body: string
}

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

export interface ResultRow {
  device: string
  job: string
  at: number
  kind: string
  state: string
  body: string
}

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

export interface ModelFileRow {
  name: string
  version: string
  path: string
  sha256: string
  size: number
}

export interface RolloutRow {
  id: string
  model: string
  version: string
  state: 'running' | 'finished' | 'failed'
  sentence: string
  created_at: number
  ended_at: number | null
}

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

export interface TimelineRow {
  id: Generated<number>
  rollout: string
  at: number
  device: string | null
  sentence: string
}

export interface IdempotencyRow {
  key: string
  request: string
  rollout: string
  at: number
}

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
  rollouts: RolloutRow
  rollout_devices: RolloutDeviceRow
  rollout_timeline: TimelineRow
  idempotency_keys: IdempotencyRow
}
