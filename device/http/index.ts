// The HTTP face of the device.

export type { DevicePorts } from './device-ports.ts'
export { createDeviceServer, type DeviceServer } from './serve.ts'
