// The envelope round every MQTT message, and the batch that carries durable events.

import { z } from 'zod'
import { EVENT_STREAMS } from '../topics.ts'
import { PROTOCOL_VERSION } from '../version.ts'

/** Milliseconds since 1970, as the sender's clock has it. */
export const Timestamp = z.number().int().nonnegative()

export const Envelope = z.object({
  v: z.literal(PROTOCOL_VERSION),
  /** Unique id of this message. */
  id: z.string().min(1).max(64),
  ts: Timestamp,
  /** Counts the messages of one connection, from 0. */
  seq: z.number().int().nonnegative(),
  /** Generation of the desired state that the sender knows. */
  gen: z.number().int().nonnegative(),
  /** The message means nothing after this time. */
  exp: Timestamp.optional(),
  /** Id of the request that this answers. */
  cid: z.string().max(64).optional(),
  body: z.unknown()
})
export type Envelope = z.infer<typeof Envelope>

/** One durable event. `seq` counts per device, epoch and stream without gaps, across restarts. */
export const EventRecord = z.object({
  seq: z.number().int().positive(),
  ts: Timestamp,
  body: z.unknown()
})
export type EventRecord = z.infer<typeof EventRecord>

/**
 * Body of a record that stands for records which the device dropped because its store was full. Its `seq`
 * is `to`, and it takes the place of all records from `from` to `to`: the next record has `to` + 1.
 */
export const GapRecord = z.object({
  gap: z.object({
    from: z.number().int().positive(),
    to: z.number().int().positive(),
    count: z.number().int().positive(),
    reason: z.string().max(300)
  })
})
export type GapRecord = z.infer<typeof GapRecord>

/** Body of `up/evt/<stream>`: at most 64 KiB before compression. */
export const EventBatch = z.object({
  /** Random id of the outbox file; a new file counts from 1 again without being taken for a repetition. */
  epoch: z.string().min(8).max(64),
  /**
   * Lowest `seq` that the sender still holds of this stream: what lies below and was never acknowledged is
   * gone (dropped for space, or acknowledged to a fleet since restored), so the receiver waits for it no more.
   */
  oldest: z.number().int().positive().optional(),
  /** In rising order of `seq`; a hole inside a batch is a record that the sender does not have. */
  records: z.array(EventRecord).min(1)
})
export type EventBatch = z.infer<typeof EventBatch>

/** Body of `down/ack`: everything of the stream up to and including `upto` is committed. */
export const EventAck = z.object({
  stream: z.enum(EVENT_STREAMS),
  epoch: z.string().min(8).max(64),
  upto: z.number().int().nonnegative()
})
export type EventAck = z.infer<typeof EventAck>

/** Largest packet that device and broker accept, bytes. */
export const MAX_PACKET_BYTES = 256 * 1024
/** Largest event batch before it is published, bytes. */
export const MAX_BATCH_BYTES = 64 * 1024
/**
 * A payload above this many bytes is sent deflated (zlib, RFC 1950): its first byte is then 0x78 and not
 * `{`, so a receiver can tell. A receiver stops inflating at MAX_PACKET_BYTES.
 */
export const DEFLATE_ABOVE_BYTES = 8 * 1024
