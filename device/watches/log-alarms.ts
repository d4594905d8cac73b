// Which of the log watch's anomalies are alarms: a burst of errors asks for a person, a template that was never
// seen does not. An alarm clears when its template has been quiet again for a while.

import type { LogAnomaly } from '../../contract/index.ts'
import type { Cancel, Clock } from '../../kernel/clock.ts'
import type { AlarmChange } from './alarm-list.ts'

interface LogAlarmOptions {
  readonly clock: Clock
  readonly onAlarm: (change: AlarmChange) => void
}

/** Anomalies below this score are shown in the log view only. */
const LEAST_SCORE = 0.9
/** Quiet time after which an alarm clears, ms. */
const QUIET_MS = 5 * 60_000
const LOOK_MS = 10_000
/** Alarms of logs that are open at the same time; a flood of them would say less, not more. */
const MOST_OPEN = 10
const TITLE_LENGTH = 90

const KINDS: Partial<Record<LogAnomaly['kind'], string>> = {
  burst: 'Burst in the log',
  'error-words': 'Errors in the log'
}

export class LogAlarms {
  readonly #options: LogAlarmOptions
  /** Template → time of its last anomaly. */
  readonly #open = new Map<string, number>()
  #cancel: Cancel | undefined

  constructor(options: LogAlarmOptions) {
    this.#options = options
  }

  start(): void {
    this.#cancel = this.#options.clock.every(LOOK_MS, () => this.#clearQuiet())
  }

  stop(): void {
    this.#cancel?.()
  }

  take(anomaly: LogAnomaly): void {
    const what = KINDS[anomaly.kind]
    if (!what || anomaly.score < LEAST_SCORE) return
    const { templateId, template, source, reason } = anomaly
    if (!this.#open.has(templateId) && this.#open.size >= MOST_OPEN) return
    this.#open.set(templateId, this.#options.clock.now())
    const shown = template.length > TITLE_LENGTH ? `${template.slice(0, TITLE_LENGTH)}…` : template
    this.#options.onAlarm({
      type: 'raise',
      draft: {
        priority: 3,
        source: 'log-watch',
        subject: templateId,
        title: `${what}: ${shown}`,
        cause: `${source}: ${reason}`,
        action: 'Read the lines around it in the log view of the workbench.'
      }
    })
  }

  #clearQuiet(): void {
    const quietSince = this.#options.clock.now() - QUIET_MS
    for (const [subject, at] of this.#open) {
      if (at > quietSince) continue
      this.#open.delete(subject)
      this.#options.onAlarm({ type: 'clear', source: 'log-watch', subject })
    }
  }
}
