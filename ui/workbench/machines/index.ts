// The result of a machine-data analysis.

export { MachineReportView } from './machine-report.ts'
