// Public face of the screen that runs an analysis.

export { KioskRun } from './run-screen.ts'
