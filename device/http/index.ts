// The HTTP face of the device.

export type { DevicePorts } from './device-ports.ts'
export type { GrpcOptions, GrpcServer } from './oip-grpc-server.ts'
export type { InferDoor } from './oip-infer-routes.ts'
export { type InferenceServing, type ServingLimits, servingLimits } from './oip-port.ts'
export { addOipRoutes, openGrpcDoor, openInferDoor } from './oip-routes.ts'
export type { RemoteActs } from './remote-routes.ts'
export { createDeviceServer, type DeviceServer } from './serve.ts'
