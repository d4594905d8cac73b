// All devices of the fleet.

export { ConsoleDevices } from './devices-screen.ts'
