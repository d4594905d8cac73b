// The rollouts of the console: the list, and one rollout with its devices.

export { ConsoleRollout } from './rollout-screen.ts'
export { railSegment } from './rollout-words.ts'
export { ConsoleRollouts } from './rollouts-screen.ts'
