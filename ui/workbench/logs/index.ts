// Logs: the live watch of this device, and the result of a log analysis.

export { LogReportView } from './log-report.ts'
export { LogWatchScreen } from './log-watch.ts'
