// Alarms of all devices.

export { ConsoleAlerts } from './alerts-screen.ts'
