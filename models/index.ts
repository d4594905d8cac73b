// The public face of models: the format of a model bundle, its signature and its golden check.

export * from './bundle/index.ts'
export * from './signing/index.ts'
