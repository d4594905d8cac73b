// The analysis of kind `logs`: lines in, progress on the way, one report at the end. Pure; it never opens a
// file and uses no model.

import { z } from 'zod'
import { type Finding, LogsReport } from '../../contract/index.ts'
import type { AnalysisDefinition, AnalysisPorts, AnalysisStep, RunRequest } from '../definition.ts'
import { findAnomalies, type LogAnomalyResult, unusualPerBin } from './find-anomalies.ts'
import { type CollectedLog, type CollectedTemplate, LogCollector } from './log-collector.ts'
import { levelFromWords, severityScore } from './severity-words.ts'

/**
 * @public
 */
export const LogsOptions = z.object({
  maxTemplates: z
    .number()
    .int()
    .min(10)
    .max(5000)
    .default(500)
    .meta({ title: 'Templates in the report', description: 'The most frequent ones are kept.' }),
  maxFindings: z
    .number()
    .int()
    .min(1)
    .max(200)
    .default(20)
    .meta({ title: 'Findings in the report', description: 'The most unusual ones are kept.' })
})
/**
 * @public
 */
export type LogsOptions = z.infer<typeof LogsOptions>

type LogsStep = AnalysisStep<never, LogsReport>

/** Lines between two progress steps. */
const PROGRESS_EVERY = 20_000

async function* run(
  { input, total, options }: RunRequest<LogsOptions, never, 'lines'>,
  ports: AnalysisPorts,
  signal: AbortSignal
): AsyncGenerator<LogsStep, void, void> {
  const startedAt = ports.now()
  const collector = new LogCollector()
  let done = 0
  let told = 0
  for await (const lines of input) {
    signal.throwIfAborted()
    for (const line of lines) collector.add(line)
    done += lines.length
    if (done - told < PROGRESS_EVERY) continue
    told = done
    yield { type: 'progress', done, failed: 0, total }
  }
  const log = collector.finish()
  yield { type: 'progress', done, failed: 0, total: done }
  yield { type: 'report', report: logsReport(log, { options, ports, startedAt }) }
}

interface ReportContext {
  readonly options: LogsOptions
  readonly ports: AnalysisPorts
  readonly startedAt: number
}

/**
 * The report of a collected log.
 * @public
 */
export function logsReport(
  log: CollectedLog,
  { options, ports, startedAt }: ReportContext
): LogsReport {
  const anomalies = findAnomalies(log)
  const durationMs = Math.max(0, ports.now() - startedAt)
  const kept = keptTemplates(log, anomalies, options.maxTemplates)
  return {
    kind: 'logs',
    version: 1,
    createdAt: ports.now(),
    device: ports.device,
    inputs: [...ports.inputs()],
    models: [],
    findings: worstFirst(findings(log, anomalies)).slice(0, options.maxFindings),
    limits: limits(log, kept.length, ports.inputs().length),
    figures: {
      lines: log.lines,
      durationMs,
      linesPerSecond: durationMs === 0 ? 0 : Math.round((log.lines / durationMs) * 1000),
      templates: kept.map((template) => templateResult(template, log.timeline.lines.length)),
      anomalies: anomalies.filter(({ template }) => kept.some(({ id }) => id === template)),
      timeline: {
        ...log.timeline,
        lines: [...log.timeline.lines],
        unusual: unusualPerBin(log, anomalies)
      }
    }
  }
}

/** The most frequent templates, and every one that an anomaly speaks of. */
function keptTemplates(
  log: CollectedLog,
  anomalies: readonly LogAnomalyResult[],
  limit: number
): CollectedTemplate[] {
  const named = new Set(anomalies.map(({ template }) => template))
  return log.templates.filter(({ id }, i) => i < limit || named.has(id))
}

function templateResult(
  template: CollectedTemplate,
  used: number
): LogsReport['figures']['templates'][number] {
  const { id, text, level, count, stats } = template
  return {
    id,
    template: text,
    level: level === 'unknown' ? levelFromWords(text) : level,
    count,
    firstLine: stats.firstLine,
    lastLine: stats.lastLine,
    examples: stats.examples,
    timeline: [...stats.bins.subarray(0, used)]
  }
}

const TITLES: Readonly<Record<LogAnomalyResult['kind'], string>> = {
  'new-template': 'New kind of message',
  burst: 'Burst of messages',
  silence: 'Message fell silent',
  'error-words': 'Error message'
}

function findings(log: CollectedLog, anomalies: readonly LogAnomalyResult[]): Finding[] {
  const byId = new Map(log.templates.map((template) => [template.id, template]))
  return anomalies.flatMap((anomaly) => {
    const template = byId.get(anomaly.template)
    if (!template) return []
    const { stats, text, level } = template
    const lines = stats.peak ? [...stats.examples, stats.peak] : stats.examples
    return [
      {
        id: `${anomaly.kind}-${template.id}`,
        severity: severityOf(anomaly, severityScore(text, level)),
        title: `${TITLES[anomaly.kind]}: ${text.slice(0, 120)}`,
        text: `${anomaly.reason.charAt(0).toUpperCase()}${anomaly.reason.slice(1)}.`,
        evidence: lines.map((line) => ({
          type: 'line' as const,
          input: 0,
          line: line.line,
          text: line.text
        })),
        confidence: anomaly.score
      }
    ]
  })
}

const SEVERITIES: readonly Finding['severity'][] = ['critical', 'high', 'medium', 'low', 'info']

function worstFirst(found: readonly Finding[]): Finding[] {
  const rank = ({ severity }: Finding): number => SEVERITIES.indexOf(severity)
  return found.toSorted((a, b) => rank(a) - rank(b) || b.confidence - a.confidence)
}

function severityOf({ score, kind }: LogAnomalyResult, words: number): Finding['severity'] {
  if (words >= 0.7 && score >= 0.6) return 'critical'
  if (words >= 0.4 && score >= 0.6) return 'high'
  if (words >= 0.4 || (kind === 'burst' && score >= 0.8)) return 'medium'
  return score >= 0.5 ? 'low' : 'info'
}

function limits(log: CollectedLog, kept: number, inputs: number): string[] {
  const sentences = [
    'Templates are mined from this log alone; a message that came once has no known variables.'
  ]
  if (log.timeline.axis === 'line') {
    sentences.push('The lines carry no times that could be read, so the timeline counts lines.')
  }
  if (inputs > 1) sentences.push('Line numbers count through all inputs, one after the other.')
  if (kept < log.templates.length)
    sentences.push(`${log.templates.length - kept} rarer templates are not listed.`)
  return sentences
}

/**
 * Log analysis: templates, timeline, and what is unusual.
 * @public
 */
export const logsAnalysis: AnalysisDefinition<LogsOptions, LogsReport, 'lines'> = {
  kind: 'logs',
  title: 'Logs',
  summary: 'Groups log lines into templates and shows bursts, silence, new and error messages.',
  input: 'lines',
  accepts: ['log', 'txt', 'gz', 'jsonl', 'out'],
  unit: 'lines',
  options: LogsOptions,
  report: LogsReport,
  run
}
