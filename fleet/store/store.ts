// The fleet's memory as the rest of the fleet sees it: tables that can be asked, and transactions. Which
// database stands behind it is not visible here.

import type { DeviceTable } from './device-table.ts'
import type { EngineTable } from './engine-table.ts'
import type { LogTable } from './log-table.ts'
import type { ModelTable } from './model-table.ts'
import type { AlarmTable, AuditTable, ResultTable } from './record-tables.ts'
import type { RolloutTable } from './rollout-table.ts'
import type { StreamTable } from './stream-table.ts'
import type { TelemetryTable } from './telemetry-table.ts'

/** The same tables, whether inside a transaction or not. */
export interface StoreTables {
  readonly devices: DeviceTable
  readonly streams: StreamTable
  readonly telemetry: TelemetryTable
  readonly logs: LogTable
  readonly alarms: AlarmTable
  readonly results: ResultTable
  readonly audit: AuditTable
  readonly models: ModelTable
  readonly engines: EngineTable
  readonly rollouts: RolloutTable
}

export interface Store extends StoreTables {
  /**
   * Runs a function in one transaction: all that it wrote, durable, or nothing. Inside, only the tables that
   * it is given may be used; the store's own would wait for the transaction to end, for ever.
   */
  transaction<T>(run: (tables: StoreTables) => Promise<T>): Promise<T>
  /** Forgets what is older than its retention time. */
  prune(now: number): Promise<void>
  /** Bytes on disk. */
  sizeBytes(): number
  close(): Promise<void>
}
