// How bad a template sounds: from its level and from words that people write when something went wrong.

import type { LogLevel } from '../../contract/index.ts'

const LEVEL_SCORE: Readonly<Record<LogLevel, number>> = {
  fatal: 0.9,
  error: 0.6,
  warning: 0.25,
  info: 0,
  debug: 0,
  unknown: 0
}
const GRAVE =
  /\b(?:panic|fatal|critical|crash(?:ed|ing)?|segfault|core dump(?:ed)?|out of memory|oom[- ]?kill\w*|corrupt(?:ed|ion)?|emergency|unrecoverable|data loss)\b/i
const BAD =
  /\b(?:errors?|exceptions?|traceback|fail(?:ed|ure|ures|s|ing)?|abort(?:ed|ing)?|unable|cannot|can't|could not|denied|refused|rejected|timed? ?out|timeout|unreachable|lost|killed|overload(?:ed)?|violat(?:ed|ion)|jam(?:med)?|stall(?:ed)?|broken|fault)\b|[a-z](?:Error|Exception)\b/i
/** "error = 0", "no errors" and "errors: 0" speak of health. */
const CALM = /\b(?:no|without|0) (?:errors?|failures?|exceptions?)\b|\berrors?\s*[:=]\s*0\b/i

/**
 * 0 for an everyday message, up to 0.9 for a fatal one.
 * @public
 */
export function severityScore(text: string, level: LogLevel): number {
  const words = GRAVE.test(text) ? 0.7 : BAD.test(text) && !CALM.test(text) ? 0.45 : 0
  return Math.max(LEVEL_SCORE[level], words)
}

/**
 * Level of a template whose lines state none, by its words.
 * @public
 */
export function levelFromWords(text: string): LogLevel {
  if (GRAVE.test(text)) return 'fatal'
  if (BAD.test(text) && !CALM.test(text)) return 'error'
  return 'unknown'
}

/**
 * Probability that at least one of several independent signs is right (noisy-OR).
 * @public
 */
export function noisyOr(scores: readonly number[]): number {
  return 1 - scores.reduce((rest, score) => rest * (1 - Math.min(1, Math.max(0, score))), 1)
}
