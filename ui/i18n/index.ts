// Public face of the languages: texts, numbers, times.

export * from './format.ts'
export { locale, msg, str } from './localise.ts'
