// Public face of the charts of benchmarks and batches; only the workbench loads them.

export { type DotLine, NsDotLines } from './dot-lines.ts'
export { NsHeatGrid } from './heat-grid.ts'
export type { HeatCell, HeatRow } from './heat-rows.ts'
export { NsStacks, type Stack } from './stacks.ts'
