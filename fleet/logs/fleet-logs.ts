// What the logs of the fleet say together: templates over all devices, what is unusual, lines over time.

import type { z } from 'zod'
import type { FleetLogs, LogAnomaly, LogLevel } from '../../contract/index.ts'
import type { Store } from '../store/index.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
/** Bins of the timeline. */
const BINS = 96
const MAX_TEMPLATES = 300
const MAX_ANOMALIES = 200

interface LogQuery {
  readonly now: number
  /** How far back the timeline goes, h. */
  readonly hours: number
  readonly device?: string
}

/** Length of a bin: whole minutes, so that no minute is cut in two. */
const binOf = (hours: number): number =>
  Math.max(1, Math.ceil((hours * HOUR_MS) / BINS / MINUTE_MS)) * MINUTE_MS

async function timeline(store: Store, { now, hours, device }: LogQuery) {
  const binMs = binOf(hours)
  const bins = Math.ceil((hours * HOUR_MS) / binMs)
  const from = (Math.floor(now / binMs) - bins + 1) * binMs
  const lines = new Array<number>(bins).fill(0)
  const unusual = new Array<number>(bins).fill(0)
  for (const row of await store.logs.minutes(from, device)) {
    const bin = Math.floor((row.minute - from) / binMs)
    if (bin >= bins) continue // a device whose clock is ahead
    lines[bin] = (lines[bin] ?? 0) + row.lines
    unusual[bin] = (unusual[bin] ?? 0) + row.unusual
  }
  return { from, binMs, lines, unusual }
}

/** Collects the logs of the fleet, or of one device. */
export async function readFleetLogs(store: Store, query: LogQuery): Promise<FleetLogs> {
  const { device } = query
  const names = new Map((await store.devices.all()).map(({ id, name }) => [id, name]))
  const templates = await store.logs.templates(MAX_TEMPLATES, device)
  const anomalies = await store.logs.anomalies(MAX_ANOMALIES, device)
  const bins = await timeline(store, query)
  return {
    lines: bins.lines.reduce((sum, count) => sum + count, 0),
    templates: templates.map(({ template, level, devices, count, first_at, last_at }) => ({
      template,
      level: level as z.infer<typeof LogLevel>,
      devices,
      count,
      firstSeenAt: first_at,
      lastSeenAt: last_at
    })),
    anomalies: anomalies.map((row) => ({
      ...(JSON.parse(row.body) as LogAnomaly),
      device: row.device,
      deviceName: names.get(row.device) ?? row.device
    })),
    timeline: bins
  }
}
