// What the log watches of the devices saw: templates with counts, minutes, anomalies. Never a line.

import { inChunks, type QueryHandle } from './query-handle.ts'
import type { AnomalyRow, LogMinuteRow, LogTemplateRow } from './tables.ts'

/** One template over all devices. */
export interface TemplateSum {
  readonly template: string
  readonly level: string
  readonly devices: number
  readonly count: number
  readonly first_at: number
  readonly last_at: number
}

/** Templates add up, minutes add up, anomalies are kept one by one. */
export class LogTable {
  readonly #db: QueryHandle

  constructor(db: QueryHandle) {
    this.#db = db
  }

  /** Adds counts to templates. Each key at most once a call. */
  async addTemplates(templates: readonly LogTemplateRow[]): Promise<void> {
    for (const chunk of inChunks(templates)) {
      await this.#db
        .insertInto('log_templates')
        .values(chunk)
        .onConflict((conflict) =>
          conflict
            .columns(['device', 'source', 'template_id'])
            .doUpdateSet(({ eb, ref, case: when }) => ({
              // A template generalises as more lines come in: the newest wording is the best one.
              template: ref('excluded.template'),
              level: ref('excluded.level'),
              count: eb(ref('log_templates.count'), '+', ref('excluded.count')),
              last_at: when()
                .when(ref('excluded.last_at'), '>', ref('log_templates.last_at'))
                .then(ref('excluded.last_at'))
                .else(ref('log_templates.last_at'))
                .end()
            }))
        )
        .execute()
    }
  }

  /** Adds to minutes. Each key at most once a call. */
  async addMinutes(minutes: readonly LogMinuteRow[]): Promise<void> {
    for (const chunk of inChunks(minutes)) {
      await this.#db
        .insertInto('log_minutes')
        .values(chunk)
        .onConflict((conflict) =>
          conflict.columns(['device', 'minute']).doUpdateSet(({ eb, ref }) => ({
            lines: eb(ref('log_minutes.lines'), '+', ref('excluded.lines')),
            unusual: eb(ref('log_minutes.unusual'), '+', ref('excluded.unusual'))
          }))
        )
        .execute()
    }
  }

  /** An anomaly that is known already is left as it is. */
  async addAnomalies(anomalies: readonly AnomalyRow[]): Promise<void> {
    for (const chunk of inChunks(anomalies)) {
      await this.#db
        .insertInto('anomalies')
        .values(chunk)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    }
  }

  /** Templates over all devices, or of one, most lines first. */
  templates(limit: number, device?: string): Promise<TemplateSum[]> {
    let query = this.#db
      .selectFrom('log_templates')
      .select(({ fn }) => [
        'template',
        'level',
        fn.count<number>('device').distinct().as('devices'),
        fn.sum<number>('count').as('count'),
        fn.min<number>('first_at').as('first_at'),
        fn.max<number>('last_at').as('last_at')
      ])
      .groupBy(['template', 'level'])
      .orderBy('count', 'desc')
      .limit(limit)
    if (device !== undefined) query = query.where('device', '=', device)
    return query.execute()
  }

  /** Newest first. */
  anomalies(limit: number, device?: string): Promise<AnomalyRow[]> {
    const query = this.#db.selectFrom('anomalies').selectAll().orderBy('at', 'desc').limit(limit)
    return (device === undefined ? query : query.where('device', '=', device)).execute()
  }

  /** Of one device, or of all; in no order. */
  minutes(since: number, device?: string): Promise<LogMinuteRow[]> {
    const query = this.#db.selectFrom('log_minutes').selectAll().where('minute', '>=', since)
    return (device === undefined ? query : query.where('device', '=', device)).execute()
  }
}
