// Lines in, templates with rates and anomalies out, for the live watch. Constant memory; knows neither files
// nor threads. What it judges: templates never seen, bursts, silence, rare error messages.

import { createLogMiner, type LogMiner, type MinerSnapshot } from '../../analysis/logs/log-miner.ts'
import { MessageReader, type ReaderState } from '../../analysis/logs/message-reader.ts'
import type { LogAnomaly, LogOverview, LogRecord, LogSource } from '../../contract/index.ts'
import { LogAnomalyLog } from './log-anomaly-log.ts'
import { type StoredTemplate, WatchedTemplate } from './watched-template.ts'

export interface MillState {
  readonly lines: number
  readonly readers: Readonly<Record<string, ReaderState>>
  readonly templates: readonly StoredTemplate[]
}

const BIN_MS = 10_000
const BINS = 120
const MOST_TEMPLATES = 10_000
const SHOWN_TEMPLATES = 500
/** Lines from which a header is learned at once; below, it is learned line by line. */
const LEARN_LINES = 20
const SAMPLE_LINES = 400

export class LogMill {
  readonly #miner: LogMiner = createLogMiner()
  readonly #readers = new Map<string, MessageReader>()
  readonly #templates = new Map<string, WatchedTemplate>()
  readonly #anomalies: LogAnomalyLog
  #fresh: WatchedTemplate[] = []
  #lines = 0
  #intervalLines = 0
  #intervalFrom: number
  #recordFrom: number
  #bins: number[] = [0]
  #unusual: number[] = [0]
  #perSecond = { at: 0, lines: 0, value: 0 }

  constructor(now: number) {
    this.#intervalFrom = now
    this.#recordFrom = now
    this.#anomalies = new LogAnomalyLog(now)
    this.#perSecond.at = now
  }

  /** Takes over what an earlier run learnt. */
  restore(miner: MinerSnapshot, { lines, readers, templates }: MillState): void {
    this.#miner.restore(miner)
    this.#lines = lines
    for (const [source, state] of Object.entries(readers)) {
      const reader = new MessageReader()
      reader.load(state)
      this.#readers.set(source, reader)
    }
    for (const stored of templates) this.#templates.set(stored.id, WatchedTemplate.load(stored))
    this.#anomalies.warm = true
  }

  save(): { miner: MinerSnapshot; mill: MillState } {
    const readers = Object.fromEntries(
      [...this.#readers].map(([source, reader]) => [source, reader.save()])
    )
    const templates = [...this.#templates.values()].map((template) => template.save())
    return { miner: this.#miner.snapshot(), mill: { lines: this.#lines, readers, templates } }
  }

  /** Counts the lines of one source; about three microseconds a line. */
  add(source: string, lines: readonly string[], now: number): void {
    const reader = this.#reader(source, lines)
    for (const line of lines) {
      this.#lines++
      this.#intervalLines++
      const { text, from, level } = reader.read(line, false)
      if (from >= text.length) continue
      const { template } = this.#miner.add(text, from, level)
      let watched = this.#templates.get(template.id)
      if (!watched) {
        watched = new WatchedTemplate({ id: template.id, text: template.text, source, at: now })
        this.#templates.set(template.id, watched)
        this.#fresh.push(watched)
      }
      watched.count++
      watched.now++
      watched.lastAt = now
      if (watched.level === 'unknown') watched.raise(level)
    }
  }

  #reader(source: string, lines: readonly string[]): MessageReader {
    const known = this.#readers.get(source)
    if (known) return known
    const reader = new MessageReader()
    if (lines.length >= LEARN_LINES) reader.learn(lines.slice(0, SAMPLE_LINES))
    this.#readers.set(source, reader)
    return reader
  }

  /** Refines, then judges what is new; with `interval` also the rates of the ten seconds that end now. */
  judge(now: number, interval: boolean): LogAnomaly[] {
    this.#rename(this.#miner.refine())
    const found = this.#anomalies.judgeFresh(
      this.#fresh.filter((template) => this.#templates.get(template.id) === template),
      { now, lines: this.#lines }
    )
    this.#fresh = []
    if (interval) {
      for (const template of this.#templates.values()) {
        const anomaly = this.#anomalies.judgeRate(template, now)
        if (anomaly) found.push(anomaly)
      }
    }
    for (const { templateId } of found) this.#markUnusual(this.#templates.get(templateId))
    if (interval) this.#evict()
    return found
  }

  #markUnusual(template: WatchedTemplate | undefined): void {
    const last = this.#unusual.length - 1
    const share = Math.min(this.#intervalLines, template?.now ?? 0)
    this.#unusual[last] = (this.#unusual[last] ?? 0) + share
  }

  /** Follows the miner when templates merge or get another text. */
  #rename(moved: ReadonlyMap<string, string>): void {
    if (moved.size === 0) return
    const texts = new Map<string, string>()
    for (const { template } of this.#miner.shapes()) texts.set(template.id, template.text)
    for (const [from, to] of moved) {
      const template = this.#templates.get(from)
      if (!template || texts.has(from)) continue
      this.#templates.delete(from)
      const other = this.#templates.get(to)
      if (other) other.absorb(template)
      else {
        template.rename(to, texts.get(to) ?? template.text)
        this.#templates.set(to, template)
      }
    }
  }

  #evict(): void {
    const over = this.#templates.size - MOST_TEMPLATES
    if (over <= 0) return
    const oldest = [...this.#templates.values()].sort((a, b) => a.lastAt - b.lastAt).slice(0, over)
    for (const { id } of oldest) this.#templates.delete(id)
  }

  /** The record of the interval that ends now; begins the next one. */
  takeRecord(now: number): LogRecord {
    const templates = [...this.#templates.values()]
      .filter((template) => template.now > 0)
      .sort((a, b) => b.now - a.now)
      .slice(0, SHOWN_TEMPLATES)
      .map(({ id, text, level, source, now: count }) => ({
        id,
        template: text,
        level,
        source,
        count
      }))
    const record = {
      from: this.#recordFrom,
      to: now,
      lines: this.#intervalLines,
      templates,
      anomalies: this.#anomalies.takeNew()
    }
    for (const template of this.#templates.values()) template.endInterval()
    this.#bins[this.#bins.length - 1] = this.#intervalLines
    this.#bins.push(0)
    this.#unusual.push(0)
    if (this.#bins.length > BINS) {
      this.#bins.shift()
      this.#unusual.shift()
    }
    this.#intervalLines = 0
    this.#intervalFrom = now
    this.#recordFrom = now
    return record
  }

  /** What is seen now: the 500 most frequent templates, the last 200 anomalies, 20 minutes of timeline. */
  overview(now: number, sources: readonly LogSource[]): LogOverview {
    const templates = [...this.#templates.values()]
      .sort((a, b) => b.count - a.count)
      .slice(0, SHOWN_TEMPLATES)
    this.#bins[this.#bins.length - 1] = this.#intervalLines
    return {
      at: now,
      sources: [...sources],
      lines: this.#lines,
      linesPerSecond: this.#linesPerSecond(now),
      templates: templates.map((template) => template.view()),
      anomalies: this.#anomalies.latest(),
      timeline: {
        from: this.#intervalFrom - (this.#bins.length - 1) * BIN_MS,
        binMs: BIN_MS,
        lines: [...this.#bins],
        unusual: [...this.#unusual]
      }
    }
  }

  #linesPerSecond(now: number): number {
    const { at, lines, value } = this.#perSecond
    if (now - at < 1000) return value
    const rate = Math.round(((this.#lines - lines) / (now - at)) * 10_000) / 10
    this.#perSecond = { at: now, lines: this.#lines, value: lines === 0 ? 0 : rate }
    return this.#perSecond.value
  }
}
