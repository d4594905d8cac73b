// One job: its progress, its files, its result.

export { JobScreen } from './job-screen.ts'
