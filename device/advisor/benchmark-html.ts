// placeholder until the pictures are there
import type { BenchmarkReport } from '../../contract/index.ts'
import type { Comparison } from './benchmark-compare.ts'
/** @public */
export const benchmarkHtml = (report: BenchmarkReport, comparison?: Comparison): string =>
  JSON.stringify([report, comparison])
