// Public face of the device screen.

export { KioskDevice } from './device-screen.ts'
export { healthLines, oddLines } from './health-lines.ts'
