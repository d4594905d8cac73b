// Models, privacy, this device.

export { DeviceScreen } from './device-screen.ts'
export { ModelsScreen } from './models-screen.ts'
export { PrivacyScreen } from './privacy-screen.ts'
