// Public face of the detail screens.

export { KioskLogs } from './logs-screen.ts'
export { KioskSeries } from './series-screen.ts'
