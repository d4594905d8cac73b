// Puts what was found in a table of machine data into the report: series, events, findings, limits.

import type {
  Finding,
  MachineEvent,
  MachinesReport,
  SeriesResult,
  Severity
} from '../../contract/index.ts'
import type { AnalysisPorts } from '../definition.ts'
import type { FoundEvent } from './event-finder.ts'
import { eventSentence } from './event-sentence.ts'
import type { JudgedTable } from './judge-table.ts'
import type { SeriesSummary } from './series-summary.ts'

/** Events of the report, and findings with evidence, at most; the strongest are kept. */
const MOST_EVENTS = 200
const MOST_FINDINGS = 50
/** Rows before the first bands and scores mean something. */
const LEARNING_ROWS = 60

export interface JudgedRun {
  readonly table: JudgedTable
  readonly summaries: readonly SeriesSummary[]
  readonly rows: number
  readonly durationMs: number
}

interface NamedEvent extends FoundEvent {
  readonly series: string
}

/** The report of a finished run. */
export function machinesReport(run: JudgedRun, ports: AnalysisPorts): MachinesReport {
  const all = run.summaries.flatMap((summary, i) => {
    const series = run.table.series[i]?.name ?? ''
    return summary.events.found.map((event): NamedEvent => ({ ...event, series }))
  })
  const strongest = all.sort((a, b) => b.score - a.score || a.fromRow - b.fromRow)
  const kept = strongest.slice(0, MOST_EVENTS)
  return {
    kind: 'machines',
    version: 1,
    createdAt: ports.now(),
    device: ports.device,
    inputs: [...ports.inputs()],
    models: [],
    findings: kept.slice(0, MOST_FINDINGS).map(finding),
    limits: limits(run, strongest.length - kept.length),
    figures: {
      rows: run.rows,
      durationMs: run.durationMs,
      timeColumn: run.table.timeColumn,
      series: run.summaries.map((summary, i) => seriesResult(summary, run.table.series[i]?.name)),
      events: kept.map(machineEvent).sort((a, b) => a.fromRow - b.fromRow)
    }
  }
}

function machineEvent(event: NamedEvent): MachineEvent {
  const { series, fromRow, toRow, fromTime, toTime, score } = event
  return { series, fromRow, toRow, fromTime, toTime, score, reason: eventSentence(event) }
}

function finding(event: NamedEvent, index: number): Finding {
  const sample = { type: 'sample' as const, input: 0, series: event.series }
  return {
    id: `event-${index + 1}`,
    severity: severityOf(event),
    title: `${event.series}: unusual ${event.fromTime ? `from ${event.fromTime}` : `from row ${event.fromRow}`}`,
    text: eventSentence(event),
    evidence: [{ ...sample, row: event.peakRow, value: event.peakValue }],
    confidence: event.score
  }
}

/** By the score, which is worth the same in every series; far outside the band counts a step more. */
function severityOf({ score, peakValue, low, high }: FoundEvent): Severity {
  const width = low === null || high === null ? Number.POSITIVE_INFINITY : high - low
  const outside = Math.max(peakValue - (high ?? Infinity), (low ?? -Infinity) - peakValue)
  if (score >= 0.95) return outside > width ? 'high' : 'medium'
  return score >= 0.75 ? 'medium' : 'low'
}

function seriesResult(summary: SeriesSummary, name = ''): SeriesResult {
  const { rows, missing, min, max, peakScore, peakRow } = summary
  return {
    name,
    rows,
    missing,
    min,
    max,
    mean: summary.mean,
    peakScore,
    peakRow,
    points: summary.chart.points().map((p) => [p.row, p.value, p.low, p.high, p.score])
  }
}

function limits({ table, summaries, rows }: JudgedRun, unlisted: number): string[] {
  const said = [
    `The first ${LEARNING_ROWS} rows teach what is normal; faults within them are not reported.`
  ]
  if (rows < 4 * LEARNING_ROWS)
    said.push(`With ${rows} rows only gross changes can be told from normal variation.`)
  if (table.timeColumn === null)
    said.push('No column reads as time; rows are taken as evenly spaced.')
  if (table.otherColumns.length > 0)
    said.push(`Columns without numbers were left out: ${listed(table.otherColumns)}.`)
  const unreadable = table.series.filter((series) => series.unreadable > 0)
  if (unreadable.length > 0)
    said.push(
      `Cells with text in number columns count as missing: ${listed(unreadable.map((s) => `${s.name} (${s.unreadable})`))}.`
    )
  const empty = table.series.filter((_, i) => summaries[i]?.mean === null)
  if (empty.length > 0) said.push(`Columns without any value: ${listed(empty.map((s) => s.name))}.`)
  const dropped = summaries.reduce((sum, summary) => sum + summary.events.dropped, 0)
  if (unlisted + dropped > 0)
    said.push(
      `${unlisted + dropped} weaker events are not listed; raise the threshold to see fewer.`
    )
  return said
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ')
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown
}
