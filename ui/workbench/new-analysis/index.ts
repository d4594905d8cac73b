// The screen that starts an analysis.

export { NewAnalysis } from './new-analysis.ts'
