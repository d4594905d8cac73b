// Values of command-line options that several commands take.

import { InvalidArgumentError } from 'commander'

/** A TCP port, 0 for any free one. */
export function port(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535.')
  return value
}
