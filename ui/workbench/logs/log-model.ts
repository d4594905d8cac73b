// One shape for what is shown of logs, made from a report or from the live watch: templates with counts,
// what is unusual, a timeline; and the filter without regular expressions. Pure.

import type { LogOverview, Report } from '../../api/index.ts'

export type LogsReport = Extract<Report, { kind: 'logs' }>
export type LogLevel = LogOverview['templates'][number]['level']
export type AnomalyKind = LogOverview['anomalies'][number]['kind']

export interface LogAnomalyRow {
  readonly kind: AnomalyKind
  readonly template: string
  /** Bin of the timeline; -1 when it lies before it. */
  readonly bin: number
  readonly score: number
  readonly reason: string
  /** Line numbers, when known. */
  readonly lines: readonly number[]
}

export interface LogRow {
  readonly id: string
  readonly template: string
  readonly level: LogLevel
  readonly count: number
  /** Kinds of what is unusual about it, without repetition. */
  readonly marks: readonly AnomalyKind[]
  /** Counts per bin; empty when only the sum is known. */
  readonly timeline: readonly number[]
  /** First and last bin in which it came. */
  readonly bins: readonly [number, number]
  readonly examples: readonly { readonly line: number; readonly text: string }[]
  /** Lines a minute now and as usual; null for a file. */
  readonly rate: { readonly now: number; readonly usual: number } | null
  readonly source: string
  readonly first: number
  readonly last: number
}

export interface LogModel {
  readonly live: boolean
  readonly rows: readonly LogRow[]
  /** The most unusual first. */
  readonly anomalies: readonly LogAnomalyRow[]
  readonly timeline: {
    readonly axis: 'time' | 'line'
    readonly from: number
    readonly binSize: number
    readonly lines: readonly number[]
    readonly unusual: readonly number[]
  }
}

function marksOf(anomalies: readonly LogAnomalyRow[]): ReadonlyMap<string, readonly AnomalyKind[]> {
  const marks = new Map<string, AnomalyKind[]>()
  for (const { template, kind } of anomalies) {
    const known = marks.get(template) ?? []
    if (!known.includes(kind)) marks.set(template, [...known, kind])
  }
  return marks
}

const byScore = (a: LogAnomalyRow, b: LogAnomalyRow): number => b.score - a.score

/** First letter large, a full stop at the end. */
const sentence = (text: string): string =>
  text === ''
    ? ''
    : `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`

/** What a report of log files shows. */
export function modelOfReport({ figures }: LogsReport): LogModel {
  const anomalies = figures.anomalies
    .map((anomaly) => ({ ...anomaly, reason: sentence(anomaly.reason) }))
    .toSorted(byScore)
  const marks = marksOf(anomalies)
  return {
    live: false,
    anomalies,
    timeline: figures.timeline,
    rows: figures.templates.map((template) => ({
      id: template.id,
      template: template.template,
      level: template.level,
      count: template.count,
      marks: marks.get(template.id) ?? [],
      timeline: template.timeline,
      bins: [
        template.timeline.findIndex((count) => count > 0),
        template.timeline.findLastIndex((count) => count > 0)
      ],
      examples: template.examples,
      rate: null,
      source: '',
      first: template.firstLine,
      last: template.lastLine
    }))
  }
}

/** Bins that the live timeline shows at least: a young watch starts at the right. */
const LEAST_BINS = 60

function padded({ from, binMs, lines, unusual }: LogOverview['timeline']): LogOverview['timeline'] {
  const missing = Math.max(0, LEAST_BINS - lines.length)
  const before = new Array<number>(missing).fill(0)
  return {
    binMs,
    from: from - missing * binMs,
    lines: [...before, ...lines],
    unusual: [...before, ...unusual]
  }
}

/** What the live watch shows. */
export function modelOfWatch({ templates, anomalies, timeline: short }: LogOverview): LogModel {
  const timeline = padded(short)
  const binOf = (at: number): number => Math.floor((at - timeline.from) / timeline.binMs)
  const rows = anomalies
    .map(({ kind, templateId, at, score, reason }) => ({
      kind,
      template: templateId,
      bin: Math.min(timeline.lines.length - 1, Math.max(-1, binOf(at))),
      score,
      reason: sentence(reason),
      lines: []
    }))
    .toSorted(byScore)
  const marks = marksOf(rows)
  return {
    live: true,
    anomalies: rows,
    timeline: { ...timeline, axis: 'time', binSize: timeline.binMs },
    rows: templates.map((template) => ({
      id: template.id,
      template: template.template,
      level: template.level,
      count: template.count,
      marks: marks.get(template.id) ?? [],
      timeline: [],
      bins: [binOf(template.firstSeenAt), binOf(template.lastSeenAt)],
      examples: [],
      rate: { now: template.ratePerMinute, usual: template.usualPerMinute },
      source: template.source,
      first: template.firstSeenAt,
      last: template.lastSeenAt
    }))
  }
}

export interface LogFilter {
  readonly words: string
  readonly level: LogLevel | 'severe' | ''
  readonly onlyUnusual: boolean
  readonly bin: number | null
}

export const NO_FILTER: LogFilter = { words: '', level: '', onlyUnusual: false, bin: null }

function inBin(row: LogRow, bin: number): boolean {
  if (row.timeline.length > 0) return (row.timeline[bin] ?? 0) > 0
  return row.bins[0] <= bin && row.bins[1] >= bin
}

function hasLevel(row: LogRow, level: LogFilter['level']): boolean {
  if (level === '') return true
  if (level === 'severe') return row.level === 'error' || row.level === 'fatal'
  return row.level === level
}

/** The templates that a filter leaves; every word must stand in the template or its examples. */
export function filterLog(
  { rows }: LogModel,
  { words, level, onlyUnusual, bin }: LogFilter
): readonly LogRow[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  return rows.filter((row) => {
    if (!hasLevel(row, level) || (onlyUnusual && row.marks.length === 0)) return false
    if (bin !== null && !inBin(row, bin)) return false
    if (wanted.length === 0) return true
    const text = [row.template, row.source, ...row.examples.map((example) => example.text)]
      .join(' ')
      .toLowerCase()
    return wanted.every((word) => text.includes(word))
  })
}

export interface MarkedPart {
  readonly text: string
  readonly kind: 'head' | 'fixed' | 'variable'
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** A line cut into its head (time, level, source), the fixed words of its template and the variable parts. */
export function markExample(template: string, line: string): readonly MarkedPart[] {
  const fixed = template.split('<*>')
  const pattern = fixed.map((part) => literal(part).replace(/ +/g, '\\s+')).join('(.*?)')
  const match = new RegExp(`^(.*?)(${pattern})\\s*$`).exec(line)
  if (!match || fixed.length === 0) return [{ text: line, kind: 'fixed' }]
  const parts: MarkedPart[] = [{ text: match[1] ?? '', kind: 'head' }]
  for (const [index, words] of fixed.entries()) {
    parts.push({ text: words, kind: 'fixed' })
    if (index < fixed.length - 1) parts.push({ text: match[index + 3] ?? '', kind: 'variable' })
  }
  return parts.filter(({ text }) => text !== '')
}
