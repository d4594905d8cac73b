// The public face of the analyses: what an analysis is, and each of them.

export type * from './definition.ts'
export * from './logs/index.ts'
export * from './machines/index.ts'
export * from './report/index.ts'
export * from './text/index.ts'
