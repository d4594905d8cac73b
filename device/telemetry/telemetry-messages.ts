// What the agent and its telemetry thread say to each other.

import type { MachineDescription } from './describe-machine.ts'
import type { GpuReport } from './gpu-report.ts'
import type { TelemetrySample } from './sample.ts'

/** `sample`: read sensors until told to stop. `describe`: say what this machine is, then end. */
export interface TelemetryPlan {
  readonly task: 'sample' | 'describe'
}

export type FromTelemetry =
  | { readonly kind: 'sample'; readonly sample: TelemetrySample }
  | { readonly kind: 'gpus'; readonly report: GpuReport }
  | { readonly kind: 'description'; readonly description: MachineDescription }

export type ToTelemetry =
  | { readonly kind: 'stop' }
  /** Read the GPUs every second, or at leisure. */
  | { readonly kind: 'gpu-pace'; readonly fast: boolean }
