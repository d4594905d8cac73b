// Benchmarks of models on this machine; loaded when they are opened.

export { BenchmarkNewScreen } from './new-screen.ts'
export { BenchmarkRunScreen } from './run-screen.ts'
export { BenchmarkRunsScreen } from './runs-screen.ts'
