// How fast one device brings its events to the fleet, counted when the fleet has committed and acknowledged
// them: the real outbox, link and delivery here, the real fleet with its broker in a process of its own, both
// on this machine. In the second run the fleet is killed half-way and started again.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DeliverOutbox, enrol, MqttLink } from '../../device/link/index.ts'
import { Outbox, openDeviceDatabase } from '../../device/store/index.ts'
import { systemClock } from '../../kernel/clock.ts'
import { median, type Scenario, type ScenarioResult } from '../scenario.ts'

const ROUNDS = 5
const EVENTS = 20_000
const GOAL = 5000 // events a second, committed and acknowledged
const MAIN = join(import.meta.dirname, '../../bin/nearside.ts')

interface Fleet {
  readonly url: string
  readonly mqtt: string
  readonly process: ChildProcess
}

async function startFleet(home: string, httpPort = '0', mqttPort = '0'): Promise<Fleet> {
  const places = ['--home', home, '--port', httpPort, '--mqtt-port', mqttPort]
  const files = ['--enrolment-token-file', join(home, 'token'), '--log-file', join(home, 'log')]
  const args = [MAIN, 'fleet', ...places, ...files, '--json']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const { console: url = '', mqtt = '' } = JSON.parse(line.toString()) as Record<string, string>
  return { url, mqtt, process: child }
}

/** One minute of two series, as the telemetry of a device is. */
const telemetry = (n: number) => ({
  from: n * 60_000,
  to: (n + 1) * 60_000,
  series: ['cpu.load', 'memory.used'].map((name) => ({
    name,
    unit: '%',
    count: 60,
    min: 1.25,
    max: 97.5,
    mean: 12.75,
    last: 9.5,
    score: 0.125
  }))
})

const result = (n: number) => ({
  job: `job-${n}`,
  kind: 'text',
  state: 'done',
  inputs: 3,
  failures: 0,
  findings: { critical: 0, high: 0, medium: 1, low: 0, info: 2 },
  durationMs: 5,
  models: []
})

async function openDevice(home: string, fleet: Fleet) {
  const token = readFileSync(join(home, 'token'), 'utf8').trim()
  const identity = await enrol({ home, fleet: fleet.url, token, clock: systemClock })
  if (!identity.enrolment) throw new Error('the device was not enrolled')
  const outbox = new Outbox({ database: openDeviceDatabase(home), clock: systemClock })
  const link = new MqttLink({
    deviceId: identity.deviceId,
    enrolment: identity.enrolment,
    clock: systemClock,
    hello: () => ({
      name: 'bench',
      version: '0.1.0',
      platform: 'bench',
      cpu: 'bench',
      cores: 1,
      memoryBytes: 1,
      gpus: [],
      startedAt: systemClock.now(),
      gen: 0
    }),
    state: () => ({
      gen: 0,
      models: [],
      installs: [],
      outbox: outbox.stats(),
      alarms: { p1: 0, p2: 0, p3: 0, p4: 0 },
      disk: { freeBytes: 1, totalBytes: 1 },
      lastError: null
    })
  })
  const options = { deviceId: identity.deviceId, outbox, link, clock: systemClock }
  return { outbox, link, delivery: new DeliverOutbox(options) }
}

type Device = Awaited<ReturnType<typeof openDevice>>

async function untilCommitted({ outbox }: Device, left: number): Promise<void> {
  while (outbox.stats().events > left) {
    await new Promise<void>((resolve) => {
      const release = outbox.events.on('acknowledged', () => {
        release()
        resolve()
      })
    })
  }
}

/** Fills the outbox while delivery rests, so that a round measures delivery and nothing else. */
function fill({ outbox }: Device): void {
  for (let n = 0; n < EVENTS; n += 1000) {
    const bodies = Array.from({ length: 900 }, (_, index) => telemetry(n + index))
    outbox.appendMany('telemetry', bodies)
    outbox.appendMany(
      'result',
      Array.from({ length: 100 }, (_, index) => result(n + index))
    )
  }
  outbox.flush()
}

async function oneRound(device: Device) {
  device.delivery.stop()
  fill(device)
  const lag = monitorEventLoopDelay({ resolution: 1 })
  lag.enable()
  const started = performance.now()
  const before = process.cpuUsage()
  device.delivery.start()
  await untilCommitted(device, 0)
  const seconds = (performance.now() - started) / 1000
  const used = process.cpuUsage(before)
  lag.disable()
  return {
    perSecond: EVENTS / seconds,
    lagP99Ms: lag.percentile(99) / 1e6,
    cpuMsPerThousand: (used.user + used.system) / EVENTS
  }
}

/** Kills the fleet half-way and counts what it has in the end. */
async function killedRound(device: Device, fleet: Fleet, home: string) {
  device.delivery.stop()
  fill(device)
  device.delivery.start()
  await untilCommitted(device, EVENTS / 2)
  fleet.process.kill('SIGKILL')
  await once(fleet.process, 'close')
  const again = await startFleet(home, new URL(fleet.url).port, new URL(fleet.mqtt).port)
  await untilCommitted(device, 0)
  const answer = await fetch(`${again.url}/api/v1/devices`)
  const [known] = (await answer.json()) as { events: number }[]
  return { fleet: again, committed: known?.events ?? 0 }
}

async function run(): Promise<ScenarioResult> {
  const home = mkdtempSync(join(tmpdir(), 'nearside-bench-'))
  const first = await startFleet(home)
  const device = await openDevice(home, first)
  device.link.start()
  const rounds: Awaited<ReturnType<typeof oneRound>>[] = []
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await oneRound(device))
  const { fleet, committed } = await killedRound(device, first, home)
  await device.link.stop()
  fleet.process.kill('SIGTERM')
  await once(fleet.process, 'close')
  rmSync(home, { recursive: true, force: true })
  const perSecond = Math.round(median(rounds.map((round) => round.perSecond)))
  const lagMs = median(rounds.map((round) => round.lagP99Ms))
  const cpuMs = median(rounds.map((round) => round.cpuMsPerThousand))
  const lost = (ROUNDS + 1) * EVENTS - committed
  return {
    rows: [
      {
        what: 'events committed and acknowledged, one device',
        value: perSecond,
        unit: 'events/s',
        must: `≥ ${GOAL}`,
        pass: perSecond >= GOAL
      },
      {
        what: 'events lost (negative: counted twice) with the fleet killed half-way',
        value: lost,
        unit: 'events',
        must: '= 0',
        pass: lost === 0
      },
      {
        what: 'loop lag of the device while it delivers, p99',
        value: Number(lagMs.toFixed(1)),
        unit: 'ms',
        must: '< 20',
        pass: lagMs < 20
      },
      { what: 'CPU of the device', value: Number(cpuMs.toFixed(2)), unit: 'ms/1,000 events' }
    ],
    detail: { events: EVENTS, rounds }
  }
}

export const scenario: Scenario = {
  name: 'event-delivery',
  title: 'Events from device to fleet',
  run
}
