// The public face of the contract: everything that device, fleet, user interface and factory agree on.

export * from './errors.ts'
export * from './messages/index.ts'
export * from './metric-names.ts'
export * from './report-kind.ts'
export * from './reports/index.ts'
export * from './topics.ts'
export * from './version.ts'
