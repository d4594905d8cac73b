// What the logs of all devices say together.

export { ConsoleLogs } from './logs-screen.ts'
