// The device's place in a fleet: its connection, the delivery of its events, the installs that the fleet
// wants. A device without a fleet has none of it and works alone.

import type { Hello, InstallReport, ReportedState } from '../contract/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'
import { loadTrustedKeys, trustedKeyFolders, verifyBundle } from '../models/index.ts'
import { Installs } from './installs/index.ts'
import { DeliverOutbox, type DeviceIdentity, MqttLink } from './link/index.ts'
import type { Models } from './open-models.ts'
import type { Stores } from './open-stores.ts'
import { removeOrphans } from './orphan-engines.ts'
import { type EngineSharing, type SharedParts, shareEngines } from './share-engines.ts'

interface LinkOptions {
  readonly home: string
  readonly identity: DeviceIdentity
  readonly stores: Stores
  readonly models: Models
  /** Whether engines are exchanged with the fleet. */
  readonly engineSharing: boolean
  readonly clock: Clock
  readonly logger: Logger
  readonly hello: () => Omit<Hello, 'session' | 'gen'>
  readonly state: () => Pick<ReportedState, 'models' | 'alarms' | 'disk' | 'lastError'>
  /** The link came up, went down, or an install moved. */
  readonly onChange: () => void
}

export interface FleetLink {
  readonly mqtt: MqttLink | undefined
  readonly installs: () => InstallReport[]
  /** Something that the fleet is told about has changed. */
  stateChanged(): void
  start(): void
  stop(): Promise<void>
}

export function openLink(options: LinkOptions): FleetLink {
  const { identity, stores, clock, logger, onChange } = options
  const { enrolment } = identity
  const installs = openInstalls(options)
  const ends: (() => void)[] = []
  if (!enrolment) {
    return {
      mqtt: undefined,
      installs: () => installs.reports(),
      stateChanged: () => undefined,
      start: () => installs.start(),
      stop: () => installs.stop()
    }
  }
  const mqtt = new MqttLink({
    deviceId: identity.deviceId,
    enrolment,
    clock,
    hello: () => ({ ...options.hello(), gen: installs.finishedGen }),
    state: () => ({
      ...options.state(),
      gen: installs.finishedGen,
      installs: installs.reports(),
      outbox: stores.outbox.stats()
    })
  })
  const deliver = new DeliverOutbox({
    deviceId: identity.deviceId,
    outbox: stores.outbox,
    link: mqtt,
    clock
  })
  const sharing = openSharing(options, { ...identity, enrolment })
  const start = (): void => {
    ends.push(
      ...follow({ mqtt, installs, logger, onChange }),
      ...(sharing ? [sharing.follow(mqtt)] : [])
    )
    installs.start()
    deliver.start()
    mqtt.start()
  }
  const stop = async (): Promise<void> => {
    await installs.stop()
    await sharing?.stop()
    deliver.stop()
    await mqtt.stop()
    for (const end of ends.splice(0)) end()
  }
  return {
    mqtt,
    installs: () => installs.reports(),
    stateChanged: () => mqtt.stateChanged(),
    start,
    stop
  }
}

/** Undefined where this device neither takes engines nor gives any. */
function openSharing(
  { stores, models, clock, logger, engineSharing }: LinkOptions,
  identity: SharedParts['identity']
): EngineSharing | undefined {
  if (!engineSharing) return undefined
  const { pool, engines, engineStore: store } = models
  return shareEngines({
    ...{ identity, engines, store, clock, logger, audit: stores.audit },
    bundles: () => pool.names().map((name) => pool.bundle(name))
  })
}

interface Followed extends Pick<LinkOptions, 'logger' | 'onChange'> {
  readonly mqtt: MqttLink
  readonly installs: Installs
}

/** What comes down goes to the installs, what the installs do goes up; the rest is logged. */
function follow({ mqtt, installs, logger, onChange }: Followed): (() => void)[] {
  return [
    mqtt.events.on('desired', (desired) => void installs.desire(desired)),
    mqtt.events.on('online', onChange),
    mqtt.events.on('offline', ({ code, reason }) => {
      logger.warn({ code, reason }, 'the link to the fleet is down')
      onChange()
    }),
    mqtt.events.on('refused', ({ code, message }) => {
      logger.warn({ code, reason: message }, 'a message of the fleet was ignored')
    }),
    installs.events.on('changed', () => {
      mqtt.stateChanged()
      onChange()
    }),
    installs.events.on('failed', (error) => logger.error({ err: error }, 'installing stopped'))
  ]
}

function openInstalls({ home, identity, stores, models, clock }: LinkOptions): Installs {
  return new Installs({
    home,
    ...(identity.enrolment && { fleet: identity.enrolment.fleet }),
    journal: stores.journal,
    clock,
    builtins: models.builtins,
    checks: {
      // Read at each install, so that a key that was added while the device runs counts.
      verify: async (dir) =>
        void (await verifyBundle(dir, await loadTrustedKeys(trustedKeyFolders(home))))
    },
    activator: {
      activate: async (dir, hooks) => {
        const activated = await models.pool.activate(dir, { onSwitching: hooks.onSwitching })
        await removeOrphans({ home, store: models.engineStore, builtins: models.builtins })
        return activated
      }
    }
  })
}
