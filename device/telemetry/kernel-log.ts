// XID errors of the NVIDIA driver in the kernel log: read from /dev/kmsg where that is permitted, else from
// the journal of the kernel. Knows nothing of what a number means.

import { closeSync, constants, openSync, readSync } from 'node:fs'
import { uptime } from 'node:os'
import type { Clock } from '../../kernel/clock.ts'
import { type ChildEnd, LineChild } from './line-child.ts'
import { busAddress } from './smi-fields.ts'

/** An error that the driver has written into the kernel log. */
export interface XidEvent {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Place on the bus, `0000:3b:00`. */
  readonly bus: string
  readonly xid: number
}

/** `NVRM: Xid (PCI:0000:3b:00): 79, pid=…`; older drivers leave `PCI:` out. */
const XID = /NVRM: Xid \((?:PCI:)?([0-9a-f:.]+)\): (\d+)/i
/** A record of /dev/kmsg: `priority,sequence,microseconds since start,flags;message`. */
const KMSG = /^\d+,\d+,(\d+),/
/** A line of `journalctl -o short-unix`: seconds since 1970 first. */
const JOURNAL = /^(\d+\.\d+) /
/** The kernel refuses a buffer that its longest record does not fit into. */
const RECORD_BYTES = 16_384
const RETRY_MS = 60_000

/**
 * The XID of one line of the kernel log; null when it holds none.
 * @param bootMs start of the machine, milliseconds since 1970; for lines of /dev/kmsg
 * @param nowMs time of a line that does not say its own
 */
export function parseXid(line: string, bootMs: number, nowMs: number): XidEvent | null {
  const [, place = '', number = ''] = XID.exec(line) ?? []
  const bus = busAddress(place)
  if (bus === null) return null
  const sinceBootUs = KMSG.exec(line)?.[1]
  const unixS = JOURNAL.exec(line)?.[1]
  const at =
    sinceBootUs !== undefined
      ? bootMs + Number(sinceBootUs) / 1000
      : unixS !== undefined
        ? Number(unixS) * 1000
        : nowMs
  return { at: Math.round(at), bus, xid: Number(number) }
}

interface KernelLogOptions {
  readonly clock: Clock
  readonly onXid: (event: XidEvent) => void
  /** Tests give a file of their own. */
  readonly kmsg?: string
  /** Program of the journal; tests give their own. */
  readonly journalctl?: string
}

/** Watches the kernel log; a machine that shows it to nobody costs nothing. */
export class KernelLog {
  readonly #options: KernelLogOptions
  #handle: number | undefined
  #journal: LineChild | undefined

  constructor(options: KernelLogOptions) {
    this.#options = options
  }

  start(): void {
    const { kmsg = '/dev/kmsg' } = this.#options
    try {
      this.#handle = openSync(kmsg, constants.O_RDONLY | constants.O_NONBLOCK)
      this.poll()
    } catch {
      this.#followJournal()
    }
  }

  /** How the journal ended; undefined where the kernel log itself is read. */
  get journalEnded(): Promise<ChildEnd> | undefined {
    return this.#journal?.ended
  }

  /** Reads what came since the last call; the journal tells by itself. */
  poll(): void {
    const handle = this.#handle
    if (handle === undefined) return
    const record = Buffer.alloc(RECORD_BYTES)
    for (;;) {
      const bytes = readRecord(handle, record)
      if (bytes === 'lost') continue
      if (bytes === 0) return
      for (const line of record.toString('utf8', 0, bytes).split('\n')) this.#take(line)
    }
  }

  stop(): void {
    if (this.#handle !== undefined) closeSync(this.#handle)
    this.#handle = undefined
    this.#journal?.stop()
  }

  #take(line: string): void {
    const { clock, onXid } = this.#options
    const now = clock.now()
    const event = parseXid(line, now - uptime() * 1000, now)
    if (event) onXid(event)
  }

  #followJournal(): void {
    this.#journal = new LineChild({
      clock: this.#options.clock,
      command: this.#options.journalctl ?? 'journalctl',
      args: () => ['-k', '-f', '-n', '2000', '-o', 'short-unix', '--no-pager'],
      onLine: (line) => this.#take(line),
      restartMs: (end) => (end === 'absent' ? null : RETRY_MS),
      silenceMs: () => 0
    })
    this.#journal.start()
  }
}

/** Bytes of the next record; 0 when there is none, `lost` when it was overwritten before it was read. */
function readRecord(handle: number, record: Buffer): number | 'lost' {
  try {
    return readSync(handle, record, 0, record.length, null)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPIPE' ? 'lost' : 0
  }
}
