// From a message body to the bytes of an MQTT payload and back: the envelope, compression, size limits.

import { deflateSync, inflateSync } from 'node:zlib'
import {
  DEFLATE_ABOVE_BYTES,
  Envelope,
  MAX_PACKET_BYTES,
  NearsideError,
  PROTOCOL_VERSION
} from '../../contract/index.ts'
import { newId } from '../../kernel/ids.ts'

/** The fields of an envelope that the sender chooses. */
export interface EnvelopeHead {
  readonly ts: number
  readonly seq: number
  readonly gen: number
  readonly cid?: string
}

const DEFLATED = 0x78 // first byte of a zlib stream with a 32 KiB window (RFC 1950)
const HEADER_ROOM_BYTES = 256 // fixed header and topic of the packet

/**
 * Wraps a body that is JSON text already, and deflates it when that pays.
 * @throws NearsideError NS_MESSAGE_INVALID when the packet would be larger than every peer accepts
 */
export function pack(head: EnvelopeHead, bodyJson: string): string | Buffer {
  const { ts, seq, gen, cid } = head
  const start = JSON.stringify({ v: PROTOCOL_VERSION, id: newId(ts), ts, seq, gen, cid })
  const text = `${start.slice(0, -1)},"body":${bodyJson}}`
  const packed = text.length > DEFLATE_ABOVE_BYTES ? deflateSync(text, { level: 3 }) : text
  const bytes = Buffer.byteLength(packed)
  if (bytes <= MAX_PACKET_BYTES - HEADER_ROOM_BYTES) return packed
  const sentence = `A message of ${bytes} bytes is larger than the ${MAX_PACKET_BYTES} bytes that a fleet takes.`
  throw new NearsideError('NS_MESSAGE_INVALID', sentence)
}

/**
 * Reads an envelope; fields that this version does not know are ignored.
 * @throws NearsideError NS_MESSAGE_INVALID with the reason
 */
export function unpack(payload: Buffer): Envelope {
  try {
    if (payload.length > MAX_PACKET_BYTES) throw new Error('too large')
    const text =
      payload[0] === DEFLATED
        ? inflateSync(payload, { maxOutputLength: MAX_PACKET_BYTES }).toString('utf8')
        : payload.toString('utf8')
    const message: unknown = JSON.parse(text)
    const version = (message as { v?: unknown } | null)?.v
    if (version !== PROTOCOL_VERSION) throw new Error(`version ${String(version)}`)
    return Envelope.parse(message)
  } catch (error) {
    const why = error instanceof Error && /^(too large|version )/.test(error.message)
    const sentence = `The fleet sent a message that this version cannot read${why ? ` (${error.message})` : ''}; update the device or the fleet.`
    throw new NearsideError('NS_MESSAGE_INVALID', sentence, { cause: error })
  }
}
