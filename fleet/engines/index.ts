// The public face of fleet/engines.

export type { EngineLimits } from './engine-limits.ts'
export { SharedEngines, type SharedEnginesOptions } from './shared-engines.ts'
