// The words for a GPU that kiosk and workbench share: what holds its clock back, XID errors, memory, and which
// figure is worth a look. Pure.

import type { GpuReading } from '../api/index.ts'
import { formatBytes, formatNumber, formatValue, msg, str } from '../i18n/index.ts'

type Reason = GpuReading['throttle'][number]

/** Above these a figure is worth a look (the thresholds that NVIDIA's own tools warn at are board-specific). */
const WARM_C = 83
const FULL_SHARE = 0.95
/** What the driver calls one is a little more; boards are sold by the same figure. */
const MEGABYTE = 1e6

const REASONS: Readonly<Record<Reason, () => string>> = {
  thermal: () => msg('it is too hot'),
  power: () => msg('it is at its power limit'),
  'hardware-slowdown': () =>
    msg('the board protects itself: power supply, heat or an outside signal'),
  'sync-boost': () => msg('it waits for the slowest GPU of its group'),
  'application-clocks': () => msg('an administrator set the clock lower'),
  other: () => msg('for a reason that the driver does not name')
}

/** Reasons that a person set on purpose. */
const WANTED: ReadonlySet<Reason> = new Set(['sync-boost', 'application-clocks'])

/** Whether heat, power or the board take speed away against the wish of whoever set the machine up. */
export const isHeldBack = ({ throttle }: Pick<GpuReading, 'throttle'>): boolean =>
  throttle.some((reason) => !WANTED.has(reason))

/** A device lists a GPU with its memory: `NVIDIA H100, 81559 MiB`. */
const LISTED_MEMORY = /, (\d+) MiB$/

/** The name alone, as a benchmark has it. */
export const gpuName = (listed: string): string => listed.replace(LISTED_MEMORY, '')

/** The GPUs of a machine, equal ones counted: `8 × NVIDIA H100, 82 GB`; empty without any. */
export function gpuNames(listed: readonly string[]): string {
  const names = listed.map((name) =>
    name.replace(LISTED_MEMORY, (_, size) => `, ${formatBytes(Number(size) * MEGABYTE)}`)
  )
  const count = (name: string): number => names.filter((other) => other === name).length
  const words = [...new Set(names)].map((name) =>
    count(name) === 1 ? name : `${formatNumber(count(name))} × ${name}`
  )
  return words.join(', ')
}

/** `Slowed down: it is too hot, and it is at its power limit.` */
export function throttleWords({ throttle }: Pick<GpuReading, 'throttle'>): string {
  if (throttle.length === 0) return msg('Not slowed down.')
  const reasons = throttle.map((reason) => REASONS[reason]())
  return msg(str`Slowed down: ${reasons.join(msg(', and '))}.`)
}

/** What the commonest errors of the kernel log mean (NVIDIA, "XID errors"). */
const XID_WORDS: Readonly<Record<number, () => string>> = {
  13: () => msg('a program addressed memory that it may not'),
  31: () => msg('a program used memory that is not there'),
  43: () => msg('a program stopped by its own fault'),
  45: () => msg('work was ended, often after another error'),
  48: () => msg('a memory error that could not be corrected'),
  62: () => msg('the controller of the board stopped'),
  63: () => msg('memory rows are set aside after errors; restart when it suits'),
  64: () => msg('setting memory rows aside failed; restart'),
  74: () => msg('an error on NVLink'),
  79: () => msg('the GPU no longer answers on PCIe; check power and seat, then restart'),
  92: () => msg('many corrected memory errors'),
  94: () => msg('a contained memory error; the program that met it ended'),
  95: () => msg('an uncontained memory error; restart the machine'),
  119: () => msg('the firmware of the GPU did not answer in time')
}

/** `XID 63: memory rows are set aside …`; empty without one. */
export function xidWords({ xid }: Pick<GpuReading, 'xid'>): string {
  if (xid === null) return ''
  const known = XID_WORDS[xid]
  return known ? `XID ${xid}: ${known()}` : msg(str`XID ${xid}, see NVIDIA’s list of XID errors`)
}

/** `8.2 GB of 20 GB`. */
export function memoryWords({
  memoryUsedMb,
  memoryTotalMb
}: Pick<GpuReading, 'memoryUsedMb' | 'memoryTotalMb'>): string {
  if (memoryUsedMb === null) return '–'
  const used = formatBytes(memoryUsedMb * MEGABYTE)
  return memoryTotalMb === null
    ? used
    : `${used} ${msg('of')} ${formatBytes(memoryTotalMb * MEGABYTE)}`
}

/** Sentences about what is not as it should be, most urgent first; empty when all is well. */
export function gpuProblems(gpu: GpuReading): readonly string[] {
  const { eccUncorrected, temperatureC, memoryUsedMb, memoryTotalMb } = gpu
  const share = memoryUsedMb === null || !memoryTotalMb ? 0 : memoryUsedMb / memoryTotalMb
  const xid = xidWords(gpu)
  return [
    xid === '' ? '' : `${xid}.`,
    (eccUncorrected ?? 0) > 0 ? msg('Memory errors were not corrected.') : '',
    isHeldBack(gpu) ? throttleWords(gpu) : '',
    (temperatureC ?? 0) > WARM_C && !gpu.throttle.includes('thermal')
      ? msg(str`Hot: ${formatValue(temperatureC, '°C')}.`)
      : '',
    share > FULL_SHARE ? msg(str`Memory is nearly full: ${memoryWords(gpu)}.`) : ''
  ].filter(Boolean)
}
