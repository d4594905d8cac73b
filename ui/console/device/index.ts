// One device of the fleet.

export { ConsoleDevice } from './device-screen.ts'
