// Analyses on request.

export { analysisOf, describeAnalyses } from './analysis-registry.ts'
export { JobIntake, sizeOf, type UploadPart } from './job-intake.ts'
export { type JobEvents, JobQueue } from './job-queue.ts'
