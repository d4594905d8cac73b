// The list of jobs, and the lists of results of one kind.

export { JobRow } from './job-row.ts'
export { JobsScreen } from './jobs-screen.ts'
export { ResultsScreen } from './results-screen.ts'
