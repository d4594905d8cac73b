// Where the state of a command lives: --home, else $NEARSIDE_HOME, else .nearside in the checkout.

import { resolve } from 'node:path'

const CHECKOUT = resolve(import.meta.dirname, '..')

/** The home folder as an absolute path; it need not exist yet. */
export function homeFolder(option: string | undefined): string {
  return resolve(option ?? (process.env['NEARSIDE_HOME'] || resolve(CHECKOUT, '.nearside')))
}
