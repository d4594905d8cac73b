// The public face of fleet/rollouts.

export { Rollouts, type RolloutsOptions } from './rollouts.ts'
