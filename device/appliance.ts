// The device agent from start to stop: a table of contents. Each part is opened in a file of its own.

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../kernel/atomic-file.ts'
import { type Cancel, systemClock } from '../kernel/clock.ts'
import { lockHome } from '../kernel/home-lock.ts'
import { createRegistry, watchLoopLag } from '../kernel/http-health.ts'
import { listen } from '../kernel/http-server.ts'
import { createLogger, type Logger } from '../kernel/logger.ts'
import { collectSeldom, trimMemory } from '../kernel/trim-memory.ts'
import { addAdviceMetrics } from './advice-metrics.ts'
import { addDeviceMetrics } from './device-metrics.ts'
import { createDeviceServer } from './http/index.ts'
import { trimNativeHeap } from './inference/index.ts'
import { addInferenceMetrics } from './inference-metrics.ts'
import { type DeviceIdentity, enrol, loadIdentity } from './link/index.ts'
import { returnMemory } from './memory-return.ts'
import { openParts, type Parts } from './open-parts.ts'
import { openGrpc, openServing } from './open-serving.ts'
import type { DeviceSettings } from './settings.ts'
import { Retention } from './vault/index.ts'

export interface DeviceOptions {
  readonly home: string
  readonly settings: DeviceSettings
  /** Key of the encrypted scratch space, 32 bytes, in memory only; default a fresh one. */
  readonly scratchKey?: Uint8Array | undefined
  /** For the first start in a fleet: its address and a one-time token. */
  readonly enrolment?: { readonly fleet: string; readonly token: string } | undefined
  /** Addresses that stand in for those of the enrolment, when the fleet moved. */
  readonly addresses?: { readonly fleet: string; readonly mqtt: string } | undefined
}

export interface RunningDevice {
  readonly url: string
  /** host:port of gRPC; undefined where it is off. */
  readonly grpc: string | undefined
  readonly watching: { readonly series: number; readonly logs: readonly string[] }
  /** Models whose inputs go to another server. */
  readonly sentElsewhere: readonly string[]
  stop(): Promise<void>
}

/** Quiet time after a job before its memory is given back, ms. */
const QUIET_MS = 15_000
/** Hours leave a little behind that is not worth a look of its own (memory-return.ts). */
const TRIM_MS = 3_600_000

type Closer = () => Promise<void> | void

/** Ends what was started, last first; the first failure is thrown after all of it. */
async function closeAll(closers: Closer[]): Promise<void> {
  let failure: unknown
  for (const close of closers.splice(0).reverse()) {
    try {
      await close()
    } catch (error) {
      failure ??= error
    }
  }
  if (failure) throw failure
}

/**
 * Starts the device and resolves when it serves.
 * @throws NearsideError NS_HOME_IN_USE, NS_PORT_IN_USE, NS_ENROLMENT_* and those of the stores
 */
export async function startDevice(options: DeviceOptions): Promise<RunningDevice> {
  const closers: Closer[] = []
  try {
    const started = await start(options, closers)
    return { ...started, stop: () => closeAll(closers) }
  } catch (error) {
    await closeAll(closers).catch(() => undefined) // the failure to start is the one that matters
    throw error
  }
}

async function start(
  options: DeviceOptions,
  closers: Closer[]
): Promise<Omit<RunningDevice, 'stop'>> {
  const { home, settings, scratchKey } = options
  closers.push(lockHome(join(home, 'device'), 'device'))
  const logFile = settings.logFile ?? join(home, 'device', 'device.log')
  const logger = createLogger({ name: 'device', level: settings.logLevel, file: logFile })
  const logs = [
    ...new Set([logFile, ...settings.logs]),
    ...settings.journals.map((unit) => `journal:${unit}`)
  ]
  const identity = await identify(options)
  const parts = await openParts({
    home,
    identity,
    settings,
    logs,
    scratchKey,
    clock: systemClock,
    logger
  })
  closers.push(
    () => parts.stores.close(),
    () => parts.models.pool.close(),
    () => parts.benchmarks.close()
  )
  const { url, grpc } = await serve({ parts, settings, logger, closers })
  await run(parts, logger, closers)
  const runFile = join(home, 'device', 'run.json')
  await writeFileAtomic(runFile, JSON.stringify({ pid: process.pid, url, grpc }))
  closers.push(() => rm(runFile, { force: true }))
  logger.info({ url, grpc, device: identity.deviceId }, 'the device serves')
  const watching = { series: await parts.watches.firstSeries(), logs }
  const sent = parts.models.pool.status().filter(({ remote }) => remote !== undefined)
  return { url, grpc, watching, sentElsewhere: sent.map(({ name }) => name) }
}

/** Who this device is; at its first start in a fleet it asks for its certificate. */
async function identify({
  home,
  settings,
  enrolment,
  addresses
}: DeviceOptions): Promise<DeviceIdentity> {
  const known = await loadIdentity(home, settings.name)
  const named = settings.name === undefined ? {} : { name: settings.name }
  const identity =
    known.enrolment || !enrolment
      ? known
      : await enrol({ home, ...enrolment, ...named, clock: systemClock })
  if (!identity.enrolment || !addresses) return identity
  return { ...identity, enrolment: { ...identity.enrolment, ...addresses } }
}

interface ServeParts {
  readonly parts: Parts
  readonly settings: DeviceSettings
  readonly logger: Logger
  readonly closers: Closer[]
}

const OWN_MEMORY = {
  residentBytes: () => process.memoryUsage.rss(),
  busyMs: () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
  trim: async () => {
    trimMemory()
    await trimNativeHeap()
  },
  collectSeldom
}

/** Opens the door: pages, routes, events, metrics. */
async function serve({
  parts,
  settings,
  logger,
  closers
}: ServeParts): Promise<Pick<RunningDevice, 'url' | 'grpc'>> {
  const { ports, signals, status, link } = parts
  const registry = createRegistry()
  const lag = watchLoopLag(registry, systemClock)
  addDeviceMetrics({ registry, ...parts })
  addAdviceMetrics(registry, () => parts.advisor.overview())
  addInferenceMetrics({ registry, statistics: () => parts.models.pool.statistics() })
  const ready = (): null => null
  const door = openServing(parts.models.pool, settings, systemClock)
  const server = await createDeviceServer({ ports, door, registry, logger, ready })
  signals.start({ stream: server.events, status, tellFleet: () => link.stateChanged() })
  closers.push(
    returnMemory({ clock: systemClock, ...OWN_MEMORY }),
    () => lag.stop(),
    () => signals.stop(),
    () => server.app.close()
  )
  const url = await listen(server.app, settings)
  const grpc = await openGrpc(door, settings, ready)
  if (grpc) closers.push(() => grpc.close())
  return { url, grpc: grpc?.address }
}

/** Starts what runs without end. */
async function run(parts: Parts, logger: Logger, closers: Closer[]): Promise<void> {
  const { watches, jobs, link, advisor } = parts
  const onError = (error: unknown): void =>
    logger.error({ err: error }, 'the files of a job were not wiped')
  const retention = new Retention({
    clock: systemClock,
    deadlines: () => jobs.deadlines(),
    wipe: (id) => jobs.remove(id),
    onError
  })
  await watches.start()
  closers.push(() => watches.stop())
  await advisor.start()
  closers.push(() => advisor.stop())
  jobs.start()
  closers.push(() => jobs.stop())
  await retention.start()
  closers.push(() => retention.stop())
  link.start()
  closers.push(() => link.stop())
  const trim = (): void => {
    if (jobs.list().every((job) => job.state !== 'running')) trimMemory() // it holds the loop up for a moment
  }
  let afterWork: Cancel | undefined
  closers.push(
    systemClock.every(TRIM_MS, trim),
    parts.signals.jobs.on('result', () => {
      afterWork?.()
      afterWork = systemClock.after(QUIET_MS, trim)
    }),
    () => afterWork?.()
  )
}
