// Telemetry by the minute, and the last value of every series.

import { inChunks, type QueryHandle } from './query-handle.ts'
import type { TelemetryLastRow, TelemetryMinuteRow } from './tables.ts'

/** Minutes for charts, last values for tiles. */
export class TelemetryTable {
  readonly #db: QueryHandle

  constructor(db: QueryHandle) {
    this.#db = db
  }

  /** Adds minutes; a minute that comes in parts is merged. Each key at most once a call. */
  async addMinutes(minutes: readonly TelemetryMinuteRow[]): Promise<void> {
    for (const chunk of inChunks(minutes)) {
      await this.#db
        .insertInto('telemetry_minutes')
        .values(chunk)
        .onConflict((conflict) =>
          conflict
            .columns(['device', 'series', 'minute'])
            .doUpdateSet(({ eb, ref, case: when }) => {
              const stored = (column: 'count' | 'min' | 'max' | 'mean') =>
                ref(`telemetry_minutes.${column}`)
              const added = (column: 'count' | 'min' | 'max' | 'mean') => ref(`excluded.${column}`)
              const sum = eb(
                eb(stored('mean'), '*', stored('count')),
                '+',
                eb(added('mean'), '*', added('count'))
              )
              return {
                min: when()
                  .when(added('min'), '<', stored('min'))
                  .then(added('min'))
                  .else(stored('min'))
                  .end(),
                max: when()
                  .when(added('max'), '>', stored('max'))
                  .then(added('max'))
                  .else(stored('max'))
                  .end(),
                mean: eb(eb.parens(sum), '/', eb.parens(stored('count'), '+', added('count'))),
                count: eb(stored('count'), '+', added('count'))
              }
            })
        )
        .execute()
    }
  }

  /** Keeps the newest value of each series. Each key at most once a call. */
  async setLast(values: readonly TelemetryLastRow[]): Promise<void> {
    for (const chunk of inChunks(values)) {
      await this.#db
        .insertInto('telemetry_last')
        .values(chunk)
        .onConflict((conflict) =>
          conflict
            .columns(['device', 'series'])
            .doUpdateSet(({ ref }) => ({
              unit: ref('excluded.unit'),
              last: ref('excluded.last'),
              score: ref('excluded.score'),
              at: ref('excluded.at')
            }))
            .where(({ eb, ref }) => eb(ref('excluded.at'), '>=', ref('telemetry_last.at')))
        )
        .execute()
    }
  }

  /** Of one device, or of all. */
  last(device?: string): Promise<TelemetryLastRow[]> {
    const query = this.#db.selectFrom('telemetry_last').selectAll().orderBy('series')
    return (device === undefined ? query : query.where('device', '=', device)).execute()
  }

  /** Minutes of one series since a time, oldest first. */
  minutes(series: { device: string; name: string; since: number }): Promise<TelemetryMinuteRow[]> {
    return this.#db
      .selectFrom('telemetry_minutes')
      .selectAll()
      .where('device', '=', series.device)
      .where('series', '=', series.name)
      .where('minute', '>=', series.since)
      .orderBy('minute')
      .execute()
  }
}
