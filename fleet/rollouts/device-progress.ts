// How one device moves through a rollout: what its report makes of it, and the sentence that says why it is
// where it is. Pure.

import {
  FINAL_STEPS,
  type InstallReport,
  type ReportedState,
  type RolloutDeviceState
} from '../../contract/index.ts'
import type { Presence } from '../devices/index.ts'
import type { RolloutDeviceRow } from '../store/index.ts'

const FINAL = new Set<string>([...FINAL_STEPS, 'already'])

/** True when nothing more will happen to the device in this rollout. */
export const isFinal = (state: string): boolean => FINAL.has(state)

/** A device in a rollout, with what the rollout wants it to run. */
export type WantedRow = RolloutDeviceRow & { readonly model: string; readonly version: string }

/** The newest report of a device about one rollout. */
function reportOn(row: WantedRow, state: ReportedState): InstallReport | undefined {
  return state.installs
    .filter(({ rollout, model }) => rollout === row.rollout && model === row.model)
    .reduce<InstallReport | undefined>(
      (newest, report) => (newest && newest.at > report.at ? newest : report),
      undefined
    )
}

const runs = (row: WantedRow, state: ReportedState): boolean =>
  state.models.some(({ name, version }) => name === row.model && version === row.version)

/** What the row becomes by a reported state; undefined when nothing changes. A final state stays. */
export function advance(row: WantedRow, state: ReportedState, now: number): WantedRow | undefined {
  if (isFinal(row.state)) return undefined
  const report = reportOn(row, state)
  if (report) {
    const { step, progress, code, reason } = report
    const same = step === row.state && Math.round(progress * 100) === Math.round(row.progress * 100)
    if (same && reason === row.reason) return undefined
    return { ...row, state: step, progress, code, reason, at: now }
  }
  // The report was lost or forgotten, but the device has finished with this generation and runs the model.
  if (state.gen >= row.gen && runs(row, state)) {
    const reason = `Runs ${row.model} ${row.version}.`
    return { ...row, state: 'committed', progress: 1, code: null, reason, at: now }
  }
  if (row.state !== 'pending') return undefined
  return { ...row, state: 'sent', reason: 'Sent: waiting for the answer of the device.', at: now }
}

const ACTIVE_WORDS: Readonly<Record<string, string>> = {
  offered: 'before the download',
  downloading: 'while downloading',
  verifying: 'while checking the files',
  golden: 'while running the golden inputs',
  switching: 'while switching'
}

/** Why the device is where it is, now: an unfinished device that is away waits for its return. */
export function reasonNow(
  row: Pick<RolloutDeviceRow, 'state' | 'reason' | 'progress'>,
  { state, sentence }: Presence
): string {
  if (isFinal(row.state) || state === 'online' || state === 'stale') return row.reason
  if (state === 'never-seen') return 'Waiting: the device has never connected.'
  const since = sentence.replace(/^Offline since (.*)\.$/, '$1')
  const word = ACTIVE_WORDS[row.state]
  const share = row.state === 'downloading' ? ` (${Math.round(row.progress * 100)} %)` : ''
  const where = word ? ` It was last heard ${word}${share} and goes on when it is back.` : ''
  return `Waiting: the device has been offline since ${since}.${where}`
}

const SAID: Readonly<Record<RolloutDeviceState, string>> = {
  pending: 'waits for the device',
  sent: 'was sent',
  already: 'runs there already',
  offered: 'was taken up',
  downloading: 'is being downloaded',
  verifying: 'is being checked',
  golden: 'runs its golden inputs',
  switching: 'is being switched to',
  committed: 'is in use',
  rejected: 'was refused',
  failed: 'failed',
  superseded: 'was superseded'
}

/** The line of the timeline for a step. */
export function timelineSentence(name: string, row: WantedRow): string {
  const said = SAID[row.state as RolloutDeviceState] ?? row.state
  const why = isFinal(row.state) && row.reason ? ` ${row.reason}` : ''
  return `${name}: ${row.model} ${row.version} ${said}.${why}`
}
