// The public face of fleet/store.

export type { ChangeBus, Changes } from './changes.ts'
export type { EngineFile } from './engine-table.ts'
export type { ModelFile } from './model-table.ts'
export type { NewAudit } from './record-tables.ts'
export { RETENTION_DAYS } from './retention.ts'
export type { DeviceOfRollout } from './rollout-table.ts'
export { openSqliteStore } from './sqlite-store.ts'
export type { Store, StoreTables } from './store.ts'
export type { StreamKey, StreamState } from './stream-table.ts'
export type {
  AlarmRow,
  AnomalyRow,
  DeviceRow,
  EngineRow,
  LogMinuteRow,
  LogTemplateRow,
  ModelRow,
  ResultRow,
  RolloutDeviceRow,
  RolloutRow,
  TelemetryLastRow,
  TelemetryMinuteRow
} from './tables.ts'
