// A progress bar for long work, on standard error and only on a terminal: pipes and logs stay clean.

/** What a bar needs of a stream. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

export interface Progress {
  /** Shows where the work stands; `total` null while unknown. */
  update(done: number, total: number | null): void
  /** Takes the bar away. */
  end(): void
}

interface ProgressOptions {
  readonly title: string
  /** What is counted, plural: "documents". */
  readonly unit: string
  /** Milliseconds that never jump; for tests. */
  readonly monotonicMs?: () => number
}

/** Redrawn at most this often, ms: more is not seen and costs time. */
const REDRAW_MS = 100
/** A rate over less than this says nothing, ms. */
const RATE_AFTER_MS = 2000
const BAR_WIDTH = 24
const CLEAR_LINE = '\r\x1b[2K'

/** A bar with count, rate and time left; on anything but a terminal it does nothing. */
export function createProgress(stream: ProgressStream, options: ProgressOptions): Progress {
  if (!stream.isTTY) return { update: () => undefined, end: () => undefined }
  const clock = options.monotonicMs ?? (() => performance.now())
  const startedMs = clock()
  let first: number | undefined
  let drawnMs = Number.NEGATIVE_INFINITY
  return {
    update(done, total) {
      first ??= done
      const nowMs = clock()
      if (nowMs - drawnMs < REDRAW_MS && done !== total) return
      drawnMs = nowMs
      const state = { done, total, fresh: done - first, elapsedMs: nowMs - startedMs }
      stream.write(CLEAR_LINE + line(state, options).slice(0, (stream.columns ?? 80) - 1))
    },
    end: () => void stream.write(CLEAR_LINE)
  }
}

interface State {
  readonly done: number
  readonly total: number | null
  /** Done by this run, without what was resumed. */
  readonly fresh: number
  readonly elapsedMs: number
}

const figure = (value: number): string => value.toLocaleString('en')

function line({ done, total, fresh, elapsedMs }: State, { title, unit }: ProgressOptions): string {
  const perMs = elapsedMs >= RATE_AFTER_MS ? fresh / elapsedMs : 0
  const rate = perMs > 0 ? `, ${figure(Math.round(perMs * 60_000))} a minute` : ''
  if (total === null || total === 0) return `${title}: ${figure(done)} ${unit}${rate}`
  const filled = Math.round((Math.min(done, total) / total) * BAR_WIDTH)
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled)
  const left = perMs > 0 && done < total ? `, ${timeLeft((total - done) / perMs)} left` : ''
  return `${title} ${bar} ${figure(done)} of ${figure(total)} ${unit}${rate}${left}`
}

function timeLeft(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}
