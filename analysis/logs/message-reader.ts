// Takes the message, level and time out of a line: plain text by its learned header, JSON lines and
// key=value lines by their message field. It learns from the first lines and needs no format to be named.

import type { LogLevel } from '../../contract/index.ts'
import { levelOf } from './header-elements.ts'
import {
  type HeaderLayout,
  type LineParts,
  learnHeader,
  NO_HEADER,
  readHeader
} from './header-layout.ts'
import { timestampValue } from './timestamp.ts'

/**
 * One line taken apart; the reader fills the same object again for every line.
 * @public
 */
export interface LogMessage {
  /** Holds the message from `from` to its end. */
  text: string
  from: number
  level: LogLevel
  /** Milliseconds since 1970, NaN when the line carries no time. */
  time: number
}

type Mode = 'text' | 'json' | 'pairs'

/**
 * What a reader learned, as plain data.
 * @public
 */
export interface ReaderState {
  readonly mode: Mode
  readonly layout: HeaderLayout
}

/** Line counts at which the layout is learned anew from the lines kept so far. */
const LEARN_AT = [1, 25, 100, 400]
const SAMPLE_LINES = 400
const MESSAGE_FIELDS = ['msg', 'message', 'log', 'event', 'text', 'MESSAGE', 'body']
const LEVEL_FIELDS = ['level', 'severity', 'lvl', 'loglevel', 'log.level', 'PRIORITY']
const TIME_FIELDS = ['time', 'timestamp', 'ts', '@timestamp', 'date', '__REALTIME_TIMESTAMP']
const PAIR_MESSAGE = /(?:^|\s)(?:msg|message)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/
const PAIR_LEVEL = /(?:^|\s)(?:level|lvl|severity)="?([A-Za-z]+)/
const PAIR_TIME = /(?:^|\s)(?:time|ts|timestamp)=(?:"([^"]*)"|(\S+))/
/** Share of the sample that must be JSON or pairs before all lines are read so. */
const MODE_SUPPORT = 0.8

/**
 * Reads the lines of one source.
 * @public
 */
export class MessageReader {
  private readonly sample: string[] = []
  private seen = 0
  private layout: HeaderLayout = NO_HEADER
  private mode: Mode = 'text'
  private readonly parts: LineParts = { message: 0, level: 'unknown', timeStart: 0, timeEnd: -1 }
  private readonly message: LogMessage = { text: '', from: 0, level: 'unknown', time: Number.NaN }

  /** Learns the layout from these lines at once; later lines do not change it. */
  learn(lines: readonly string[]): void {
    this.seen = Number.POSITIVE_INFINITY
    this.settle(lines)
  }

  /** What was learned, to survive a restart. */
  save(): ReaderState {
    return { mode: this.mode, layout: this.layout }
  }

  /** Takes over what an earlier run learned; nothing is learned any more. */
  load({ mode, layout }: ReaderState): void {
    this.mode = mode
    this.layout = layout
    this.seen = Number.POSITIVE_INFINITY
  }

  /** The parts of one line; the object is valid until the next call. `withTime` costs half a microsecond. */
  read(line: string, withTime = true): LogMessage {
    if (this.seen < SAMPLE_LINES) this.collect(line)
    if (this.mode === 'json' && line.charCodeAt(0) === 123 && this.readJson(line))
      return this.message
    if (this.mode === 'pairs' && this.readPairs(line)) return this.message
    const { parts, message } = this
    readHeader(this.layout, line, parts)
    message.text = line
    message.from = parts.message
    message.level = parts.level
    message.time =
      withTime && parts.timeEnd > 0
        ? timestampValue(line, parts.timeStart, parts.timeEnd)
        : Number.NaN
    return message
  }

  private collect(line: string): void {
    this.seen++
    if (line.trim() !== '') this.sample.push(line)
    if (LEARN_AT.includes(this.seen)) this.settle(this.sample)
    if (this.seen >= SAMPLE_LINES) this.sample.length = 0
  }

  private settle(lines: readonly string[]): void {
    const enough = MODE_SUPPORT * lines.length
    if (lines.length > 0 && lines.filter(isJsonMessage).length >= enough) this.mode = 'json'
    else if (lines.length > 0 && lines.filter((l) => PAIR_MESSAGE.test(l)).length >= enough)
      this.mode = 'pairs'
    else {
      this.mode = 'text'
      this.layout = learnHeader(lines)
    }
  }

  private readJson(line: string): boolean {
    const record = parseRecord(line)
    const text = record && field(record, MESSAGE_FIELDS)
    if (!record || typeof text !== 'string') return false
    const { message } = this
    message.text = text
    message.from = 0
    message.level = levelOfField(field(record, LEVEL_FIELDS))
    message.time = timeOfField(field(record, TIME_FIELDS))
    return true
  }

  private readPairs(line: string): boolean {
    const found = PAIR_MESSAGE.exec(line)
    if (!found) return false
    const { message } = this
    message.text = found[1]?.replaceAll('\\"', '"') ?? found[2] ?? ''
    message.from = 0
    message.level = levelOf(PAIR_LEVEL.exec(line)?.[1] ?? '') ?? 'unknown'
    const time = PAIR_TIME.exec(line)
    message.time = timeOfField(time?.[1] ?? time?.[2])
    return true
  }
}

function parseRecord(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

function isJsonMessage(line: string): boolean {
  if (line.charCodeAt(0) !== 123) return false
  const record = parseRecord(line)
  return record !== undefined && typeof field(record, MESSAGE_FIELDS) === 'string'
}

function field(record: Record<string, unknown>, names: readonly string[]): unknown {
  for (const name of names) if (record[name] !== undefined) return record[name]
  return undefined
}

/** Words, pino's numbers from 10 to 60, and syslog's priorities from 0 to 7. */
function levelOfField(value: unknown): LogLevel {
  if (typeof value === 'string' && !/^\d+$/.test(value)) return levelOf(value) ?? 'unknown'
  const number = value === undefined ? Number.NaN : Number(value)
  if (number >= 60) return 'fatal'
  if (number >= 10)
    return (
      (['debug', 'debug', 'info', 'warning', 'error'] as const)[Math.floor(number / 10) - 1] ??
      'error'
    )
  return (
    (['fatal', 'fatal', 'fatal', 'error', 'warning', 'info', 'info', 'debug'] as const)[number] ??
    'unknown'
  )
}

/** Seconds, milliseconds or microseconds since 1970, or a date in words. */
function timeOfField(value: unknown): number {
  if (value === undefined || value === null) return Number.NaN
  const number = Number(value)
  if (number > 1e15) return number / 1000
  if (number > 1e12) return number
  if (number > 1e9) return number * 1000
  const text = String(value)
  return timestampValue(text, 0, text.length)
}
