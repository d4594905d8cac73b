// The public face of device/advisor: measuring settings, and what follows from the figures.

export type { Advisor } from './advisor.ts'
export { type Comparison, compareBenchmarks } from './benchmark-compare.ts'
export {
  type BenchmarkFile,
  benchmarkJson,
  readBenchmarkFile,
  writeBenchmarkFile
} from './benchmark-file.ts'
export type { GpuGauges } from './benchmark-gauges.ts'
export { gpuGauges } from './benchmark-gpus.ts'
export { benchmarkHtml } from './benchmark-html.ts'
export { benchmarkMarkdown } from './benchmark-markdown.ts'
export { locateBundle, locateNamed } from './benchmark-model.ts'
export { type BenchmarkPlan, completePlan, type PlanWishes } from './benchmark-plan.ts'
export { requireFigures, runBenchmark } from './benchmark-run.ts'
export { BenchmarkService } from './benchmark-service.ts'
export { traceSetting } from './benchmark-trace.ts'
export { type LocalBenchmark, openLocalBenchmark } from './local-benchmark.ts'
export { type OpenAdvisorOptions, openAdvisor } from './open-advisor.ts'
export { type OpenBenchmarksOptions, openBenchmarks } from './open-benchmarks.ts'
