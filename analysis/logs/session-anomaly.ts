// Scores sessions of events against normal ones: never-seen events, distance of the event counts to the
// nearest normal session (ECVC with idf, after Landauer et al. 2024), never-seen sequences of two and three
// events, and length. Each sign is scaled by what normal sessions reach among themselves.

import { noisyOr } from './severity-words.ts'

export interface SessionScore {
  /** 0 to 1. */
  readonly score: number
  readonly anomaly: boolean
  readonly reasons: readonly string[]
}

type Counts = ReadonlyMap<number, number>

interface Signs {
  /** Share-weighted never-seen events. */
  readonly fresh: readonly number[]
  readonly distance: number
  readonly nearest: Counts | undefined
  readonly grams: number
  readonly length: number
}

interface Scales {
  readonly distance: number
  readonly grams: number
  readonly fresh: number
}

/** Distinct count vectors kept; a normal session beyond this adds nothing new. */
const MAX_VECTORS = 4000
/** Normal sessions scored against the others to learn the scales. */
const HELD_OUT = 400
const FOLDS = 5
/** Share of normal sessions that the own threshold leaves in peace; a few odd ones must not raise it. */
const HELD_OUT_CALM = 0.995
const LEAST_THRESHOLD = 0.5
const MOST_THRESHOLD = 0.85

/** Events, counts and sequences of normal sessions. */
class NormalSessions {
  readonly sessions: number
  private readonly vectors = new Map<string, Counts>()
  private readonly documents = new Map<number, number>()
  private readonly grams = new Set<string>()
  private shortest = Number.POSITIVE_INFINITY
  private longest = 0

  constructor(sessions: readonly (readonly number[])[]) {
    this.sessions = sessions.length
    for (const events of sessions) this.learn(events)
  }

  private learn(events: readonly number[]): void {
    const counts = countEvents(events)
    for (const event of counts.keys())
      this.documents.set(event, (this.documents.get(event) ?? 0) + 1)
    if (this.vectors.size < MAX_VECTORS) this.vectors.set(vectorKey(counts), counts)
    for (const gram of grams(events)) this.grams.add(gram)
    this.shortest = Math.min(this.shortest, events.length)
    this.longest = Math.max(this.longest, events.length)
  }

  knows(event: number): boolean {
    return this.documents.has(event)
  }

  /** Rare events weigh more; an event of every session still weighs something. */
  private weight(event: number): number {
    return 0.5 + Math.log10((1 + this.sessions) / (1 + (this.documents.get(event) ?? 0)))
  }

  signs(events: readonly number[]): Signs {
    const counts = countEvents(events)
    const fresh = [...counts.keys()].filter((event) => !this.knows(event))
    let novel = 0
    let total = 0
    for (const gram of grams(events)) {
      total++
      if (!this.grams.has(gram)) novel++
    }
    const { distance, nearest } = this.nearest(counts)
    return {
      fresh,
      distance,
      nearest,
      grams: total === 0 ? 0 : novel / total,
      length: this.lengthSign(events.length)
    }
  }

  private lengthSign(length: number): number {
    if (length > this.longest) return 1 - this.longest / length
    return length < this.shortest ? 1 - length / this.shortest : 0
  }

  private nearest(counts: Counts): { distance: number; nearest: Counts | undefined } {
    if (this.vectors.has(vectorKey(counts))) return { distance: 0, nearest: counts }
    let distance = 1
    let nearest: Counts | undefined
    for (const other of this.vectors.values()) {
      const d = this.between(counts, other, distance)
      if (d < distance || nearest === undefined) {
        distance = Math.min(distance, d)
        nearest = other
      }
    }
    return { distance, nearest }
  }

  private between(a: Counts, b: Counts, limit: number): number {
    let difference = 0
    let whole = 0
    for (const [event, n] of a) {
      const weight = this.weight(event)
      const m = b.get(event) ?? 0
      difference += weight * Math.abs(n - m)
      whole += weight * Math.max(n, m)
    }
    for (const [event, m] of b) {
      if (a.has(event)) continue
      const weight = this.weight(event)
      difference += weight * m
      whole += weight * m
    }
    return whole === 0 ? 0 : Math.min(limit, difference / whole)
  }
}

/** Scores sessions against the normal ones it was made from. */
export class SessionAnomaly {
  private readonly normal: NormalSessions
  private readonly scales: Scales
  private readonly threshold: number
  private readonly nameOf: (event: number) => string

  constructor(sessions: readonly (readonly number[])[], nameOf: (event: number) => string) {
    this.nameOf = nameOf
    this.normal = new NormalSessions(sessions)
    const held = heldOutSigns(sessions)
    this.scales = {
      distance: Math.max(
        0.08,
        quantile(
          held.map((s) => s.distance),
          0.98
        )
      ),
      grams: Math.max(
        0.08,
        quantile(
          held.map((s) => s.grams),
          0.98
        )
      ),
      fresh: held.length === 0 ? 0.1 : held.filter((s) => s.fresh.length > 0).length / held.length
    }
    const usual = quantile(
      held.map((s) => this.combine(s)),
      HELD_OUT_CALM
    )
    this.threshold = Math.min(MOST_THRESHOLD, Math.max(LEAST_THRESHOLD, usual + 0.02))
  }

  score(events: readonly number[]): SessionScore {
    const signs = this.normal.signs(events)
    const score = this.combine(signs)
    return { score, anomaly: score > this.threshold, reasons: this.reasons(signs, events) }
  }

  private combine(signs: Signs): number {
    const { distance, grams, fresh } = this.scales
    const novelty =
      signs.fresh.length === 0
        ? 0
        : (1 - Math.min(0.9, fresh * 4)) * (1 - 0.4 ** signs.fresh.length)
    return noisyOr([
      0.97 * novelty,
      rise(signs.distance, distance),
      0.75 * rise(signs.grams, grams),
      0.3 * signs.length
    ])
  }

  private reasons(signs: Signs, events: readonly number[]): string[] {
    const reasons = signs.fresh
      .slice(0, 3)
      .map((event) => `never-seen event: ${this.nameOf(event)}`)
    if (signs.distance > 0 && signs.nearest) {
      const counts = countEvents(events)
      for (const event of strayed(counts, signs.nearest).filter((e) => this.normal.knows(e))) {
        const [here, usual] = [counts.get(event) ?? 0, signs.nearest.get(event) ?? 0]
        reasons.push(`${here} times instead of ${usual}: ${this.nameOf(event)}`)
      }
    }
    if (signs.grams > 0)
      reasons.push(`${Math.round(signs.grams * 100)} % of its event sequences are new`)
    if (signs.length > 0) reasons.push(`unusual length of ${events.length} events`)
    return reasons.slice(0, 5)
  }
}

/** 0 at 0, one half at `scale`, towards 1 beyond. */
function rise(value: number, scale: number): number {
  return value / (value + scale)
}

function heldOutSigns(sessions: readonly (readonly number[])[]): Signs[] {
  const held: Signs[] = []
  if (sessions.length < 2) return held
  const folds = Math.min(FOLDS, sessions.length)
  for (let fold = 0; fold < folds; fold++) {
    const others = new NormalSessions(sessions.filter((_, i) => i % folds !== fold))
    const own = sessions.filter((_, i) => i % folds === fold)
    const step = Math.max(1, Math.floor((own.length * folds) / HELD_OUT))
    for (let i = 0; i < own.length; i += step) held.push(others.signs(own[i] ?? []))
  }
  return held
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}

function countEvents(events: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const event of events) counts.set(event, (counts.get(event) ?? 0) + 1)
  return counts
}

function vectorKey(counts: Counts): string {
  return [...counts].sort((a, b) => a[0] - b[0]).join(' ')
}

/** Pairs and triples of neighbouring events, with the ends of the session marked. */
function* grams(events: readonly number[]): Generator<string> {
  for (let i = 0; i <= events.length; i++) {
    yield `${events[i - 1] ?? '^'} ${events[i] ?? '$'}`
    if (i >= 2) yield `${events[i - 2]} ${events[i - 1]} ${events[i] ?? '$'}`
  }
}

/** The two events whose counts differ most from the nearest normal session. */
function strayed(counts: Counts, nearest: Counts): number[] {
  const events = new Set([...counts.keys(), ...nearest.keys()])
  const by = (event: number) => Math.abs((counts.get(event) ?? 0) - (nearest.get(event) ?? 0))
  return [...events]
    .filter((e) => by(e) > 0)
    .sort((a, b) => by(b) - by(a))
    .slice(0, 2)
}
