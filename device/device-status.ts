// What the device says of itself: the sheet that pages and fleet read, and the list of its problems.

import { statfsSync } from 'node:fs'
import type {
  Alarm,
  DeviceInfo,
  DeviceModels,
  Hello,
  LinkStatus,
  PrivacyStatus,
  ReportedState
} from '../contract/index.ts'
import { PRODUCT_VERSION } from '../contract/index.ts'
import type { Clock } from '../kernel/clock.ts'
import type { JobQueue } from './jobs/index.ts'
import { type DeviceIdentity, linkStatus, outgoingConnections } from './link/index.ts'
import { privacyStatement, remoteConnections } from './model-remotes.ts'
import type { FleetLink } from './open-link.ts'
import type { Models } from './open-models.ts'
import type { Stores } from './open-stores.ts'
import type { Watches } from './open-watches.ts'
import { runningModels } from './running-models.ts'
import type { MachineDescription } from './telemetry/index.ts'

export interface StatusParts {
  readonly home: string
  readonly identity: DeviceIdentity
  readonly machine: MachineDescription
  readonly clock: Clock
  readonly startedAt: number
  readonly stores: Stores
  readonly models: Models
  readonly watches: Watches
  readonly jobs: JobQueue
  /** Undefined until the link is opened, which needs this sheet. */
  readonly link: () => FleetLink | undefined
  readonly keepHours: number
}

/** Free space below which new models and uploads are in danger, bytes. */
const LOW_DISK_BYTES = 1024 ** 3

export class DeviceStatus {
  #parts: StatusParts

  constructor(parts: StatusParts) {
    this.#parts = parts
  }

  info(): DeviceInfo {
    const { identity, machine, clock, startedAt, jobs, watches } = this.#parts
    const alarms = watches.alarms.all().filter(isOpen)
    const states = jobs.list().map((job) => job.state)
    return {
      id: identity.deviceId,
      name: identity.name,
      version: PRODUCT_VERSION,
      startedAt,
      now: clock.now(),
      pid: process.pid,
      ...machine,
      gpus: [...machine.gpus],
      link: this.link(),
      jobs: {
        running: states.filter((state) => state === 'running').length,
        waiting: states.filter((state) => state === 'waiting').length
      },
      alarms: {
        open: alarms.length,
        unacknowledged: alarms.filter((alarm) => alarm.acknowledgedAt === null).length
      },
      watching: {
        series: this.#seriesCount(),
        logs: watches.logs.overview().sources.map((source) => source.name)
      },
      problems: this.#problems(alarms),
      disk: this.disk()
    }
  }

  link(): LinkStatus {
    const { identity, stores, clock, link } = this.#parts
    const fleet = identity.enrolment?.fleet ?? ''
    return linkStatus({
      link: link()?.mqtt?.status,
      fleet,
      outbox: stores.outbox.statsByStream(),
      now: clock.now()
    })
  }

  models(): DeviceModels {
    return {
      models: this.#parts.models.pool.status(),
      installs: this.#parts.link()?.installs() ?? [],
      builds: this.#parts.models.engines.builds
    }
  }

  hello(): Omit<Hello, 'session' | 'gen'> {
    const { identity, machine, startedAt } = this.#parts
    return {
      name: identity.name,
      version: PRODUCT_VERSION,
      ...machine,
      gpus: [...machine.gpus],
      startedAt
    }
  }

  state(): Pick<ReportedState, 'models' | 'alarms' | 'disk' | 'lastError'> {
    const open = this.#parts.watches.alarms.all().filter(isOpen)
    const count = (priority: Alarm['priority']): number =>
      open.filter((alarm) => alarm.priority === priority).length
    const models = this.#parts.models.pool.status()
    return {
      models: runningModels(models),
      alarms: { p1: count(1), p2: count(2), p3: count(3), p4: count(4) },
      disk: this.disk(),
      lastError: models.find((model) => model.state === 'failed')?.sentence ?? null
    }
  }

  disk(): { freeBytes: number; totalBytes: number } {
    const facts = statfsSync(this.#parts.home)
    return { freeBytes: facts.bavail * facts.bsize, totalBytes: facts.blocks * facts.bsize }
  }

  async privacy(): Promise<PrivacyStatus> {
    const { stores, identity, keepHours, models } = this.#parts
    const vault = await stores.vault.stats()
    const outbox = stores.outbox.stats()
    return {
      statement: privacyStatement(models.remotes),
      stored: [
        {
          what: 'Uploads, extracted texts and reports, encrypted',
          items: vault.items,
          bytes: vault.bytes,
          until: `${keepHours} h after the end of their job`
        },
        {
          what: 'Events that wait for the fleet, without content',
          items: outbox.events,
          bytes: outbox.bytes,
          until: 'the fleet has committed them'
        }
      ],
      connections: [...outgoingConnections(identity), ...remoteConnections(models.remotes)],
      audit: stores.audit.list(100).map(({ at, action, subject, outcome, detail }) => ({
        at,
        action,
        subject,
        outcome,
        detail
      }))
    }
  }

  #seriesCount(): number {
    return this.#parts.watches.machine
      .snapshot()
      .series.filter((series) => series.state !== 'unavailable').length
  }

  #problems(alarms: readonly Alarm[]): DeviceInfo['problems'] {
    const problems = [...alarms]
      .sort((a, b) => a.priority - b.priority || a.raisedAt - b.raisedAt)
      .map((alarm) => ({ sentence: alarm.title, href: '#/alarms' }))
    const link = this.link()
    if (link.state === 'offline') problems.push({ sentence: link.sentence, href: '#/device' })
    const { freeBytes } = this.disk()
    if (freeBytes < LOW_DISK_BYTES)
      problems.push({
        sentence: `Only ${Math.round(freeBytes / 1024 ** 2)} MiB of disk are free.`,
        href: '#/device'
      })
    for (const sentence of this.#parts.models.pool.problems())
      problems.push({ sentence, href: '#/models' })
    for (const model of this.#parts.models.pool.status()) {
      if (model.state === 'failed')
        problems.push({
          sentence: `${model.name} ${model.version}: ${model.sentence}`,
          href: '#/models'
        })
    }
    return problems
  }
}

const isOpen = (alarm: Alarm): boolean => alarm.clearedAt === null
