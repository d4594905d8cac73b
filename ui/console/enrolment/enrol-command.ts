// The command that a person runs on the device, safe to paste into a shell. Pure.

/** A word that a POSIX shell takes as it stands. */
const quoted = (word: string): string =>
  /^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

export interface EnrolCommand {
  /** Address of the fleet as this page was reached. */
  readonly fleet: string
  readonly token: string
  readonly name: string
}

/** Two commands: one to enrol, one to start. */
export function enrolCommand({ fleet, token, name }: EnrolCommand): string {
  const named = name.trim() === '' ? '' : ` --name ${quoted(name.trim())}`
  return `nearside enroll --fleet ${quoted(fleet)} --token ${quoted(token)}${named}\nnearside device`
}

/** Whether an address works on this machine only. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127\./.test(host)
