// Models and their versions.

export { ConsoleRegistry } from './registry-screen.ts'
