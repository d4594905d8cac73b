// Who may do what at the broker: a device speaks only under its own topic, the fleet everywhere. Pure, so
// that the same table can be written out as the access list of an external broker. It imports nothing: the
// contract and its schemas would cost the broker's thread 20 MB. A test holds it against contract/topics.ts.

/** Common name and client id of the fleet manager's own connection; no device can get it. */
export const FLEET_CLIENT = 'fleet'

const ROOT = 'ns/v1/'

/** Publish topic that nobody reads: where a refused message ends (see DESIGN.md, "Poison messages"). */
export const sinkTopic = (client: string): string => `denied/${client}`

const isUp = (client: string, topic: string): boolean => topic.startsWith(`${ROOT}${client}/up/`)
const isDown = (client: string, topic: string): boolean =>
  topic.startsWith(`${ROOT}${client}/down/`)

/** True when the client may publish on the topic, Wills included. */
export function mayPublish(client: string, topic: string): boolean {
  return client === FLEET_CLIENT ? topic.startsWith(ROOT) : isUp(client, topic)
}

/** True when a message on the topic may stay at the broker: only the state of a device is a state. */
export function mayRetain(client: string, topic: string): boolean {
  return client === FLEET_CLIENT || topic === `${ROOT}${client}/up/state`
}

/** True when the client may subscribe to the filter. */
export function maySubscribe(client: string, filter: string): boolean {
  return client === FLEET_CLIENT || isDown(client, filter)
}

/** True when a message on the topic may be handed to the client, whatever its session holds. */
export function mayReceive(client: string, topic: string): boolean {
  return client === FLEET_CLIENT || isDown(client, topic)
}
