// The engines of a device in a fleet: the fleet is asked before one is built, what was built here is offered,
// and what came from another device is written into the audit trail.

import { NearsideError } from '../contract/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { VerifiedBundle } from '../models/index.ts'
import { EngineOffers, type EngineStore, type ModelEngines } from './inference/index.ts'
import { type DeviceIdentity, type Enrolment, FleetEngines, type MqttLink } from './link/index.ts'
import type { AuditTrail } from './vault/index.ts'

export interface SharedParts {
  readonly identity: DeviceIdentity & { readonly enrolment: Enrolment }
  readonly engines: ModelEngines
  readonly store: EngineStore
  /** Of the models that the device has. */
  readonly bundles: () => readonly VerifiedBundle[]
  readonly audit: Pick<AuditTrail, 'record'>
  readonly clock: Clock
  /** Bytes of a piece that is sent; default 4 MiB. */
  readonly pieceBytes?: number
  readonly logger: { warn(facts: object, what: string): void }
}

export interface EngineSharing {
  /** Offers when the link comes up; returns how to end that. */
  follow(mqtt: Pick<MqttLink, 'events'>): () => void
  stop(): Promise<void>
}

export function shareEngines(parts: SharedParts): EngineSharing {
  const { identity, engines, store, bundles, audit, clock, logger } = parts
  const { deviceId, enrolment } = identity
  const { pieceBytes } = parts
  const exchange = new FleetEngines({
    deviceId,
    enrolment,
    clock,
    ...(pieceBytes && { pieceBytes })
  })
  const warn = (error: NearsideError, what: string): void =>
    logger.warn({ code: error.code, sentence: error.message }, what)
  const offers = new EngineOffers({
    ...{ store, exchange, clock },
    modelOf: (sha256) => modelOf(bundles(), sha256),
    onFault: (error) => warn(error, 'an engine was not handed to the fleet')
  })
  engines.connect({
    exchange,
    onTaken: (model, builder) =>
      audit.record('engine-taken', model, `A TensorRT engine built by ${builder}.`),
    onRefused: (model, error) => warn(error, `the fleet's engine for ${model} is not used`),
    onBuilt: () => void offers.offerAll()
  })
  const online = async (): Promise<void> => {
    await engines.tellFaults().catch((error: unknown) => {
      if (error instanceof NearsideError) warn(error, 'a fault of an engine was not told')
    })
    await offers.restart()
  }
  return {
    follow: (mqtt) => mqtt.events.on('online', () => void online()),
    stop: async () => {
      engines.connect(undefined)
      await offers.stop()
    }
  }
}

function modelOf(bundles: readonly VerifiedBundle[], sha256: string) {
  const { manifest } =
    bundles.find(({ manifest: { variants } }) =>
      variants.some((variant) => variant.sha256 === sha256)
    ) ?? {}
  return manifest && { name: manifest.name, version: manifest.version }
}
