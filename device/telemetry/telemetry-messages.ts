// What the agent and its telemetry thread say to each other.

import type { MachineDescription } from './describe-machine.ts'
import type { TelemetrySample } from './sample.ts'

/** `sample`: read sensors until told to stop. `describe`: say what this machine is, then end. */
export interface TelemetryPlan {
  readonly task: 'sample' | 'describe'
}

export type FromTelemetry =
  | { readonly kind: 'sample'; readonly sample: TelemetrySample }
  | { readonly kind: 'description'; readonly description: MachineDescription }

export interface ToTelemetry {
  readonly kind: 'stop'
}
