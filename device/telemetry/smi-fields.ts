// What is asked of nvidia-smi and how its lines read. A field that the driver does not know is left out or
// asked by its other name: nvidia-smi refuses a whole query for one unknown field. Starts no program.

import type { GpuReading } from '../../contract/index.ts'

/** A GPU as nvidia-smi shows it, with its place on the bus, by which the kernel log names it. */
export interface SmiRow {
  readonly reading: GpuReading
  /** `0000:3b:00`, lower case; null when the driver does not say. */
  readonly bus: string | null
}

/** What is asked, each with the names it has had, newest drivers knowing all of them (580, run on an H200). */
const FIELDS = {
  index: ['index'],
  uuid: ['uuid'],
  name: ['name'],
  driver: ['driver_version'],
  bus: ['pci.bus_id'],
  memoryTotal: ['memory.total'],
  memoryUsed: ['memory.used'],
  load: ['utilization.gpu'],
  memoryLoad: ['utilization.memory'],
  temperature: ['temperature.gpu'],
  memoryTemperature: ['temperature.memory'],
  power: ['power.draw'],
  powerLimit: ['power.limit'],
  clock: ['clocks.gr'],
  clockMax: ['clocks.max.gr'],
  memoryClock: ['clocks.mem'],
  fan: ['fan.speed'],
  pcieGeneration: ['pcie.link.gen.current'],
  pcieWidth: ['pcie.link.width.current'],
  throttle: ['clocks_throttle_reasons.active', 'clocks_event_reasons.active'],
  eccCorrected: ['ecc.errors.corrected.volatile.total'],
  eccUncorrected: ['ecc.errors.uncorrected.volatile.total']
} as const satisfies Record<string, readonly [string, ...string[]]>

type FieldKey = keyof typeof FIELDS
type Throttle = GpuReading['throttle'][number]

/** Bits of NVML's clocks event reasons; idle (bit 0) holds nothing back. */
const REASONS: readonly (readonly [bit: bigint, reason: Throttle])[] = [
  [0x2n, 'application-clocks'],
  [0x4n, 'power'],
  [0x8n, 'hardware-slowdown'],
  [0x10n, 'sync-boost'],
  [0x20n, 'thermal'],
  [0x40n, 'thermal'],
  [0x80n, 'power']
]
const IDLE = 0x1n
const NAMED = REASONS.reduce((mask, [bit]) => mask | bit, IDLE)

/** A figure of nvidia-smi; `[N/A]`, `[Not Supported]`, `[Unknown Error]` and the like are null, never NaN. */
export function smiNumber(text: string | undefined): number | null {
  const value = Number.parseFloat(text?.trim() ?? '')
  return Number.isFinite(value) ? value : null
}

/** A text of nvidia-smi; empty and bracketed ones are null. */
function smiText(text: string | undefined): string | null {
  const value = text?.trim() ?? ''
  return value === '' || value.startsWith('[') || value === 'N/A' ? null : value
}

/** Reasons for a lower clock from NVML's bit mask in hexadecimal; an unknown bit is `other`. */
export function throttleReasons(mask: string | undefined): Throttle[] {
  const text = mask?.trim() ?? ''
  if (!/^0x[0-9a-f]+$/i.test(text)) return []
  const bits = BigInt(text)
  const reasons = REASONS.filter(([bit]) => (bits & bit) !== 0n).map(([, reason]) => reason)
  if ((bits & ~NAMED) !== 0n) reasons.push('other')
  return [...new Set(reasons)]
}

/** `00000000:3B:00.0` and `PCI:0000:3b:00` as `0000:3b:00`; null when it is no such address. */
export function busAddress(text: string | null): string | null {
  const match = /([0-9a-f]{4,8}):([0-9a-f]{2}):([0-9a-f]{2})/i.exec(text ?? '')
  const [, domain = '', bus = '', device = ''] = match ?? []
  return match ? `${domain.slice(-4)}:${bus}:${device}`.toLowerCase() : null
}

/** Tegra shows itself in nvidia-smi, but without a single figure: its own files say more. */
export function isTegraRow({ reading }: SmiRow): boolean {
  return reading.memoryTotalMb === null && /nvgpu|tegra|orin|xavier|thor/i.test(reading.name)
}

/** The query as this driver takes it. */
export class SmiQuery {
  readonly #refused = new Set<string>()

  /** The value of `--query-gpu`. */
  get fields(): string {
    return this.#columns()
      .map(([, name]) => name)
      .join(',')
  }

  /**
   * Notes what a line of refusal says (`Field "x" is not a valid field to query.`).
   * @returns true when the query is different now and may be tried at once
   */
  refuse(line: string): boolean {
    const name = /^Field "([^"]+)" is not a valid field/.exec(line.trim())?.[1]
    const asked = this.#columns().some(([, field]) => field === name)
    if (name === undefined || !asked || name === FIELDS.index[0]) return false
    this.#refused.add(name)
    return true
  }

  /** The GPU of one line in CSV without header and units; null when it is no such line. */
  read(line: string, at: number): SmiRow | null {
    const columns = this.#columns()
    const cells = line.split(',')
    if (cells.length !== columns.length) return null
    const cell = new Map(columns.map(([key], i) => [key, cells[i]] as const))
    const index = smiNumber(cell.get('index'))
    if (index === null || !Number.isInteger(index) || index < 0) return null
    const number = (key: FieldKey): number | null => smiNumber(cell.get(key))
    const reading: GpuReading = {
      ...{ at, index, source: 'nvidia-smi', unifiedMemory: false },
      uuid: smiText(cell.get('uuid')) ?? `gpu-${index}`,
      name: smiText(cell.get('name')) ?? 'NVIDIA GPU',
      driver: smiText(cell.get('driver')),
      load: number('load'),
      memoryLoad: number('memoryLoad'),
      memoryTotalMb: number('memoryTotal'),
      memoryUsedMb: number('memoryUsed'),
      temperatureC: number('temperature'),
      memoryTemperatureC: number('memoryTemperature'),
      powerW: number('power'),
      powerLimitW: number('powerLimit'),
      clockMhz: number('clock'),
      clockMaxMhz: number('clockMax'),
      memoryClockMhz: number('memoryClock'),
      fanPercent: number('fan'),
      pcieGeneration: number('pcieGeneration'),
      pcieWidth: number('pcieWidth'),
      throttle: throttleReasons(cell.get('throttle')),
      eccCorrected: number('eccCorrected'),
      eccUncorrected: number('eccUncorrected'),
      ...{ xid: null, powerMode: null, processes: [] }
    }
    return { reading, bus: busAddress(smiText(cell.get('bus'))) }
  }

  #columns(): [FieldKey, string][] {
    return (Object.keys(FIELDS) as FieldKey[]).flatMap((key): [FieldKey, string][] => {
      const name = FIELDS[key].find((known) => !this.#refused.has(known))
      return name === undefined ? [] : [[key, name]]
    })
  }
}
