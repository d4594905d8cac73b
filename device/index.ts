// The device agent.

export { type DeviceOptions, type RunningDevice, startDevice } from './appliance.ts'
export { type Check, examine } from './examination.ts'
export { examineLadder, type RungCheck } from './examine-ladder.ts'
export { enrol, loadIdentity } from './link/index.ts'
export { DeviceSettings, loadDeviceSettings } from './settings.ts'
