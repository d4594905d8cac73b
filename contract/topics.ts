// The MQTT topics between a device and its fleet, built and parsed in one place. Ids hold no wildcard,
// slash, space or control character, so that a topic can never mean two things.

import { z } from 'zod'

/** A device id: also the common name of its certificate and its MQTT client id. */
export const DeviceId = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{2,62}$/,
    'A device id has 3 to 63 lower-case letters, digits and hyphens.'
  )
export type DeviceId = z.infer<typeof DeviceId>

/** Streams of durable events from a device, in the order in which they matter. */
export const EVENT_STREAMS = ['result', 'audit', 'alarm', 'log', 'telemetry'] as const
export type EventStream = (typeof EVENT_STREAMS)[number]

export const TOPIC_ROOT = 'ns/v1'

const under = (device: string, rest: string): string => `${TOPIC_ROOT}/${device}/${rest}`

export const topics = {
  hello: (device: string): string => under(device, 'up/hello'),
  state: (device: string): string => under(device, 'up/state'),
  event: (device: string, stream: EventStream): string => under(device, `up/evt/${stream}`),
  response: (device: string, operation: string): string => under(device, `up/res/${operation}`),
  desired: (device: string): string => under(device, 'down/desired'),
  request: (device: string, operation: string): string => under(device, `down/req/${operation}`),
  ack: (device: string): string => under(device, 'down/ack'),
  /** What a device may publish and subscribe to; nothing else. */
  deviceUp: (device: string): string => under(device, 'up/#'),
  deviceDown: (device: string): string => under(device, 'down/#'),
  /** What the fleet subscribes to. */
  allUp: `${TOPIC_ROOT}/+/up/#`
}

export type ParsedTopic =
  | { readonly device: string; readonly channel: 'hello' | 'state' | 'desired' | 'ack' }
  | { readonly device: string; readonly channel: 'event'; readonly stream: EventStream }
  | {
      readonly device: string
      readonly channel: 'response' | 'request'
      readonly operation: string
    }

const CHANNELS: Readonly<Record<string, 'hello' | 'state' | 'desired' | 'ack'>> = {
  'up/hello': 'hello',
  'up/state': 'state',
  'down/desired': 'desired',
  'down/ack': 'ack'
}

/** Reads a topic back; undefined for anything that is not one of ours. */
export function parseTopic(topic: string): ParsedTopic | undefined {
  if (!topic.startsWith(`${TOPIC_ROOT}/`)) return undefined
  const [device = '', direction = '', kind = '', name, ...more] = topic
    .slice(TOPIC_ROOT.length + 1)
    .split('/')
  if (!DeviceId.safeParse(device).success || more.length > 0) return undefined
  const channel = name === undefined ? CHANNELS[`${direction}/${kind}`] : undefined
  if (channel) return { device, channel }
  if (name === undefined || name === '') return undefined
  if (direction === 'up' && kind === 'evt') {
    const stream = EVENT_STREAMS.find((known) => known === name)
    return stream ? { device, channel: 'event', stream } : undefined
  }
  if (direction === 'up' && kind === 'res') return { device, channel: 'response', operation: name }
  if (direction === 'down' && kind === 'req') return { device, channel: 'request', operation: name }
  return undefined
}
