// What the error numbers of the NVIDIA driver mean for the people beside the machine, and how urgent each is.
// After NVIDIA's "XID Errors" catalogue; a number that is not listed is told as it is.

import type { AlarmPriority } from '../../contract/index.ts'

interface XidWords {
  readonly priority: AlarmPriority
  readonly cause: string
  readonly action: string
  /** The machine has to be repaired or restarted: the alarm does not end by itself. */
  readonly lasting: boolean
}

const PROGRAM: XidWords = {
  priority: 3,
  cause: 'A program on the GPU failed; rarely the GPU itself does.',
  action: 'Look which model ran at that time; if other models fail as well, restart the machine.',
  lasting: false
}
const MEMORY: XidWords = {
  priority: 1,
  cause: 'The memory of the GPU has an error that could not be corrected.',
  action:
    'Stop the models on this GPU and restart the machine; have the GPU replaced if it comes again.',
  lasting: true
}
const REPAIRED: XidWords = {
  priority: 3,
  cause: 'The GPU has put spare memory in the place of a faulty row.',
  action: 'Restart the machine in the next pause; have the GPU replaced if it comes often.',
  lasting: true
}
const FIRMWARE: XidWords = {
  priority: 2,
  cause: 'The firmware of the GPU does not answer, or the driver and the GPU disagree.',
  action: 'Restart the machine; update the driver if it comes again.',
  lasting: true
}
const LINK: XidWords = {
  priority: 2,
  cause: 'The connection between GPUs has errors.',
  action: 'Restart the machine; have the bridge or the board checked if it comes again.',
  lasting: true
}
const FALLEN: XidWords = {
  priority: 1,
  cause: 'The GPU does not answer on its bus: power, heat, its slot or the GPU itself.',
  action:
    'Shut the machine down, check power cable, slot and cooling of the GPU, and start it again.',
  lasting: true
}
const POWER: XidWords = {
  priority: 2,
  cause: 'The GPU does not get the power that it needs.',
  action: 'Check the power supply and its cables.',
  lasting: true
}

const WORDS: ReadonlyMap<number, XidWords> = new Map([
  ...[13, 31, 43, 45].map((xid) => [xid, PROGRAM] as const),
  ...[48, 64, 94, 95].map((xid) => [xid, MEMORY] as const),
  ...[63, 92].map((xid) => [xid, REPAIRED] as const),
  ...[61, 62, 109, 119, 120].map((xid) => [xid, FIRMWARE] as const),
  [54, POWER],
  [74, LINK],
  [79, FALLEN]
])

/** Words for an error number. */
export function xidWords(xid: number): XidWords {
  return (
    WORDS.get(xid) ?? {
      priority: 3,
      cause: `The driver reports error ${xid}, which NVIDIA's list of XID errors explains.`,
      action: 'Look the number up in that list; restart the machine if models fail.',
      lasting: false
    }
  )
}
