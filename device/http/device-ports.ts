// What the routes of the device need from the rest of the agent; appliance.ts plugs it together.

import type {
  Alarm,
  DeviceInfo,
  DeviceModels,
  GpuOverview,
  LogOverview,
  PrivacyStatus,
  SeriesHistory,
  TelemetrySnapshot
} from '../../contract/index.ts'
import type { JobIntake, JobQueue } from '../jobs/index.ts'
import type { AdvicePort } from './advice-routes.ts'
import type { BenchmarkPort } from './benchmark-routes.ts'
import type { ModelActs } from './model-routes.ts'
import type { RemoteActs } from './remote-routes.ts'

export interface DevicePorts {
  readonly device: () => DeviceInfo
  readonly telemetry: {
    snapshot(): TelemetrySnapshot
    /** Undefined when there is no such series. */
    history(name: string, windowS: number): Promise<SeriesHistory> | SeriesHistory | undefined
  }
  /** Asking has the GPUs read every second for a while. */
  readonly gpus: () => GpuOverview
  readonly benchmarks: BenchmarkPort
  readonly advisor: AdvicePort
  readonly logs: () => LogOverview
  readonly alarms: {
    list(): readonly Alarm[]
    /** @throws NearsideError NS_ALARM_UNKNOWN */
    acknowledge(id: string): Alarm
    shelve(id: string, reason: string, minutes: number): Alarm
  }
  readonly models: () => DeviceModels
  readonly modelActs: ModelActs
  readonly remoteActs: RemoteActs
  readonly privacy: () => Promise<PrivacyStatus>
  readonly jobs: JobQueue
  readonly intake: JobIntake
}
