// The device's memory over restarts: the only SQL of the device.

export { AlarmStore } from './alarm-store.ts'
export { type AuditEntry, AuditStore } from './audit-store.ts'
export { type DeviceDatabase, openDeviceDatabase, openJobDatabase } from './device-database.ts'
export { InstallJournal } from './install-journal.ts'
export {
  type InputOutcome,
  type JobInputRow,
  type JobItem,
  JobStore,
  WIPED_NAME
} from './job-store.ts'
export { Outbox, type OutboxEvents } from './outbox.ts'
export type { OutboxRecord, StreamStats } from './outbox-table.ts'
export { plainSealer, type Sealer } from './seal.ts'
export { TelemetryHistory } from './telemetry-history.ts'
