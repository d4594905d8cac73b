// Writes down what the device took in, wiped and let through: counts and ids, never names or content. Each
// entry is kept on the device and, through the outbox, at the fleet.

import type { AuditRecord } from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { AuditEntry, AuditStore, Outbox } from '../store/index.ts'

interface AuditTrailOptions {
  readonly store: AuditStore
  readonly clock: Clock
  /** Left out: entries stay on the device. */
  readonly outbox?: Pick<Outbox, 'append'>
  /** Told when an entry could not be written; auditing never stops the work itself. */
  readonly onError?: (error: unknown) => void
}

/** The one door through which audit entries are written. */
export class AuditTrail {
  #options: AuditTrailOptions

  constructor(options: AuditTrailOptions) {
    this.#options = options
  }

  /** Writes an entry of the device itself. */
  record(action: string, subject: string, detail: string): void {
    this.write({ actor: 'device', action, subject, outcome: 'done', detail })
  }

  /** Writes any entry. */
  write(record: AuditRecord): void {
    const { store, clock, outbox, onError } = this.#options
    try {
      store.append({ at: clock.now(), ...record })
      outbox?.append('audit', record)
    } catch (error) {
      onError?.(error)
    }
  }

  /** Newest first. */
  list(limit?: number): AuditEntry[] {
    return this.#options.store.list(limit)
  }
}
