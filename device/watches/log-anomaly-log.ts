// Judges templates of the live watch and remembers the anomalies found: what for, how sure, in which words.

import { noisyOr } from '../../analysis/logs/severity-words.ts'
import type { LogAnomaly } from '../../contract/index.ts'
import type { WatchedTemplate } from './watched-template.ts'

/** Lines or time after which a template that was never seen is news. */
const WARM_LINES = 2_000
const WARM_MS = 300_000
/** An anomaly of the same template is not told again within this time, unless it is another kind. */
const REPEAT_MS = 120_000
/** A template with error words that comes more often than this in ten seconds is how this log sounds. */
const USUAL_ERRORS = 0.2
const ERROR_SEVERITY = 0.4
const LEAST_SCORE = 0.5
const KEPT = 200
/** New templates in the last judgements beyond which one more is no news: a new program began to log. */
const FLOOD = 20

export class LogAnomalyLog {
  /** True once enough was seen; set when an earlier run's knowledge was restored. */
  warm = false
  readonly #startedAt: number
  readonly #kept: LogAnomaly[] = []
  #new: LogAnomaly[] = []
  #newness = 0
  #number = 0

  constructor(now: number) {
    this.#startedAt = now
  }

  /** Judges templates met for the first time. */
  judgeFresh(
    fresh: readonly WatchedTemplate[],
    { now, lines }: { now: number; lines: number }
  ): LogAnomaly[] {
    const warm = this.warm || (lines >= WARM_LINES && now - this.#startedAt >= 10_000)
    this.warm = warm || now - this.#startedAt >= WARM_MS
    this.#newness = this.#newness * 0.9 + fresh.length
    if (!warm) return []
    const rarity = 0.7 * Math.max(0, 1 - this.#newness / FLOOD)
    return fresh.flatMap((template) => {
      const score = noisyOr([rarity, template.severity])
      if (score < LEAST_SCORE) return []
      const words = template.severity >= ERROR_SEVERITY ? ', and it speaks of an error' : ''
      return [
        this.#tell(template, {
          kind: 'new-template',
          now,
          score,
          reason: `Never seen before${words}`
        })
      ]
    })
  }

  /** Judges the count of the ten seconds that end now. */
  judgeRate(template: WatchedTemplate, now: number): LogAnomaly | undefined {
    const { usual } = template.rate
    const finding = template.rate.observe(template.now)
    if (!this.warm || now - template.toldAt < REPEAT_MS) return undefined
    if (finding && finding.score >= LEAST_SCORE) {
      const usually = usual >= 10 ? Math.round(usual) : Math.round(usual * 10) / 10
      const reason =
        finding.kind === 'burst'
          ? `Seen ${template.now} times in 10 s, usually ${usually}`
          : `No longer seen, usually ${usually} times in 10 s`
      const score =
        finding.kind === 'burst' ? noisyOr([finding.score, template.severity / 2]) : finding.score
      return this.#tell(template, { kind: finding.kind, now, score, reason })
    }
    if (template.now === 0 || usual > USUAL_ERRORS || template.severity < ERROR_SEVERITY)
      return undefined
    const times = template.now === 1 ? 'once' : `${template.now} times`
    const reason = `A rare error message, seen ${times} in 10 s`
    return this.#tell(template, {
      kind: 'error-words',
      now,
      score: Math.max(LEAST_SCORE, template.severity),
      reason
    })
  }

  #tell(
    template: WatchedTemplate,
    {
      kind,
      now,
      score,
      reason
    }: { kind: LogAnomaly['kind']; now: number; score: number; reason: string }
  ): LogAnomaly {
    template.toldAt = now
    const anomaly: LogAnomaly = {
      id: `${template.id}-${now.toString(36)}-${this.#number++}`,
      kind,
      templateId: template.id,
      template: template.text,
      source: template.source,
      at: now,
      score: Math.min(1, Math.round(score * 1000) / 1000),
      reason
    }
    this.#kept.push(anomaly)
    if (this.#kept.length > KEPT) this.#kept.shift()
    this.#new.push(anomaly)
    return anomaly
  }

  /** The last 200, the newest first. */
  latest(): LogAnomaly[] {
    return this.#kept.toReversed()
  }

  /** Those found since the last call. */
  takeNew(): LogAnomaly[] {
    return this.#new.splice(0)
  }
}
