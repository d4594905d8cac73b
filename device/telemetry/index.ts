// The public face of telemetry: what this machine reads of itself.

export type { MachineDescription } from './describe-machine.ts'
export { readGpuNames as readGpus } from './nvidia-smi.ts'
export type { SampleValue, TelemetrySample } from './sample.ts'
export { type HistoryPoint, SeriesRing } from './series-ring.ts'
export { describeMachine, TelemetrySource } from './telemetry-source.ts'
