// Who did what.

export { ConsoleAudit } from './audit-screen.ts'
