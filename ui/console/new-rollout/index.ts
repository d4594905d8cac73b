// The form that starts a rollout.

export { ConsoleNewRollout } from './new-rollout-screen.ts'
