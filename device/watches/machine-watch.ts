// Watches the machine itself: every telemetry sample goes through the detector of its series; out come a
// snapshot each second, a record every ten seconds for the fleet, and alarms. Reads no sensor: the source does.

import type { DetectorState } from '../../analysis/index.ts'
import {
  NearsideError,
  type SeriesHistory,
  type TelemetryRecord,
  type TelemetrySnapshot
} from '../../contract/index.ts'
import type { Cancel, Clock } from '../../kernel/clock.ts'
import type { TelemetryHistory } from '../store/index.ts'
import { type SampleValue, SeriesRing, type TelemetrySample } from '../telemetry/index.ts'
import type { AlarmChange } from './alarm-list.ts'
import { alarmDraft } from './alarm-words.ts'
import { pastOf } from './series-past.ts'
import { SeriesWatch } from './series-watch.ts'
import { loadWatchState, saveWatchState } from './watch-state.ts'

interface MachineWatchOptions {
  readonly source: { onSample(listener: (sample: TelemetrySample) => void): () => void }
  readonly clock: Clock
  /** File that keeps what was learnt. */
  readonly stateFile: string
  /** Keeps ten-second points of a day and minutes of thirty days; without it the last day is in memory only. */
  readonly history?: Pick<TelemetryHistory, 'append' | 'read'>
  /** Each second. */
  readonly onSnapshot: (snapshot: TelemetrySnapshot) => void
  /** Every ten seconds. */
  readonly onRecord: (record: TelemetryRecord) => void
  readonly onAlarm: (change: AlarmChange) => void
  /** A state file that could not be written; the watch goes on. */
  readonly onFault?: (error: unknown) => void
}

const SNAPSHOT_MS = 1000
const RECORD_MS = 10_000
const SAVE_MS = 300_000
/** Right after its own start the agent is busy, and the machine often is: nothing is learnt or judged. */
const SETTLE_MS = 15_000
/** More series than this machine can have sensors for would be a fault of the source. */
const MOST_SERIES = 200
/** Longest history that is kept, seconds. */
const LONGEST_WINDOW_S = 30 * 24 * 3600
/** Completed points go to the disk together. */
const KEEP_MS = 60_000
/** Stretches that stay in memory when the disk has the day: ten minutes, far more than wait to be written. */
const STRETCHES_WITH_DISK = 60

export class MachineWatch {
  readonly #options: MachineWatchOptions
  readonly #series = new Map<string, SeriesWatch>()
  #learnt = new Map<string, DetectorState>()
  #cancels: Cancel[] = []
  #startedMs = 0
  #recordFrom = 0

  constructor(options: MachineWatchOptions) {
    this.#options = options
  }

  /** Loads what was learnt before and begins to listen; the source is started by its owner. */
  async start(): Promise<void> {
    const { clock, source, stateFile } = this.#options
    this.#learnt = await loadWatchState(stateFile, clock.now())
    this.#startedMs = clock.monotonicMs()
    this.#recordFrom = clock.now()
    this.#cancels = [
      source.onSample((sample) => this.#take(sample)),
      clock.every(SNAPSHOT_MS, () => this.#options.onSnapshot(this.snapshot())),
      clock.every(RECORD_MS, () => this.#record()),
      clock.every(SAVE_MS, () => void this.#save()),
      clock.every(KEEP_MS, () => void this.#keep())
    ]
  }

  /** Stops listening, hands out the last record and saves what was learnt. */
  async stop(): Promise<void> {
    if (this.#cancels.length === 0) return
    for (const cancel of this.#cancels) cancel()
    this.#cancels = []
    this.#record()
    await this.#keep()
    await this.#save()
  }

  /** Every series as it stands now. */
  snapshot(): TelemetrySnapshot {
    const at = this.#options.clock.now()
    return { at, series: [...this.#series.values()].map((series) => series.reading(at)) }
  }

  /**
   * The last `windowS` seconds of a series (1 to 2,592,000), at most 600 points.
   * @throws NearsideError NS_SERIES_UNKNOWN
   */
  async history(name: string, windowS: number): Promise<SeriesHistory> {
    const series = this.#series.get(name)
    if (!series)
      throw new NearsideError(
        'NS_SERIES_UNKNOWN',
        `There is no telemetry series "${name.slice(0, 80)}"; GET /api/v1/telemetry lists them.`
      )
    const now = this.#options.clock.now()
    const window = Math.min(LONGEST_WINDOW_S, Math.max(1, windowS))
    const { history } = this.#options
    const points = await pastOf(series, { from: now - window * 1000, to: now }, history)
    return { series: series.reading(now), points }
  }

  #take(sample: TelemetrySample): void {
    for (const value of sample.values) this.#takeValue(sample.at, value)
  }

  #takeValue(at: number, value: SampleValue): void {
    const series = this.#seriesOf(value)
    if (!series) return
    const settling = this.#options.clock.monotonicMs() - this.#startedMs < SETTLE_MS
    const judgement = series.take(at, value, settling)
    if (judgement?.type === 'raise')
      this.#options.onAlarm({
        type: 'raise',
        draft: alarmDraft(series.reading(at), series.usual, judgement)
      })
    if (judgement?.type === 'clear')
      this.#options.onAlarm({ type: 'clear', source: 'machine-watch', subject: series.name })
  }

  #seriesOf(value: SampleValue): SeriesWatch | undefined {
    const known = this.#series.get(value.name)
    if (known || this.#series.size >= MOST_SERIES) return known
    const ring = this.#options.history
      ? new SeriesRing({ stretches: STRETCHES_WITH_DISK, collect: true })
      : new SeriesRing()
    const series = new SeriesWatch(value, this.#learnt.get(value.name), ring)
    this.#learnt.delete(value.name)
    this.#series.set(value.name, series)
    return series
  }

  #record(): void {
    const from = this.#recordFrom
    const to = this.#options.clock.now()
    this.#recordFrom = to
    const series = [...this.#series.values()].flatMap((one) => one.takeRecord() ?? [])
    if (series.length > 0) this.#options.onRecord({ from, to, series })
  }

  /** Hands what was completed to the disk; a fault costs these points, not the watch. */
  async #keep(): Promise<void> {
    const { history, onFault } = this.#options
    if (!history) return
    const batch = [...this.#series.values()].map(
      (series) => [series.name, series.ring.takeCollected()] as const
    )
    const full = batch.filter(([, { stretch }]) => stretch.length > 0)
    await history.append(new Map(full)).catch((error) => onFault?.(error))
  }

  async #save(): Promise<void> {
    const { stateFile, clock, onFault } = this.#options
    const learnt = new Map(this.#learnt)
    for (const [name, series] of this.#series) {
      const state = series.save()
      if (state) learnt.set(name, state)
    }
    await saveWatchState(stateFile, learnt, clock.now()).catch((error) => onFault?.(error))
  }
}
