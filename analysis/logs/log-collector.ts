// Takes the lines of one log and keeps what a report needs: templates with counts, examples and a timeline
// of at most 120 bins. The bins widen by doubling, so memory stays the same however long the log is.

import type { LogLevel } from '../../contract/index.ts'
import { createLogMiner, type LogMiner, mergeStats } from './log-miner.ts'
import { MessageReader } from './message-reader.ts'
import type { LogShape, ShapeStats, TemplateInfo } from './shape-table.ts'

export const BINS = 120
/** Lines looked at before the header and the axis are decided. */
const HEAD_LINES = 1000
const EXAMPLES = 3
const EXAMPLE_LENGTH = 500
/** A jump ahead of more than this is a broken clock or a typing error, not time passing. */
const MAX_JUMP_MS = 400 * 86_400_000

/** One template with all it was seen to do. */
export interface CollectedTemplate extends TemplateInfo {
  readonly level: LogLevel
  readonly count: number
  readonly stats: ShapeStats
}

export interface Timeline {
  readonly axis: 'time' | 'line'
  readonly from: number
  readonly binSize: number
  /** Lines per bin, without the unused bins at the end. */
  readonly lines: readonly number[]
}

/**
 * @public
 */
export interface CollectedLog {
  readonly lines: number
  readonly templates: readonly CollectedTemplate[]
  readonly timeline: Timeline
  /** Lines of each template that a restored miner had seen before this log, and their sum. */
  readonly before: ReadonlyMap<string, number>
  readonly linesBefore: number
}

/**
 * Collects one log; `add` every line, then `finish`.
 * @public
 */
export class LogCollector {
  readonly miner: LogMiner
  readonly reader: MessageReader
  private readonly head: string[] = []
  private started = false
  private byTime = false
  private from = 1
  private binSize = 1
  private lastTime = 0
  private lines = 0
  private totals = new Uint32Array(BINS)

  constructor(miner = createLogMiner(), reader = new MessageReader()) {
    this.miner = miner
    this.reader = reader
  }

  add(line: string): void {
    if (this.started) this.take(line)
    else if (this.head.push(line) >= HEAD_LINES) this.start()
  }

  private start(): void {
    this.started = true
    this.reader.learn(this.head)
    let times = 0
    for (const line of this.head) {
      const { time } = this.reader.read(line)
      if (Number.isNaN(time)) continue
      if (times++ === 0) this.from = time
    }
    this.byTime = times * 2 > this.head.length && times > 1
    if (this.byTime) {
      this.binSize = 1000
      this.lastTime = this.from
    } else this.from = 1
    for (const line of this.head) this.take(line)
    this.head.length = 0
  }

  private take(line: string): void {
    const number = ++this.lines
    const message = this.reader.read(line, this.byTime)
    const bin = this.binOf(this.byTime ? this.clock(message.time) : number)
    this.totals[bin] = (this.totals[bin] ?? 0) + 1
    if (message.from >= message.text.length) return // a blank line has no template
    const shape = this.miner.add(message.text, message.from, message.level)
    note(shape, bin, { line: number, text: line })
  }

  private clock(time: number): number {
    if (time > this.lastTime && time - this.lastTime < MAX_JUMP_MS) this.lastTime = time
    return time >= this.from && time <= this.lastTime ? time : this.lastTime
  }

  private binOf(position: number): number {
    while (position - this.from >= this.binSize * BINS) this.widen()
    return Math.max(0, Math.floor((position - this.from) / this.binSize))
  }

  private widen(): void {
    this.binSize *= 2
    halve(this.totals)
    for (const shape of this.miner.shapes()) if (shape.stats) halve(shape.stats.bins)
  }

  /** Refines the templates and returns all that was collected, the most frequent first. */
  finish(): CollectedLog {
    if (!this.started) this.start()
    this.miner.refine()
    let used = BINS
    while (used > 1 && this.totals[used - 1] === 0) used--
    const timeline: Timeline = {
      axis: this.byTime ? 'time' : 'line',
      from: this.from,
      binSize: this.binSize,
      lines: [...this.totals.subarray(0, used)]
    }
    const before = countsBefore(this.miner.shapes())
    return {
      lines: this.lines,
      templates: collectTemplates(this.miner.shapes()),
      timeline,
      before,
      linesBefore: [...before.values()].reduce((a, b) => a + b, 0)
    }
  }
}

function note(
  shape: LogShape,
  bin: number,
  source: { readonly line: number; readonly text: string }
): void {
  const { line, text } = source
  const stats = shape.stats ?? {
    firstLine: line,
    lastLine: line,
    examples: [],
    peak: undefined,
    bins: new Uint32Array(BINS)
  }
  shape.stats = stats
  stats.lastLine = line
  const count = (stats.bins[bin] ?? 0) + 1
  stats.bins[bin] = count
  if (stats.examples.length < EXAMPLES) stats.examples.push({ line, text: ownCopy(text) })
  else if (count >= 8 && (count & (count - 1)) === 0 && count > (stats.peak?.count ?? 0)) {
    stats.peak = { line, text: ownCopy(text), count }
  }
}

/** A copy that does not keep the stretch of the file in memory from which the line was cut. */
function ownCopy(text: string): string {
  return text.slice(0, EXAMPLE_LENGTH).split(' ').join(' ')
}

function halve(bins: Uint32Array): void {
  for (let i = 0; i < BINS; i++) {
    bins[i] = i < BINS / 2 ? (bins[2 * i] ?? 0) + (bins[2 * i + 1] ?? 0) : 0
  }
}

function countsBefore(shapes: Iterable<LogShape>): Map<string, number> {
  const before = new Map<string, number>()
  for (const { template, count, stats } of shapes) {
    const earlier = count - (stats ? linesIn(stats) : 0)
    if (earlier > 0) before.set(template.id, (before.get(template.id) ?? 0) + earlier)
  }
  return before
}

function linesIn({ bins }: ShapeStats): number {
  let sum = 0
  for (const count of bins) sum += count
  return sum
}

function collectTemplates(shapes: Iterable<LogShape>): CollectedTemplate[] {
  const byId = new Map<
    string,
    { info: TemplateInfo; level: LogLevel; count: number; stats: ShapeStats }
  >()
  for (const { template, level, stats } of shapes) {
    if (!stats) continue
    const count = linesIn(stats)
    const known = byId.get(template.id)
    if (!known) byId.set(template.id, { info: template, level, count, stats })
    else {
      known.count += count
      known.stats = mergeStats(known.stats, stats) ?? stats
      if (known.level === 'unknown') known.level = level
    }
  }
  return [...byId.values()]
    .map(({ info, level, count, stats }) => ({ ...info, level, count, stats }))
    .sort((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1))
}
