// The public face of the machine-data analysis.

export { DetectorState, restoreDetector, saveDetector } from './detector-state.ts'
export { machinesAnalysis } from './machines-analysis.ts'
export { MachinesOptions } from './machines-options.ts'
export { type ScoreRow, scoreRows } from './score-rows.ts'
export { type DetectorOptions, SeriesDetector, type Verdict } from './series-detector.ts'
