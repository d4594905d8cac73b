// The health of the device as lines: processor, memory, temperature, GPUs, disk, link, what waits to be sent,
// models. Grey when all is well; what is not says so with shape, word and sentence. Pure.

import type { DeviceInfo, DeviceModel, GpuOverview, SeriesReading } from '../../api/index.ts'
import type { StatusShape } from '../../elements/index.ts'
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatValue,
  formatWhen,
  msg,
  str
} from '../../i18n/index.ts'
import { fallWords, gpuProblems, memoryWords, rungWord } from '../../words/index.ts'
import type { DeviceState } from '../device-state.ts'
import { rangeWords, stateWords } from '../series-words.ts'

export interface HealthLine {
  readonly id: string
  readonly title: string
  readonly kind: StatusShape
  readonly word: string
  /** It needs a look. */
  readonly odd: boolean
  readonly value: string
  /** Second line: the normal range, or facts. */
  readonly detail: string
  /** What is wrong, and what to do about it; empty when all is well. */
  readonly sentence: string
  /** Where more of it is shown. */
  readonly href?: string
}

type Gpu = GpuOverview['gpus'][number]

const well = { kind: 'normal', word: '', odd: false, sentence: '' } as const

/** Series that are lines of their own, with their titles. */
const SERIES: readonly (readonly [string, () => string])[] = [
  ['cpu.load', () => msg('Processor')],
  ['memory.used', () => msg('Memory')],
  ['temperature.cpu', () => msg('Temperature')]
]

/** `11.8 %, normal 3.0–21.0`, or how old the value is. */
function oddWords(reading: SeriesReading, kind: StatusShape, now: number): string {
  const { value, unit, decimals, at } = reading
  if (kind === 'stale') {
    return at === null
      ? msg('No value yet.')
      : msg(str`No new value for ${formatDuration(now - at)}.`)
  }
  return kind === 'check' ? `${formatValue(value, unit, decimals)}, ${rangeWords(reading)}.` : ''
}

function seriesLine(reading: SeriesReading, title: string, now: number): HealthLine {
  const words = stateWords(reading, undefined, now)
  return {
    id: reading.name,
    title,
    kind: words.kind,
    word: words.kind === 'normal' ? '' : words.word,
    odd: words.kind === 'check' || words.kind === 'stale',
    value: formatValue(reading.value, reading.unit, reading.decimals),
    detail: rangeWords(reading),
    sentence: oddWords(reading, words.kind, now),
    href: `#/series/${encodeURIComponent(reading.name)}`
  }
}

/** Every GPU is one line; its second one says the reason when it is slowed down or ill. */
function gpuLine(gpu: Gpu, alone: boolean, series: readonly SeriesReading[]): HealthLine {
  const problems = gpuProblems(gpu)
  const facts = [
    gpu.unifiedMemory || gpu.memoryUsedMb === null ? '' : memoryWords(gpu),
    gpu.powerW === null ? '' : formatValue(gpu.powerW, 'W'),
    gpu.fanPercent === null ? '' : msg(str`fan ${formatValue(gpu.fanPercent, '%')}`),
    gpu.powerMode === null ? '' : msg(str`power mode ${gpu.powerMode}`)
  ].filter(Boolean)
  const load = series.find(({ name }) => name === `gpu.load:${gpu.index}`)
  return {
    id: `gpu ${gpu.index}`,
    title: alone ? msg('GPU') : `${msg('GPU')} ${gpu.index}`,
    kind: problems.length === 0 ? 'normal' : 'check',
    word: problems.length === 0 ? '' : msg('Needs a look'),
    odd: problems.length > 0,
    value: [formatValue(gpu.load, '%'), formatValue(gpu.temperatureC, '°C')]
      .filter((text) => text !== '–')
      .join(', '),
    detail: facts.join(', '),
    sentence: problems.join(' '),
    ...(load ? { href: `#/series/${encodeURIComponent(load.name)}` } : {})
  }
}

function gpuLines({ gpus, series }: DeviceState): readonly HealthLine[] {
  if (!gpus) return []
  if (gpus.gpus.length === 0) {
    return [{ ...well, id: 'gpu', title: msg('GPU'), value: msg('none'), detail: gpus.sentence }]
  }
  return gpus.gpus.map((gpu) => gpuLine(gpu, gpus.gpus.length === 1, series ?? []))
}

/** Less than this share of the disk free needs a look. */
const SCARCE = 0.1

function diskLine({ disk }: DeviceInfo): HealthLine {
  const scarce = disk.totalBytes > 0 && disk.freeBytes / disk.totalBytes < SCARCE
  return {
    id: 'disk',
    title: msg('Disk'),
    kind: scarce ? 'check' : 'normal',
    word: scarce ? msg('Nearly full') : '',
    odd: scarce,
    value: `${formatBytes(disk.freeBytes)} ${msg('free')}`,
    detail: `${msg('of')} ${formatBytes(disk.totalBytes)}`,
    sentence: scarce ? msg('Free some space, or old results and logs are dropped first.') : ''
  }
}

const LINKS = {
  none: { kind: 'normal', word: () => msg('No fleet') },
  connecting: { kind: 'running', word: () => msg('Connecting') },
  online: { kind: 'normal', word: () => msg('Connected') },
  offline: { kind: 'off', word: () => msg('No link') }
} as const

function linkLine({ link }: DeviceInfo, now: number): HealthLine {
  const { kind, word } = LINKS[link.state]
  const { events, bytes, oldestAt } = link.outbox
  const waiting =
    events === 0
      ? msg('nothing waits')
      : `${formatCount(events, msg('result waits'), msg('results wait'))}, ${formatBytes(bytes)}`
  const oldest = oldestAt === null ? '' : `, ${msg('oldest')} ${formatWhen(oldestAt, now)}`
  return {
    id: 'link',
    title: msg('Fleet'),
    kind,
    word: link.state === 'offline' ? msg('No link') : '',
    odd: link.state === 'offline',
    value: word(),
    detail: link.state === 'none' ? link.sentence : `${waiting}${oldest}`,
    sentence: link.state === 'offline' ? link.sentence : ''
  }
}

/** A model that failed or runs on a lower rung has its own line; the others share one. */
function modelLines(models: readonly DeviceModel[]): readonly HealthLine[] {
  const odd = models.flatMap((model): HealthLine[] => {
    const [failed, fall] = [model.state === 'failed', fallWords(model)]
    if (!failed && fall === '') return []
    return [
      {
        id: `model ${model.name}`,
        title: model.name,
        kind: failed ? 'failed' : 'check',
        word: failed ? msg('Failed') : msg('On a lower rung'),
        odd: true,
        value: failed
          ? ''
          : `${model.precision.toUpperCase()} ${msg('on')} ${rungWord(model.rung)}`,
        detail: failed ? msg('does not answer') : msg('answers, but slower'),
        sentence: [failed ? model.sentence : '', fall].filter(Boolean).join(' ')
      }
    ]
  })
  const others = models.length - odd.length
  if (others === 0) return odd
  const value = formatCount(others, msg('model'), msg('models'))
  const detail = msg('each on the best rung that works here')
  return [...odd, { ...well, id: 'models', title: msg('Models'), value, detail }]
}

/** All lines, in a fixed order. */
export function healthLines(state: DeviceState, now: number): readonly HealthLine[] {
  const { device, series, models } = state
  const readings = SERIES.flatMap(([name, title]) => {
    const found = (series ?? []).find((reading) => reading.name === name)
    return found && found.state !== 'unavailable' ? [seriesLine(found, title(), now)] : []
  })
  return [
    ...readings,
    ...gpuLines(state),
    ...(device ? [diskLine(device), linkLine(device, now)] : []),
    ...modelLines(models?.models ?? [])
  ]
}

/** The lines that need a look. */
export const oddLines = (lines: readonly HealthLine[]): readonly HealthLine[] =>
  lines.filter(({ odd }) => odd)

/** `All is well` or how many lines need a look; for the head of the list. */
export function healthSentence(lines: readonly HealthLine[]): string {
  const odd = oddLines(lines).length
  if (lines.length === 0) return msg('Nothing is known yet')
  return odd === 0
    ? msg('All is well')
    : formatCount(odd, msg('thing to look at'), msg('things to look at'))
}
