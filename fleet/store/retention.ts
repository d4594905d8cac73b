// How long the fleet keeps what, and the statements that forget the rest. Results and devices are kept.

import type { QueryHandle } from './query-handle.ts'

const DAY_MS = 86_400_000

/** Days, by what is kept. */
export const RETENTION_DAYS = {
  telemetry: 7,
  logs: 30,
  events: 7,
  alarms: 90,
  results: 365,
  audit: 365,
  idempotencyKeys: 7,
  tokens: 7
} as const

/** Forgets what is older than its time. Events go only below the mark under which none is missing. */
export async function prune(db: QueryHandle, now: number): Promise<void> {
  const before = (days: number): number => now - days * DAY_MS
  const { telemetry, logs, events, alarms, results, audit } = RETENTION_DAYS
  await db.deleteFrom('telemetry_minutes').where('minute', '<', before(telemetry)).execute()
  await db.deleteFrom('log_minutes').where('minute', '<', before(logs)).execute()
  await db.deleteFrom('log_templates').where('last_at', '<', before(logs)).execute()
  await db.deleteFrom('anomalies').where('at', '<', before(logs)).execute()
  await db
    .deleteFrom('events')
    .where('received_at', '<', before(events))
    .where(({ exists, selectFrom, lit }) =>
      exists(
        selectFrom('streams')
          .select(lit(1).as('one'))
          .whereRef('streams.id', '=', 'events.stream_id')
          .whereRef('streams.upto', '>=', 'events.seq')
      )
    )
    .execute()
  await db
    .deleteFrom('alarms')
    .where('raised_at', '<', before(alarms))
    .where('cleared_at', 'is not', null)
    .execute()
  await db.deleteFrom('results').where('at', '<', before(results)).execute()
  await db.deleteFrom('audit').where('at', '<', before(audit)).execute()
  const { idempotencyKeys, tokens } = RETENTION_DAYS
  await db.deleteFrom('idempotency_keys').where('at', '<', before(idempotencyKeys)).execute()
  await db.deleteFrom('enrolment_tokens').where('expires_at', '<', before(tokens)).execute()
}
