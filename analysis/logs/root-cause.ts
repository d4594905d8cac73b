// Ranks templates as the probable cause of a failure: much more frequent in the failing stretch than before
// it, early in that stretch, and worded like trouble. It shows lines; the judgement stays with the reader.

import type { CollectedLog, CollectedTemplate } from './log-collector.ts'
import { severityScore } from './severity-words.ts'

/**
 * @public
 */
export interface LogCause {
  readonly rank: number
  readonly event: string
  readonly template: string
  readonly score: number
  readonly evidence: readonly { readonly line: number; readonly text: string }[]
}

interface Window {
  readonly from: number
  readonly to: number
}

const MAX_CAUSES = 20
/** Log-odds below this are no more than chance. */
const LEAST_LOG_ODDS = 0.7

/**
 * Causes of the failure in a log. When the miner knew a log of normal running before, the whole input
 * counts as failing; else the stretch with the most trouble is compared with the rest.
 * @public
 */
export function rankCauses(log: CollectedLog): LogCause[] {
  const compared = log.linesBefore > 0
  const window = compared ? { from: 0, to: log.timeline.lines.length } : failingWindow(log)
  if (!window) return []
  const inside = sum(log.timeline.lines.slice(window.from, window.to))
  const outside = compared ? log.linesBefore : log.lines - inside
  return log.templates
    .map((template) => {
      const here = sum([...template.stats.bins.subarray(window.from, window.to)])
      const before = compared ? (log.before.get(template.id) ?? 0) : template.count - here
      const logOdds =
        Math.log((here + 0.5) / (inside + 1)) - Math.log((before + 0.5) / (outside + 1))
      const support = here / (here + 1)
      return {
        template,
        logOdds,
        score: Math.max(0, logOdds) * support * onset(template, window) * gravity(template)
      }
    })
    .filter(({ logOdds, score }) => logOdds > LEAST_LOG_ODDS && score > 0)
    .sort((a, b) => b.score - a.score || a.template.stats.firstLine - b.template.stats.firstLine)
    .slice(0, MAX_CAUSES)
    .map(({ template, score }, i) => ({
      rank: i + 1,
      event: template.id,
      template: template.text,
      score: Math.round(score * 1000) / 1000,
      evidence: evidenceOf(template)
    }))
}

function evidenceOf({ stats }: CollectedTemplate): LogCause['evidence'] {
  const { examples, peak } = stats
  return peak ? [...examples, { line: peak.line, text: peak.text }] : examples
}

/** 1 for what starts with the failing stretch, falling to a third for what starts at its end. */
function onset({ stats }: CollectedTemplate, { from, to }: Window): number {
  let first = from
  while (first < to && (stats.bins[first] ?? 0) === 0) first++
  return Math.exp((-1.1 * (first - from)) / Math.max(1, to - from))
}

function gravity({ text, level }: CollectedTemplate): number {
  return 0.4 + severityScore(text, level)
}

/** The stretch of bins with the most trouble above the average of the log; undefined when there is none. */
function failingWindow(log: CollectedLog): Window | undefined {
  const trouble = log.timeline.lines.map(() => 0)
  for (const template of log.templates) {
    const weight = severityScore(template.text, template.level)
    if (weight < 0.4) continue
    trouble.forEach((value, i) => {
      trouble[i] = value + weight * Math.sqrt(template.stats.bins[i] ?? 0)
    })
  }
  const mean = sum(trouble) / Math.max(1, trouble.length)
  if (mean === 0) return undefined
  return bestStretch(trouble.map((value) => value - 1.5 * mean))
}

/** Kadane's stretch of the greatest sum. */
function bestStretch(values: readonly number[]): Window | undefined {
  let best: Window | undefined
  let bestSum = 0
  let current = 0
  let from = 0
  values.forEach((value, i) => {
    if (current <= 0) {
      current = 0
      from = i
    }
    current += value
    if (current > bestSum) {
      bestSum = current
      best = { from, to: i + 1 }
    }
  })
  return best
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}
