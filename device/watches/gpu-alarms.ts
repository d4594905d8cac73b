// Alarms from hard facts about a GPU, which no limit and no learning decides: an error of the driver, memory
// errors, heat that slows it for a minute, a GPU that does not answer any more.

import type { GpuReading } from '../../contract/index.ts'
import type { Cancel, Clock } from '../../kernel/clock.ts'
import type { GpuReport } from '../telemetry/index.ts'
import type { AlarmChange, AlarmDraft } from './alarm-list.ts'
import { xidWords } from './xid-words.ts'

interface GpuAlarmOptions {
  readonly source: { onReport(listener: (report: GpuReport) => void): () => void }
  readonly clock: Clock
  readonly onAlarm: (change: AlarmChange) => void
}

/** Heat that slows a GPU for a moment is ordinary; so long in a row it asks for somebody, ms. */
const HOT_MS = 60_000
/** Gaps in the throttling shorter than this do not end it, ms. */
const COOL_MS = 10_000
/** A GPU that is missing from the readings for so long has gone, ms. */
const GONE_MS = 15_000
/** The program that reads the GPUs may be started anew in between, ms. */
const SILENT_MS = 60_000
/** An error of a program is over after so long without another one, ms. */
const XID_QUIET_MS = 15 * 60_000
const LOOK_MS = 5000

interface Known {
  readonly name: string
  readonly index: number
  seenMs: number
  hotSinceMs: number | null
  hotMs: number
}

export class GpuAlarms {
  readonly #options: GpuAlarmOptions
  /** GPUs of this run by uuid. */
  readonly #known = new Map<string, Known>()
  /** Subject → the cause it was raised with; null once it is known to be quiet. */
  readonly #said = new Map<string, string | null>()
  #readMs: number | undefined
  #cancels: Cancel[] = []

  constructor(options: GpuAlarmOptions) {
    this.#options = options
  }

  start(): void {
    const { source, clock } = this.#options
    this.#cancels = [
      source.onReport((report) => this.#take(report)),
      clock.every(LOOK_MS, () => this.#lookForGone())
    ]
  }

  stop(): void {
    for (const cancel of this.#cancels.splice(0)) cancel()
  }

  #take(report: GpuReport): void {
    if (report.state !== 'reading') return
    const ms = this.#options.clock.monotonicMs()
    this.#readMs = ms
    for (const gpu of report.gpus) {
      const known = this.#know(gpu, ms)
      this.#say(`gpu.lost:${gpu.index}`, null)
      this.#judgeXid(gpu, report)
      this.#judgeMemory(gpu)
      this.#judgeHeat(gpu, known, ms)
    }
  }

  #know(gpu: GpuReading, ms: number): Known {
    const known = this.#known.get(gpu.uuid) ?? {
      ...{ name: gpu.name, index: gpu.index, seenMs: ms, hotSinceMs: null, hotMs: 0 }
    }
    known.seenMs = ms
    this.#known.set(gpu.uuid, known)
    return known
  }

  #judgeXid(gpu: GpuReading, { xids }: GpuReport): void {
    const subject = `gpu.xid:${gpu.index}`
    const event = xids.find(({ index }) => index === gpu.index)
    const words = event ? xidWords(event.xid) : undefined
    const over = event && this.#options.clock.now() - event.at >= XID_QUIET_MS
    if (!event || !words || (over && !words.lasting)) {
      this.#say(subject, null)
      return
    }
    const { priority, cause, action } = words
    const title = `${nameOf(gpu)}: error ${event.xid} of the GPU driver (XID)`
    this.#say(subject, { priority, title, cause, action })
  }

  #judgeMemory(gpu: GpuReading): void {
    const count = gpu.eccUncorrected ?? 0
    const errors = count === 1 ? 'one memory error' : `${count} memory errors`
    this.#say(
      `gpu.ecc:${gpu.index}`,
      count > 0
        ? {
            priority: 1,
            title: `${nameOf(gpu)}: ${errors} that could not be corrected`,
            cause: 'The memory of the GPU is faulty; results since then may be wrong.',
            action:
              'Stop the models on this GPU and restart the machine; have the GPU replaced if it comes again.'
          }
        : null
    )
  }

  #judgeHeat(gpu: GpuReading, known: Known, ms: number): void {
    if (gpu.throttle.includes('thermal')) {
      known.hotSinceMs ??= ms
      known.hotMs = ms
    } else if (known.hotSinceMs !== null && ms - known.hotMs >= COOL_MS) known.hotSinceMs = null
    const sinceMs = known.hotSinceMs
    if (sinceMs !== null && ms - sinceMs <= HOT_MS) return
    const degrees = gpu.temperatureC === null ? '' : ` at ${Math.round(gpu.temperatureC)} °C`
    this.#say(
      `gpu.thermal:${gpu.index}`,
      sinceMs === null
        ? null
        : {
            priority: 2,
            title: `${nameOf(gpu)}${degrees} has been slowed by heat for more than a minute`,
            cause: 'The cooling of the GPU does not keep up with its load.',
            action:
              'Check the fan and the air around the device, and pause jobs until it has cooled.'
          }
    )
  }

  #lookForGone(): void {
    if (this.#readMs === undefined) return
    const now = this.#options.clock.monotonicMs()
    const silent = now - this.#readMs > SILENT_MS
    for (const known of this.#known.values()) {
      const missing = this.#readMs - known.seenMs > GONE_MS
      if (!missing && !silent) continue
      this.#say(`gpu.lost:${known.index}`, {
        priority: 1,
        title: `${known.name} (${known.index}) does not answer any more`,
        cause: silent
          ? 'The driver or the GPU hangs, or the GPU has fallen off its bus.'
          : 'The GPU has fallen off its bus: power, heat, its slot or the GPU itself.',
        action:
          'Look at the kernel log, restart the machine, and check power and cooling of the GPU if it comes again.'
      })
    }
  }

  /** Raises or clears, once each; the first quiet reading ends an alarm of an earlier run. */
  #say(subject: string, said: Omit<AlarmDraft, 'source' | 'subject'> | null): void {
    const before = this.#said.get(subject)
    // A temperature in the title moves on; the alarm is the same.
    if (before !== undefined && (before === null) === (said === null)) {
      if (said === null || before === said.cause) return
    }
    this.#said.set(subject, said === null ? null : said.cause)
    this.#options.onAlarm(
      said === null
        ? { type: 'clear', source: 'machine-watch', subject }
        : { type: 'raise', draft: { ...said, source: 'machine-watch', subject } }
    )
  }
}

function nameOf({ name, index }: GpuReading): string {
  return `${name} (${index})`
}
