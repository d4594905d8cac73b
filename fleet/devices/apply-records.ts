// Turns the new records of one stream into rows of the read models. Called inside the transaction that
// counts them, so that a record is applied exactly when it is counted.

import type {
  AlarmRecord,
  AuditRecord,
  EventStream,
  LogRecord,
  ResultRecord,
  TelemetryRecord
} from '../../contract/index.ts'
import type {
  AlarmRow,
  LogMinuteRow,
  LogTemplateRow,
  StoreTables,
  TelemetryLastRow,
  TelemetryMinuteRow
} from '../store/index.ts'
import type { GoodRecord } from './read-message.ts'

const MINUTE_MS = 60_000
const minuteOf = (time: number): number => Math.floor(time / MINUTE_MS) * MINUTE_MS

type Apply = (tables: StoreTables, device: string, records: readonly GoodRecord[]) => Promise<void>

function mergeMinute(into: TelemetryMinuteRow, row: TelemetryMinuteRow): void {
  const count = into.count + row.count
  into.mean = (into.mean * into.count + row.mean * row.count) / count
  into.min = Math.min(into.min, row.min)
  into.max = Math.max(into.max, row.max)
  into.count = count
}

const applyTelemetry: Apply = async (tables, device, records) => {
  const minutes = new Map<string, TelemetryMinuteRow>()
  const last = new Map<string, TelemetryLastRow>()
  for (const record of records) {
    const { from, to, series: list } = record.body as TelemetryRecord
    const minute = minuteOf(from)
    for (const { name: series, unit, count, min, max, mean, last: value, score } of list) {
      const row = { device, series, minute, count, min, max, mean }
      const known = minutes.get(`${series} ${minute}`)
      if (known) mergeMinute(known, row)
      else minutes.set(`${series} ${minute}`, row)
      if ((last.get(series)?.at ?? 0) <= to)
        last.set(series, { device, series, unit, last: value, score, at: to })
    }
  }
  await tables.telemetry.addMinutes([...minutes.values()])
  await tables.telemetry.setLast([...last.values()])
}

function addTemplates(into: Map<string, LogTemplateRow>, device: string, body: LogRecord): void {
  for (const { id, template, level, source, count } of body.templates) {
    const key = `${source}\n${id}`
    const known = into.get(key)
    if (known) {
      known.count += count
      known.template = template
      known.level = level
      known.first_at = Math.min(known.first_at, body.from)
      known.last_at = Math.max(known.last_at, body.to)
    } else {
      const times = { first_at: body.from, last_at: body.to }
      into.set(key, { device, source, template_id: id, template, level, count, ...times })
    }
  }
}

const applyLogs: Apply = async (tables, device, records) => {
  const templates = new Map<string, LogTemplateRow>()
  const minutes = new Map<number, LogMinuteRow>()
  const bodies = records.map(({ body }) => body as LogRecord)
  for (const body of bodies) {
    addTemplates(templates, device, body)
    const minute = minuteOf(body.from)
    const row = minutes.get(minute) ?? { device, minute, lines: 0, unusual: 0 }
    row.lines += body.lines
    row.unusual += body.anomalies.length
    minutes.set(minute, row)
  }
  await tables.logs.addTemplates([...templates.values()])
  await tables.logs.addMinutes([...minutes.values()])
  const anomalies = bodies.flatMap((body) => body.anomalies)
  await tables.logs.addAnomalies(
    anomalies.map((anomaly) => ({
      device,
      id: anomaly.id,
      at: anomaly.at,
      body: JSON.stringify(anomaly)
    }))
  )
}

const applyAlarms: Apply = async (tables, device, records) => {
  const alarms = new Map<string, AlarmRow>()
  for (const { ts, body } of records) {
    const { alarm } = body as AlarmRecord
    alarms.set(alarm.id, {
      device,
      id: alarm.id,
      priority: alarm.priority,
      raised_at: alarm.raisedAt,
      cleared_at: alarm.clearedAt,
      acknowledged_at: alarm.acknowledgedAt,
      changed_at: ts,
      body: JSON.stringify(alarm)
    })
  }
  await tables.alarms.put([...alarms.values()])
}

const applyResults: Apply = async (tables, device, records) => {
  const results = new Map(
    records.map(({ ts, body }) => {
      const { job, kind, state } = body as ResultRecord
      return [job, { device, job, at: ts, kind, state, body: JSON.stringify(body) }]
    })
  )
  await tables.results.add([...results.values()])
}

const applyAudit: Apply = async (tables, device, records) => {
  await tables.audit.add(
    records.map(({ ts, body }) => ({ at: ts, device, ...(body as AuditRecord) }))
  )
}

const APPLY: Readonly<Record<EventStream, Apply>> = {
  telemetry: applyTelemetry,
  log: applyLogs,
  alarm: applyAlarms,
  result: applyResults,
  audit: applyAudit
}

/** Applies the new records of a stream, in the order of their numbers. */
export function applyRecords(
  tables: StoreTables,
  source: { readonly device: string; readonly stream: EventStream },
  records: readonly GoodRecord[]
): Promise<void> {
  return APPLY[source.stream](tables, source.device, records)
}
