// Reports of analyses.

export * from './any-report.ts'
export * from './envelope.ts'
export * from './logs.ts'
export * from './machines.ts'
export * from './text.ts'
