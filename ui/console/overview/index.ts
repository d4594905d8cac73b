// The first page of the console.

export { ConsoleOverview } from './overview-screen.ts'
