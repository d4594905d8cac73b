// Invented data for the kit's page.

import { html } from 'lit'
import type {
  Bar,
  ChartPoint,
  Column,
  ColumnBar,
  DotLine,
  HeatCell,
  HeatRow,
  NavGroup,
  RailSegment,
  Share,
  Square,
  Stack
} from '../index.ts'

export const choices = [
  { value: 'fp16', label: 'FP16' },
  { value: 'int8', label: 'INT8' }
]

export const tabs = [
  { id: 'finding', label: 'Finding' },
  { id: 'all', label: 'All', count: 37 },
  { id: 'history', label: 'History' }
]

export const ranges = [
  { id: '15m', label: '15 min' },
  { id: '8h', label: '8 h' },
  { id: '7d', label: '7 d' }
]

const START = Date.UTC(2026, 10, 24, 8)

export const points: readonly ChartPoint[] = Array.from({ length: 240 }, (_, index) => ({
  at: START + index * 15_000,
  value:
    index > 90 && index < 100
      ? null
      : 14 +
        Math.sin(index / 9) * 4 +
        Math.sin(index * 1.7) * 1.5 +
        (index > 200 ? index - 200 : 0),
  low: 8,
  high: 22
}))

export const counts = Array.from({ length: 60 }, (_, index) =>
  Math.round(40 + Math.sin(index) * 20 + (index > 40 && index < 44 ? 300 : 0))
)
export const unusual = counts.map((count) => (count > 200 ? count - 60 : 0))

export const bars: readonly Bar[] = [
  { label: 'INT8 on CPU', value: 64, low: 61, high: 67, text: '64 ± 3' },
  { label: 'FP16 on 1 GPU', value: 1131, low: 1110, high: 1152, text: '1,131 ± 21' },
  { label: 'FP16 on 2 GPUs', value: 1714, low: 1656, high: 1772, strong: true, text: '1,714 ± 58' },
  { label: 'Triton, 1 GPU', value: 1098, low: 1072, high: 1124, reference: true }
]

export const batches = ['1', '4', '8', '16', '32']

const heat = (row: string, values: readonly (number | string | null)[]): HeatRow['cells'] =>
  values.map((value, index): HeatCell | null => {
    if (value === null) return null
    const id = `${row}/${index}`
    return typeof value === 'string'
      ? { id, value: null, text: value }
      : { id, value, text: String(value), unsure: value === 20, strong: value === 1714 }
  })

const NO_FP16 = 'not offered: this processor has no FP16 arithmetic'

export const heatRows: readonly HeatRow[] = [
  { group: 'CPU', label: 'FP32', cells: heat('cpu32', [14, 18, 19, 20, 20]) },
  { group: 'CPU', label: 'FP16', cells: heat('cpu16', Array(5).fill(NO_FP16)) },
  { group: '2 GPUs', label: 'FP32', cells: heat('gpu32', [121, 421, 655, 789, null]) },
  { group: '2 GPUs', label: 'FP16', cells: heat('gpu16', [147, 611, 1190, 1618, 1714]) }
]

export const dotLines: readonly DotLine[] = [
  {
    label: '2 GPUs',
    dots: [147, 611, 1190, 1618, 1714].map((x, index) => ({
      id: `gpu16/${index}`,
      x,
      y: 6 + index ** 3 / 3
    }))
  },
  {
    label: 'CPU',
    dots: [14, 18, 19, 20].map((x, index) => ({ id: `cpu32/${index}`, x, y: 40 * (index + 1) }))
  }
]

export const stacks: readonly Stack[] = Array.from({ length: 24 }, (_, index) => ({
  base: 4 + ((index * 7) % 11),
  top: (index * 5) % 9,
  text: String(1 + ((index * 3) % 8))
}))

export const perHour: readonly ColumnBar[] = Array.from({ length: 24 }, (_, index) => ({
  at: START + index * 3_600_000,
  count: index === 20 ? 8 : (index * 7) % 4
}))

export const shares: readonly Share[] = [
  { label: '2.4.0', value: 33 },
  { label: '2.3.1', value: 361, strong: true },
  { label: '2.2.0', value: 18 }
]

export const segments: readonly RailSegment[] = [
  { label: 'Canary', total: 4, done: 4, failed: 0 },
  { label: '10 %', total: 37, done: 29, failed: 5, current: true },
  { label: 'All', total: 206, done: 0, failed: 0 }
]

const SQUARES = ['done', 'done', 'done', 'failed', 'active', 'waiting', 'offline', 'open'] as const

export const squares: readonly Square[] = SQUARES.map((state, index) => ({
  id: `fill-0${index}`,
  label: `fill-0${index}: ${state}`,
  state
}))

export interface Device {
  readonly name: string
  readonly state: 'normal' | 'stale' | 'p1'
  readonly word: string
  readonly temperature: number | null
}

export const devices: readonly Device[] = [
  { name: 'fill-03', state: 'normal', word: 'Online', temperature: 58 },
  { name: 'cap-09', state: 'normal', word: 'Online', temperature: 71 },
  { name: 'harbour-01', state: 'stale', word: 'Stale', temperature: null },
  { name: 'press-07', state: 'p1', word: 'Disk full', temperature: 55 }
]

export const columns: readonly Column<Device>[] = [
  { id: 'name', head: 'Device', kind: 'strong', value: ({ name }) => name },
  {
    id: 'state',
    head: 'State',
    value: ({ word }) => word,
    cell: ({ state, word }) => html`<ns-status kind=${state}>${word}</ns-status>`
  },
  {
    id: 'temperature',
    head: 'Temperature',
    kind: 'number',
    value: ({ temperature }) => temperature,
    cell: ({ temperature }) => (temperature === null ? '–' : `${temperature} °C`)
  }
]

export const groups: readonly NavGroup[] = [
  {
    label: 'Fleet',
    items: [
      { href: '#/', label: 'Overview', icon: 'overview' },
      { href: '#/devices', label: 'Devices', icon: 'chip', count: 412 },
      { href: '#/alerts', label: 'Alerts', icon: 'bell', count: 6 }
    ]
  },
  { label: 'Models', items: [{ href: '#/rollouts', label: 'Rollouts', count: 2 }] }
]
