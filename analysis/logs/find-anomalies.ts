// Finds what is unusual in a collected log: templates that appear late, bursts, silence, error words. Signs
// for one template are joined by noisy-OR; every anomaly says its reason in words with the figures.

import type { LogsReport } from '../../contract/index.ts'
import type { CollectedLog, CollectedTemplate } from './log-collector.ts'
import { RateChange } from './rate-change.ts'
import { noisyOr, severityScore } from './severity-words.ts'

export type LogAnomalyResult = LogsReport['figures']['anomalies'][number]

interface Sign {
  readonly kind: LogAnomalyResult['kind']
  readonly bin: number
  readonly score: number
  readonly reason: string
}

/** Least score of an anomaly that a person should read. */
const LEAST_SCORE = 0.3
const MAX_ANOMALIES = 200
/** New templates count only after this share of the log, and this many lines. */
const WARM_UP_SHARE = 0.2
const WARM_UP_LINES = 50
/** A template with error words above this share of all lines is how this log usually sounds. */
const USUAL_SHARE = 0.1

/** The anomalies of a collected log, the most unusual first. */
export function findAnomalies(log: CollectedLog): LogAnomalyResult[] {
  const used = log.timeline.lines.length
  const warmUp = Math.max(WARM_UP_LINES, WARM_UP_SHARE * log.lines)
  const late = log.templates.filter((t) => t.stats.firstLine > warmUp).length
  const newRate = log.lines > warmUp ? late / (log.lines - warmUp) : 1
  const found: LogAnomalyResult[] = []
  for (const template of log.templates) {
    const signs = [
      ...rateSigns(template, used, unitOf(log)),
      ...newSign(template, used, { warmUp, newRate }),
      ...errorSign(template, log.lines)
    ].sort((a, b) => b.score - a.score)
    const score = noisyOr(signs.map((sign) => sign.score))
    const first = signs[0]
    if (!first || score < LEAST_SCORE) continue
    const reason = signs.map((sign) => sign.reason).join('; ')
    found.push({
      kind: first.kind,
      template: template.id,
      bin: first.bin,
      score,
      reason,
      lines: linesOf(template)
    })
  }
  return found.sort((a, b) => b.score - a.score).slice(0, MAX_ANOMALIES)
}

function unitOf({ timeline }: CollectedLog): string {
  if (timeline.axis === 'line') return `${timeline.binSize} lines`
  return durationText(timeline.binSize)
}

/**
 * A length of time for people: `8 s`, `17 min`, `3 h`, `2 d`.
 * @public
 */
export function durationText(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} d`
}

/** The strongest burst and the first silence of a template. */
function rateSigns(template: CollectedTemplate, used: number, unit: string): Sign[] {
  const rate = new RateChange()
  let burst: Sign | undefined
  let silence: Sign | undefined
  for (let bin = 0; bin < used; bin++) {
    const count = template.stats.bins[bin] ?? 0
    const finding = rate.observe(count)
    if (!finding) continue
    const usual = figure(finding.usual)
    if (finding.kind === 'burst' && finding.score > (burst?.score ?? 0)) {
      burst = {
        kind: 'burst',
        bin,
        score: finding.score,
        reason: `seen ${count} times in ${unit}, usually ${usual}`
      }
    }
    if (finding.kind === 'silence' && !silence) {
      silence = {
        kind: 'silence',
        bin,
        score: 0.8 * finding.score,
        reason: `no longer seen, usually ${usual} in ${unit}`
      }
    }
  }
  return [burst, silence].filter((sign) => sign !== undefined)
}

function figure(value: number): string {
  return value >= 10 ? String(Math.round(value)) : String(Math.round(value * 10) / 10)
}

function newSign(
  template: CollectedTemplate,
  used: number,
  { warmUp, newRate }: { readonly warmUp: number; readonly newRate: number }
): Sign[] {
  const { firstLine, bins } = template.stats
  if (firstLine <= warmUp) return []
  // In a log that brings new templates all the time, one more says little.
  const score =
    0.6 * Math.max(0, 1 - 15 * newRate) + 0.2 * severityScore(template.text, template.level)
  const bin = Math.max(
    0,
    bins.subarray(0, used).findIndex((count) => count > 0)
  )
  return [{ kind: 'new-template', bin, score, reason: `never seen before line ${firstLine}` }]
}

function errorSign(template: CollectedTemplate, lines: number): Sign[] {
  const severity = severityScore(template.text, template.level)
  const share = template.count / lines
  if (severity < 0.4 || share > USUAL_SHARE) return []
  const score = severity * (1 - share / USUAL_SHARE)
  const { bins } = template.stats
  const bin = bins.indexOf(Math.max(...bins))
  const level = template.level === 'unknown' ? 'words of an error' : `level ${template.level}`
  return [
    { kind: 'error-words', bin, score, reason: `${level}, ${template.count} of ${lines} lines` }
  ]
}

function linesOf({ stats }: CollectedTemplate): number[] {
  const lines = stats.examples.map((example) => example.line)
  if (stats.peak) lines.push(stats.peak.line)
  return [...new Set(lines)].sort((a, b) => a - b)
}

/** Unusual lines per bin: all lines of a template from its new appearance on, and those of bursts. */
export function unusualPerBin(log: CollectedLog, anomalies: readonly LogAnomalyResult[]): number[] {
  const unusual = log.timeline.lines.map(() => 0)
  const byId = new Map(log.templates.map((template) => [template.id, template]))
  for (const { kind, bin, template } of anomalies) {
    const bins = byId.get(template)?.stats.bins
    if (!bins) continue
    unusual.forEach((sum, i) => {
      const counts = kind === 'burst' ? i === bin : kind !== 'silence'
      if (counts) unusual[i] = sum + (bins[i] ?? 0)
    })
  }
  return unusual
}
