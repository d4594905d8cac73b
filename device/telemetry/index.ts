// The public face of telemetry: what this machine reads of itself.

export type { MachineDescription } from './describe-machine.ts'
export { GpuBoard } from './gpu-board.ts'
export type { GpuPressure } from './gpu-pressure.ts'
export type { GpuReport, GpuState } from './gpu-report.ts'
export { type ModelCounters, modelSeries } from './model-series.ts'
export { readGpuNames as readGpus } from './nvidia-smi.ts'
export type { SampleValue, TelemetrySample } from './sample.ts'
export { type HistoryPoint, SeriesRing, thinned } from './series-ring.ts'
export { describeMachine, TelemetrySource } from './telemetry-source.ts'
