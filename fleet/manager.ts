// The fleet manager as a whole: which rooms there are, what each gets from the others, and in which order
// they start. It decides nothing.

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { EventAck } from '../contract/index.ts'
import { writeFileAtomic } from '../kernel/atomic-file.ts'
import { type Clock, systemClock } from '../kernel/clock.ts'
import { EventBus } from '../kernel/event-bus.ts'
import { lockHome } from '../kernel/home-lock.ts'
import { createRegistry, watchLoopLag } from '../kernel/http-health.ts'
import { listen } from '../kernel/http-server.ts'
import { type Service, startAll } from '../kernel/lifecycle.ts'
import { createLogger } from '../kernel/logger.ts'
import { trimWhenSettled } from '../kernel/trim-memory.ts'
import { EmbeddedBroker, FLEET_CLIENT, FleetLink } from './broker/index.ts'
import { Authority, Contacts, Enrolment, Inbox, Ingest, RequestProof } from './devices/index.ts'
import { Downlink } from './downlink.ts'
import { SharedEngines } from './engines/index.ts'
import {
  createFleetApp,
  EventRate,
  type FleetServices,
  registerFleetMetrics
} from './http/index.ts'
import { BlobStore, Registry } from './registry/index.ts'
import { Rollouts } from './rollouts/index.ts'
import { type FleetSettings, type ResolvedSettings, resolveSettings } from './settings.ts'
import { type ChangeBus, openSqliteStore, type Store } from './store/index.ts'

/** How often old rows are forgotten, ms. */
const PRUNE_PERIOD_MS = 3_600_000

/** A fleet that has started; stop ends it in order and gives the home folder back. */
export interface RunningFleet {
  /** Console and HTTP interface. */
  readonly url: string
  readonly mqttUrl: string
  stop(): Promise<void>
}

/** What lies in `<home>/fleet/run.json` while the fleet runs. */
export interface RunFile {
  readonly pid: number
  readonly url: string
  readonly mqttUrl: string
}

interface Place {
  readonly settings: ResolvedSettings
  /** `<home>/fleet`. */
  readonly folder: string
  readonly clock: Clock
  /** Filled in while starting. */
  readonly addresses: { url: string; mqttUrl: string }
}

/**
 * Starts the fleet manager.
 * @throws NearsideError NS_HOME_IN_USE, NS_HOME_UNWRITABLE, NS_PORT_IN_USE, NS_HTTP_BIND_REFUSED
 */
export async function startFleet(
  settings: FleetSettings,
  clock: Clock = systemClock
): Promise<RunningFleet> {
  const resolved = resolveSettings(settings)
  const folder = join(resolved.home, 'fleet')
  const addresses = { url: '', mqttUrl: '' }
  const unlock = lockHome(folder, 'fleet')
  try {
    const rooms = await openRooms({ settings: resolved, folder, clock, addresses })
    const stopAll = await startAll(servicesOf(rooms))
    return { ...addresses, stop: () => stopAll().finally(unlock) }
  } catch (error) {
    unlock()
    throw error
  }
}

type Rooms = Awaited<ReturnType<typeof openRooms>>

/** Opens what needs no order: nothing here listens, connects or runs by itself. */
async function openRooms(place: Place) {
  const { settings, folder, clock, addresses } = place
  const { logFile, logLevel: level, mqttHost: host, mqttPort: port } = settings
  const now = (): number => clock.now()
  const logger = createLogger({ name: 'fleet', level, ...(logFile ? { file: logFile } : {}) })
  const changes: ChangeBus = new EventBus()
  const authority = new Authority({ folder: join(folder, 'ca'), now, fleetName: FLEET_CLIENT })
  const identities = await authority.open()
  const store = openSqliteStore(join(folder, 'fleet.db'))
  const broker = new EmbeddedBroker({ host, port, identity: identities.server, clock })
  const downlink = new Downlink({ clock, logger })
  const blobs = new BlobStore(join(folder, 'blobs'))
  const uploads = join(folder, 'uploads')
  const rollouts = new Rollouts({
    store,
    clock,
    changes,
    publishDesired: (device, desired) => downlink.desire(device, desired),
    blobsUrl: () => `${addresses.url}/blobs`
  })
  return {
    ...place,
    logger,
    changes,
    identity: identities.client,
    store,
    broker,
    downlink,
    blobs,
    ...openEngines({ ...place, store, authority, changes }),
    registry: new Registry({ store, blobs, uploads, clock, changes }),
    enrolment: new Enrolment({ store, clock, changes, authority, reserved: [FLEET_CLIENT] }),
    rollouts,
    rate: new EventRate(now),
    metrics: createRegistry()
  }
}

const MIB = 1024 * 1024

/** Engines of devices: their files lie apart from those of models, because not everybody may read them. */
function openEngines(
  about: Place & {
    readonly store: Store
    readonly authority: Authority
    readonly changes: ChangeBus
  }
) {
  const { settings, folder, clock, store, authority, changes } = about
  const engineBlobs = new BlobStore(join(folder, 'engines', 'blobs'))
  const engines = new SharedEngines({
    ...{ store, clock, changes, blobs: engineBlobs },
    parts: join(folder, 'engines', 'parts'),
    authority: () => authority.certificate(),
    sharing: settings.engineSharing,
    limits: {
      maxBytes: settings.engineMaxMb * MIB,
      perModel: settings.enginesPerModel,
      perModelBytes: settings.enginesPerModelMb * MIB,
      totalBytes: settings.enginesMb * MIB
    }
  })
  const proof = new RequestProof({ store, authority, now: () => clock.now() })
  return { engines, engineBlobs, proof }
}

/** In the order in which they start; they stop in the reverse one. */
function servicesOf(rooms: Rooms): Service[] {
  const messages = messageRooms(rooms)
  return [
    { name: 'store', start: () => undefined, stop: () => rooms.store.close() },
    registryService(rooms),
    httpService(rooms),
    brokerService(rooms),
    contactsService(messages),
    linkService(rooms, messages),
    pruneService(rooms),
    trimService(rooms),
    filesService(rooms)
  ]
}

type Messages = ReturnType<typeof messageRooms>

/** The rooms that messages of devices pass through. */
function messageRooms({ store, clock, logger, changes, rate, ...rooms }: Rooms) {
  const { downlink, rollouts, metrics, broker } = rooms
  const count = registerFleetMetrics(metrics, { store, broker, now: () => clock.now() })
  const ingest = new Ingest({
    store,
    clock,
    logger,
    changes,
    acknowledge: (device, ack) => downlink.acknowledge(device, ack),
    onCommitted: (stream, events) => {
      rate.add(events)
      count(stream, events)
    }
  })
  const onReported = rollouts.reported.bind(rollouts)
  const contacts = new Contacts({ store, clock, changes, onReported })
  const onHello = async (device: string): Promise<void> => {
    for (const { stream, epoch, upto } of await store.streams.latest(device))
      downlink.acknowledge(device, { stream: stream as EventAck['stream'], epoch, upto })
  }
  return { ingest, contacts, inbox: new Inbox({ contacts, ingest, logger, onHello }) }
}

const registryService = ({ registry, engines }: Rooms): Service => ({
  name: 'registry',
  start: async () => {
    await registry.start()
    await engines.start()
  },
  stop: () => undefined
})

function httpService(rooms: Rooms): Service {
  const { settings, addresses, broker, clock, metrics } = rooms
  const ready = (): string | null => {
    if (addresses.mqttUrl === '') return 'The fleet is starting.'
    const { state, sentence } = broker.stats()
    return state === 'well' ? null : sentence
  }
  const services: FleetServices = {
    ...rooms,
    name: settings.name,
    addresses: () => addresses,
    ready
  }
  let close: () => Promise<unknown> = async () => undefined
  const lag = watchLoopLag(metrics, clock)
  return {
    name: 'http',
    start: async () => {
      const app = await createFleetApp(services)
      close = () => app.close()
      addresses.url = await listen(app, { host: settings.host, port: settings.port })
    },
    stop: async () => {
      lag.stop()
      await close()
    }
  }
}

function brokerService({ broker, addresses }: Rooms): Service {
  return {
    name: 'broker',
    start: async () => {
      addresses.mqttUrl = (await broker.start()).url
    },
    stop: () => broker.stop()
  }
}

const contactsService = ({ contacts }: Messages): Service => ({
  name: 'contacts',
  start: () => contacts.start(),
  stop: () => contacts.stop()
})

function linkService(rooms: Rooms, { inbox, ingest }: Messages): Service {
  const { addresses, identity, downlink, rollouts, logger } = rooms
  let link: FleetLink | undefined
  return {
    name: 'link',
    start: async () => {
      link = new FleetLink({
        url: addresses.mqttUrl,
        identity,
        onMessage: (topic, payload) => inbox.take(topic, payload),
        onConnected: () => {
          rollouts
            .publishAll()
            .catch((error: unknown) => logger.error({ err: error }, 'desired states not published'))
        }
      })
      downlink.attach(link)
      await link.start()
    },
    stop: async () => {
      await link?.stop()
      await ingest.settled()
    }
  }
}

function pruneService({ store, engines, clock, logger }: Rooms): Service {
  let cancel = (): void => undefined
  const prune = (): void => {
    store
      .prune(clock.now())
      .then(() => engines.prune())
      .catch((error: unknown) => logger.error({ err: error }, 'old rows could not be removed'))
  }
  return {
    name: 'prune',
    start: () => {
      cancel = clock.every(PRUNE_PERIOD_MS, prune)
      prune()
    },
    stop: () => cancel()
  }
}

function trimService({ clock }: Rooms): Service {
  let cancel = (): void => undefined
  return {
    name: 'trim',
    start: () => {
      cancel = trimWhenSettled(clock)
    },
    stop: () => cancel()
  }
}

/** Tells commands on this machine where the fleet is, and hands the local device its token. */
function filesService({ settings, folder, addresses, enrolment }: Rooms): Service {
  const runFile = join(folder, 'run.json')
  return {
    name: 'files',
    start: async () => {
      const run: RunFile = { pid: process.pid, ...addresses }
      await writeFileAtomic(runFile, `${JSON.stringify(run)}\n`)
      if (settings.enrolmentTokenFile === undefined) return
      const { token } = await enrolment.makeToken()
      await writeFileAtomic(settings.enrolmentTokenFile, `${token}\n`)
    },
    stop: () => rm(runFile, { force: true })
  }
}
