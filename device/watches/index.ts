// Analyses that never end: what they watch, and the alarms that come of it.

export { type AlarmChange, AlarmList } from './alarm-list.ts'
export { GpuAlarms } from './gpu-alarms.ts'
export { LogAlarms } from './log-alarms.ts'
export { LogWatch, type LogWatchOptions } from './log-watch.ts'
export type { LogWatchSource } from './log-watch-messages.ts'
export { MachineWatch } from './machine-watch.ts'
