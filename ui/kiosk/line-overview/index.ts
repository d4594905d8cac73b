// Public face of the overview.

export { KioskOverview } from './overview-screen.ts'
