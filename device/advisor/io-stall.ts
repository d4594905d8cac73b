// How much of the time everything on this machine waits for the disk, as the Linux kernel counts it (pressure
// stall information, Documentation/accounting/psi.rst). Null on systems that do not count it.

import { readFile } from 'node:fs/promises'

/** Share of the last ten seconds, %. */
export async function ioStallPercent(path = '/proc/pressure/io'): Promise<number | null> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const found = /^full avg10=(\d+(?:\.\d+)?)/m.exec(text)
  return found?.[1] === undefined ? null : Number(found[1])
}
