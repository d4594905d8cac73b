// Who may do what at the broker: a device speaks only under its own topic, the fleet everywhere. Pure, so
// that the same table can be written out as the access list of an external broker.

import { parseTopic, TOPIC_ROOT, topics } from '../../contract/index.ts'

/** Common name and client id of the fleet manager's own connection; no device can get it. */
export const FLEET_CLIENT = 'fleet'

/** Publish topic that nobody reads: where a refused message ends (see DESIGN.md, "Poison messages"). */
export const sinkTopic = (client: string): string => `denied/${client}`

/** True when the client may publish on the topic, Wills included. */
export function mayPublish(client: string, topic: string): boolean {
  if (client === FLEET_CLIENT) return topic.startsWith(`${TOPIC_ROOT}/`)
  const parsed = parseTopic(topic)
  return parsed?.device === client && topic.startsWith(`${TOPIC_ROOT}/${client}/up/`)
}

/** True when a message on the topic may stay at the broker: only the state of a device is a state. */
export function mayRetain(client: string, topic: string): boolean {
  return client === FLEET_CLIENT || topic === topics.state(client)
}

/** True when the client may subscribe to the filter. */
export function maySubscribe(client: string, filter: string): boolean {
  return client === FLEET_CLIENT || filter.startsWith(`${TOPIC_ROOT}/${client}/down/`)
}

/** True when a message on the topic may be handed to the client, whatever its session holds. */
export function mayReceive(client: string, topic: string): boolean {
  return client === FLEET_CLIENT || topic.startsWith(`${TOPIC_ROOT}/${client}/down/`)
}
