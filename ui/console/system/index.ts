// Broker and store.

export { ConsoleSystem } from './system-screen.ts'
