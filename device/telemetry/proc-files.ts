// Reads the counters of the Linux kernel in /proc. Text in, numbers out; no file is opened here.

const SECTOR_BYTES = 512 // fixed by the kernel for /proc/diskstats, whatever the disk
/** Whole disks; partitions, loop, ram and device-mapper entries would count the same bytes twice. */
const WHOLE_DISK = /^(?:sd[a-z]+|vd[a-z]+|xvd[a-z]+|hd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/
/** Interfaces that carry traffic of the machine itself or of its containers, not to the outside. */
const INNER_INTERFACE = /^(?:lo|docker|veth|br-|virbr|cni|flannel|cali|tap|dummy|tun)/

/** Busy and total processor time, in ticks, over all cores (`/proc/stat`). */
export function processorTicks(stat: string): { busy: number; total: number } | null {
  const line = stat.split('\n', 1)[0] ?? ''
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number)
  if (!line.startsWith('cpu ') || ticks.length < 4 || ticks.some(Number.isNaN)) return null
  const total = ticks.reduce((sum, tick) => sum + tick, 0)
  return { busy: total - (ticks[3] ?? 0) - (ticks[4] ?? 0), total }
}

/** Share of memory that is not available to programs, and of swap in use, % (`/proc/meminfo`). */
export function memoryShares(meminfo: string): { used: number | null; swap: number | null } {
  const kib = (name: string): number => {
    return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(meminfo)?.[1] ?? Number.NaN)
  }
  const share = (total: number, free: number): number | null =>
    total > 0 && free >= 0 ? (100 * (total - free)) / total : null
  return {
    used: share(kib('MemTotal'), kib('MemAvailable')),
    swap: share(kib('SwapTotal'), kib('SwapFree'))
  }
}

/** Bytes read and written by all whole disks (`/proc/diskstats`). */
export function diskBytes(diskstats: string): { read: number; written: number } {
  let read = 0
  let written = 0
  for (const line of diskstats.split('\n')) {
    const fields = line.trim().split(/\s+/)
    if (!WHOLE_DISK.test(fields[2] ?? '')) continue
    read += Number(fields[5]) * SECTOR_BYTES
    written += Number(fields[9]) * SECTOR_BYTES
  }
  return { read, written }
}

/** Bytes received and sent by all outer network interfaces (`/proc/net/dev`). */
export function networkBytes(dev: string): { received: number; sent: number } {
  let received = 0
  let sent = 0
  for (const line of dev.split('\n')) {
    const [name, counters] = line.split(':')
    if (counters === undefined || INNER_INTERFACE.test(name?.trim() ?? '')) continue
    const fields = counters.trim().split(/\s+/).map(Number)
    received += fields[0] ?? 0
    sent += fields[8] ?? 0
  }
  return { received, sent }
}

/** Tasks that run or wait for a processor, mean over the last minute (`/proc/loadavg`). */
export function runQueue(loadavg: string): number | null {
  const value = Number.parseFloat(loadavg)
  return Number.isNaN(value) ? null : value
}
