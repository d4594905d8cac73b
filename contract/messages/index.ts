// Messages over MQTT and HTTP.

export * from './alarm.ts'
export * from './desired-state.ts'
export * from './device-http.ts'
export * from './enrolment.ts'
export * from './envelope.ts'
export * from './fleet-http.ts'
export * from './job.ts'
export * from './log-record.ts'
export * from './model-manifest.ts'
export * from './problem.ts'
export * from './rollout.ts'
export * from './telemetry.ts'
