// The public face of fleet/broker.

export { FLEET_CLIENT } from './access.ts'
export {
  type BrokerPort,
  type BrokerStats,
  DENIED_ACTIONS,
  type DeniedAction
} from './broker-port.ts'
export { EmbeddedBroker, type EmbeddedBrokerOptions } from './embedded-broker.ts'
export { FleetLink, type FleetLinkOptions } from './fleet-link.ts'
