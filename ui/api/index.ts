// Public face of the doors to device and fleet, and of the contract's types for the screens.

export type * from '../../contract/index.ts'
export { deviceApi } from './device-api.ts'
export { fleetApi } from './fleet-api.ts'
export { deviceEvents, fleetEvents, LiveEvents, type StreamState } from './live-events.ts'
export { ApiError } from './request.ts'
export { type ModelTensors, runtimeApi } from './runtime-api.ts'
export type { Upload } from './upload.ts'
