// The link between this device and its fleet.

export { DeliverOutbox } from './deliver-outbox.ts'
export { enrol } from './enrolment.ts'
export { FleetEngines, type FleetEnginesOptions } from './fleet-engines.ts'
export { type DeviceIdentity, type Enrolment, identityPaths, loadIdentity } from './identity.ts'
export { linkStatus } from './link-status.ts'
export { type LinkEvents, type LinkState, MqttLink, type MqttLinkOptions } from './mqtt-link.ts'
export { outgoingConnections } from './outgoing-connections.ts'
export type { ReconnectLimits } from './reconnect-delay.ts'
