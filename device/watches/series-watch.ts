// One telemetry series under watch: its detector, its recent past, its alarm, and the sums of the record
// that is being filled. Knows nothing of timers, files or screens.

import {
  type DetectorState,
  restoreDetector,
  SeriesDetector,
  saveDetector,
  type Verdict
} from '../../analysis/index.ts'
import {
  type Band,
  metricOf,
  type SeriesReading,
  type SeriesState,
  type TelemetryRecord
} from '../../contract/index.ts'
import { type SampleValue, SeriesRing } from '../telemetry/index.ts'
import { AlarmJudge, type Judgement } from './alarm-judge.ts'
import { alarmRule } from './alarm-rules.ts'

/** What one series contributes to a record. */
type RecordSeries = TelemetryRecord['series'][number]

/** Values looked back on: eight and a half minutes at one a second, enough for a fault to stand out. */
const HISTORY = 512
/** Learning lasts about so long, seconds, and at least a few samples. */
const LEARNING_S = 60
const LEAST_LEARNING_ROWS = 4
/** A lasting change counts as normal after a quarter of an hour. */
const HOLD_S = 900
/** Outside the band for so long, seconds, makes a series abnormal; back inside for as long, normal. */
const ABNORMAL_S = 5
/** A series without a value for so many periods is stale. */
const STALE_PERIODS = 2

export class SeriesWatch {
  readonly name: string
  readonly ring: SeriesRing
  /** Made by the first value: a series that this machine never reads has nothing to look back on. */
  #detector: SeriesDetector | undefined
  #learnt: DetectorState | undefined
  readonly #judge: AlarmJudge | null
  #periodS: number
  /** Seconds between two rows of the detector, and the time of the last row. */
  readonly #rowS: number
  #rowAt = Number.NEGATIVE_INFINITY
  #value: number | null = null
  #at: number | null = null
  #verdict: Verdict | null = null
  #score: number | null = null
  #unavailable = false
  #outsideS = 0
  #abnormal = false
  #sums: { count: number; min: number; max: number; sum: number; score: number } | null = null

  constructor(first: SampleValue, state?: DetectorState, ring = new SeriesRing()) {
    this.name = first.name
    this.ring = ring
    this.#periodS = first.periodS
    this.#rowS = first.periodS
    this.#learnt = state
    const rule = alarmRule(first.name)
    this.#judge = rule ? new AlarmJudge(rule) : null
  }

  /** Takes a sample; during `settling` nothing is learnt or judged. Returns what it means for the alarm. */
  take(at: number, sample: SampleValue, settling: boolean): Judgement {
    this.#periodS = sample.periodS
    this.#unavailable = sample.unavailable === true
    if (sample.value === null) return this.#gap(at)
    const nowS = at / 1000
    const hold = settling || (this.#judge?.holds(nowS) ?? false)
    const verdict = this.#detect({ at, periodS: sample.periodS, value: sample.value }, hold)
    this.#value = sample.value
    this.#at = at
    const band = this.band
    const { low, high } = band ?? { low: null, high: null }
    // While an alarm stands, what is usual is the measure: single peaks had their say when the band was learnt.
    const measure = this.#judge?.active ? this.usual : band
    this.#score = measure ? Math.max(verdict.surprise, outsideScore(sample.value, measure)) : null
    this.ring.push({ at, value: sample.value, low, high, score: this.#score })
    this.#sum(sample.value, this.#score ?? 0)
    if (band) this.#trackBand(sample.value, band)
    if (settling || !band || !this.#judge) return null
    return this.#judge.step(sample.value, verdict.usualHigh, { nowS, periodS: sample.periodS })
  }

  /**
   * A series that is read faster for a while is judged faster, but learnt at its own pace: what the detector
   * looks back on would otherwise shrink from forty minutes to eight.
   */
  #detect(
    { at, periodS, value }: { at: number; periodS: number; value: number },
    hold: boolean
  ): Verdict {
    const faster = periodS < 0.9 * this.#rowS
    const due = !faster || at - this.#rowAt >= this.#rowS * 900 || at < this.#rowAt
    if (!due && this.#verdict) return this.#verdict
    this.#rowAt = at
    const learnt = this.#learnt
    this.#detector ??= learnt ? restoreDetector(learnt) : newDetector(this.#rowS)
    this.#learnt = undefined
    this.#verdict = this.#detector.step(value, hold)
    return this.#verdict
  }

  /** The series as it stands now. */
  reading(now: number): SeriesReading {
    const metric = metricOf(this.name)
    const band = this.band
    const instance = this.name.includes(':') ? this.name.slice(this.name.indexOf(':') + 1) : ''
    const title = metric?.title ?? this.name
    return {
      name: this.name,
      group: metric?.group ?? 'nearside',
      title: instance ? `${title} (${instance})` : title,
      unit: metric?.unit ?? '',
      decimals: metric?.decimals ?? 2,
      value: this.#value,
      at: this.#at,
      periodS: this.#periodS,
      band,
      score: this.#score,
      state: this.#state(now)
    }
  }

  /** The normal band of the last sample, within what the unit allows; null while learning. */
  get band(): Band | null {
    const { low = null, high = null } = this.#verdict ?? {}
    return low === null || high === null ? null : this.#possible({ low, high })
  }

  /** The band that nineteen values in twenty stay under, as the words of an alarm name it. */
  get usual(): Band | null {
    const { low = null, usualHigh = null } = this.#verdict ?? {}
    return low === null || usualHigh === null ? null : this.#possible({ low, high: usualHigh })
  }

  /** What came since the last call, for the record; null when nothing did. */
  takeRecord(): RecordSeries | null {
    const sums = this.#sums
    this.#sums = null
    if (!sums || this.#value === null) return null
    return {
      name: this.name,
      unit: metricOf(this.name)?.unit ?? '',
      count: sums.count,
      min: sums.min,
      max: sums.max,
      mean: sums.sum / sums.count,
      last: this.#value,
      score: this.band ? sums.score : null
    }
  }

  /** What was learnt, here or before; null when nothing was. */
  save(): DetectorState | null {
    return this.#detector ? saveDetector(this.#detector) : (this.#learnt ?? null)
  }

  /** Nothing but a temperature falls below zero, and no share exceeds 100 %. */
  #possible({ low, high }: Band): Band {
    const unit = metricOf(this.name)?.unit
    return {
      low: unit === '°C' ? low : Math.max(0, low),
      high: unit === '%' ? Math.min(100, high) : high
    }
  }

  #gap(at: number): null {
    if (this.#value !== null || this.#at !== null)
      this.ring.push({ at, value: null, low: null, high: null, score: null })
    return null
  }

  #sum(value: number, score: number): void {
    const sums = this.#sums ?? { count: 0, min: value, max: value, sum: 0, score: 0 }
    sums.count++
    sums.min = Math.min(sums.min, value)
    sums.max = Math.max(sums.max, value)
    sums.sum += value
    sums.score = Math.max(sums.score, score)
    this.#sums = sums
  }

  /** By definition one healthy value in fifty lies outside the band: only a lasting excursion counts. */
  #trackBand(value: number, { low, high }: Band): void {
    // What people see as the same figure is not outside: "23.1, normal 23.1" helps nobody.
    const seen = 2 / 10 ** (metricOf(this.name)?.decimals ?? 2)
    const slack = Math.max((high - low) / 2, seen)
    const outside = value > high + slack || value < low - slack
    this.#outsideS = Math.min(
      ABNORMAL_S,
      Math.max(0, this.#outsideS + (outside ? this.#periodS : -this.#periodS))
    )
    if (this.#outsideS >= ABNORMAL_S) this.#abnormal = true
    else if (this.#outsideS === 0) this.#abnormal = false
  }

  #state(now: number): SeriesState {
    if (this.#unavailable) return 'unavailable'
    if (this.#at === null) return 'learning'
    if (now - this.#at > STALE_PERIODS * this.#periodS * 1000 + 500) return 'stale'
    if (this.#judge?.active) return 'abnormal'
    if (!this.band) return 'learning'
    return this.#abnormal ? 'abnormal' : 'normal'
  }
}

/**
 * A fault that lasts is news only once, but stays a fault: 0 within the band, 0.5 one band's width beyond it.
 */
function outsideScore(value: number, { low, high }: Band): number {
  const beyond = Math.max(0, value - high, low - value)
  const width = Math.max(high - low, Number.EPSILON)
  return beyond / (beyond + width)
}

function newDetector(periodS: number): SeriesDetector {
  return new SeriesDetector({
    history: HISTORY,
    learningRows: Math.max(LEAST_LEARNING_ROWS, Math.round(LEARNING_S / periodS)),
    holdRows: Math.max(2, Math.round(HOLD_S / periodS))
  })
}
