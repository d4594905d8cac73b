// What changed in the store, told after the commit to whoever shows it. Payloads are ids; readers ask again.

import type { EventBus } from '../../kernel/event-bus.ts'

export interface Changes {
  /** A device: its connection, what it runs, its readings. */
  device: { readonly id: string }
  rollout: { readonly id: string }
  /** An alarm was raised, cleared, acknowledged or shelved. */
  alarm: { readonly device: string; readonly id: string }
  /** Log counts or anomalies came in. */
  logs: { readonly device: string }
  /** The registry holds a new version. */
  models: { readonly name: string }
  /** Something else that the overview shows: the broker, the audit trail. */
  overview: Record<string, never>
}

/** Listeners run at once and must not throw: the change is committed already. */
export type ChangeBus = EventBus<Changes>
