// From bytes on a topic to a checked message: inflates, parses, validates. It knows nothing of storage.

import { inflateSync } from 'node:zlib'
import { z } from 'zod'
import {
  AlarmRecord,
  AuditRecord,
  Envelope,
  EventRecord,
  type EventStream,
  Hello,
  LogRecord,
  ResultRecord,
  StateMessage,
  TelemetryRecord
} from '../../contract/index.ts'

/** First byte of a zlib stream; JSON text never begins with it (an `x`). */
const ZLIB_MARK = 0x78
/** Largest message after inflating, bytes: a small packet must not become a large memory. */
const MAX_INFLATED_BYTES = 1024 * 1024

const RECORD_BODIES = {
  result: ResultRecord,
  audit: AuditRecord,
  alarm: AlarmRecord,
  log: LogRecord,
  telemetry: TelemetryRecord
} as const

/** The contents of a record, by its stream. */
export type RecordBody<Stream extends EventStream = EventStream> = z.infer<
  (typeof RECORD_BODIES)[Stream]
>

/** A record that fits the schema of its stream. */
export interface GoodRecord {
  readonly seq: number
  readonly ts: number
  readonly body: RecordBody
}

/** A record that has a number but no usable contents: it is counted and noted, and holds nothing up. */
export interface BadRecord {
  readonly seq: number
  readonly why: string
}

/** A batch taken apart: nothing in it is trusted before this. */
export interface ReadBatch {
  readonly epoch: string
  readonly oldest: number | undefined
  readonly good: readonly GoodRecord[]
  readonly bad: readonly BadRecord[]
}

/** A state that a device reported, or that its Will left. */
export type DeviceState = z.infer<typeof StateMessage>

const LooseBatch = z.object({
  epoch: z.string().min(8).max(64),
  oldest: z.number().int().positive().optional().catch(undefined),
  records: z.array(z.unknown())
})

const Numbered = EventRecord.pick({ seq: true })

/** Opens an envelope; undefined when the bytes hold none. */
export function readEnvelope(payload: Uint8Array): Envelope | undefined {
  try {
    const bytes =
      payload[0] === ZLIB_MARK
        ? inflateSync(payload, { maxOutputLength: MAX_INFLATED_BYTES })
        : payload
    const parsed = Envelope.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

function whyNot(error: z.ZodError): string {
  const issue = error.issues[0]
  return `${issue?.path.join('.') || 'the record'}: ${issue?.message ?? 'does not fit'}`
}

/** Reads a batch record by record, so that one bad record costs no other. Undefined when it is no batch. */
export function readBatch(stream: EventStream, body: unknown): ReadBatch | undefined {
  const batch = LooseBatch.safeParse(body)
  if (!batch.success) return undefined
  const good: GoodRecord[] = []
  const bad: BadRecord[] = []
  for (const item of batch.data.records) {
    const numbered = Numbered.safeParse(item)
    if (!numbered.success) continue // without a number it cannot be told from its neighbours
    const { seq } = numbered.data
    const record = EventRecord.safeParse(item)
    const contents = record.success ? RECORD_BODIES[stream].safeParse(record.data.body) : record
    if (record.success && contents.success)
      good.push({ seq, ts: record.data.ts, body: contents.data as RecordBody })
    else if (!contents.success) bad.push({ seq, why: whyNot(contents.error) })
  }
  return { epoch: batch.data.epoch, oldest: batch.data.oldest, good, bad }
}

/** Reads the body of `up/hello`. */
export function readHello(body: unknown): Hello | undefined {
  return Hello.safeParse(body).data
}

/** Reads the body of `up/state`. */
export function readState(body: unknown): DeviceState | undefined {
  return StateMessage.safeParse(body).data
}
