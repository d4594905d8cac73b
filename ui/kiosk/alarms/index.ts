// Public face of the alarms screen.

export { KioskAlarms } from './alarms-screen.ts'
