// How much memory the machine and one process have, from /proc (proc(5)); a machine without it knows nothing.

import { readFile } from 'node:fs/promises'

async function kibibytes(file: string, field: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  const value = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]
  return value === undefined ? undefined : Number(value) * 1024
}

/** Memory that a new program can have without swapping, bytes; undefined when it is not known. */
export function availableMemory(file = '/proc/meminfo'): Promise<number | undefined> {
  return kibibytes(file, 'MemAvailable')
}

/** Memory that a process holds now, bytes; undefined when it is gone. */
export function residentMemory(pid: number): Promise<number | undefined> {
  return kibibytes(`/proc/${pid}/status`, 'VmRSS')
}
