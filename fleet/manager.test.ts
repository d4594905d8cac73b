// The fleet manager as a whole: processes that are killed, homes that are taken, rollouts that outlive a
// restart, and a count at the end.

import { mkdtemp, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import type { FleetOverview, InstallReport, RolloutDetail } from '../contract/index.ts'
import { createLogger } from '../kernel/logger.ts'
import { eventually, FakeDevice } from '../test/harness/fake-device.ts'
import { FleetProcess } from '../test/harness/fleet-process.ts'
import { ManualClock } from '../test/harness/manual-clock.ts'
import { testKey } from '../test/harness/tiny-model.ts'
import { uploadBundle } from '../test/harness/upload-bundle.ts'
import { Downlink } from './downlink.ts'
import { startFleet } from './index.ts'
import { openSqliteStore } from './store/index.ts'

const newHome = (): Promise<string> => mkdtemp(join(tmpdir(), 'nearside-fleet-'))
const quiet = { port: 0, mqttPort: 0, logLevel: 'silent' } as const

const ask = async <T>(url: string, init?: RequestInit): Promise<T> =>
  (await (await fetch(url, init)).json()) as T

const post = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body)
})

const record = (index: number) => ({
  actor: 'device',
  action: 'test',
  subject: `number ${index}`,
  outcome: 'done',
  detail: ''
})

test('kill -9 between batches: nothing is lost, nothing counts twice', async (t) => {
  const home = await newHome()
  let fleet = await FleetProcess.start(home)
  const { ports } = fleet
  const device = await FakeDevice.enrolled(fleet.url, 'Press 7')
  const TOTAL = 6000
  const BATCH = 50
  let kills = 0
  for (;;) {
    try {
      await device.connect()
      await device.appear()
      const lost = device.until(() => !device.client.connected)
      // Everything that is not acknowledged is sent again after each connect, as a real outbox does.
      let next = Math.max(0, device.acked('audit')) + 1
      let killed: Promise<unknown> | undefined
      while (next <= TOTAL && device.client.connected) {
        const bodies = Array.from({ length: BATCH }, (_, index) => record(next + index))
        device.events('audit', { from: next, bodies }).catch(() => undefined)
        next += BATCH
        const room = device.until(() => next - Math.max(0, device.acked('audit')) < 10 * BATCH)
        await Promise.race([room, lost])
        if (kills < 4 && next > (kills + 1) * 1200) {
          kills += 1
          killed = fleet.end('SIGKILL')
        }
      }
      if (!killed) await Promise.race([device.untilAcked('audit', TOTAL), lost])
      await killed
    } catch {
      // refused while the fleet starts: tried again below
    }
    await device.end()
    if (device.acked('audit') >= TOTAL) break
    fleet = await eventually(
      () => FleetProcess.start(home, ports).catch(() => fleet),
      (started) => started !== fleet || kills >= 5
    )
  }
  t.equal(kills, 4)
  t.equal(await fleet.end('SIGTERM'), 0)
  const store = openSqliteStore(join(home, 'fleet', 'fleet.db'))
  t.equal(await store.streams.total('press-7'), TOTAL)
  const subjects = (await store.audit.recent(TOTAL * 2))
    .filter(({ action }) => action === 'test')
    .map(({ subject }) => subject)
  t.equal(subjects.length, TOTAL, 'nothing twice')
  t.equal(new Set(subjects).size, TOTAL, 'nothing lost')
  await store.close()
})

test('a home is used by one fleet at a time, and says so', async (t) => {
  const home = await newHome()
  const tokenFile = join(home, 'token')
  const fleet = await startFleet({ ...quiet, home, enrolmentTokenFile: tokenFile })
  await t.rejects(startFleet({ ...quiet, home }), { code: 'NS_HOME_IN_USE' })
  const run = JSON.parse(await readFile(join(home, 'fleet', 'run.json'), 'utf8'))
  t.same(run, { pid: process.pid, url: fleet.url, mqttUrl: fleet.mqttUrl })
  t.equal((await stat(tokenFile)).mode & 0o777, 0o600)
  t.match(await readFile(tokenFile, 'utf8'), /^[0-9a-z]{32}\n$/)
  await fleet.stop()
})

test('a start that fails gives everything back', async (t) => {
  const home = await newHome()
  await t.rejects(startFleet({ ...quiet, home, host: '0.0.0.0' }), { code: 'NS_HTTP_BIND_REFUSED' })
  const first = await startFleet({ ...quiet, home })
  const taken = { port: Number(new URL(first.url).port) }
  await t.rejects(startFleet({ ...quiet, ...taken, home: await newHome() }), {
    code: 'NS_PORT_IN_USE'
  })
  const mqttPort = Number(new URL(first.mqttUrl).port)
  await t.rejects(startFleet({ ...quiet, mqttPort, home: await newHome() }), {
    code: 'NS_PORT_IN_USE'
  })
  await first.stop()
  const again = await startFleet({ ...quiet, home })
  t.ok(again.url)
  await again.stop()
})

test('a rollout outlives a restart in its middle, and ends as the device reports', async (t) => {
  const home = await newHome()
  const key = testKey()
  let fleet = await startFleet({ ...quiet, home })
  const port = Number(new URL(fleet.url).port)
  const mqttPort = Number(new URL(fleet.mqttUrl).port)
  await uploadBundle(fleet.url, { key, version: '1.0.1' })
  const device = await FakeDevice.enrolled(fleet.url, 'Press 7')
  await device.connect()
  await device.appear()
  const away = await FakeDevice.enrolled(fleet.url, 'Press 8')
  const wanted = { model: 'tiny', version: '1.0.1' }
  const rollout = await ask<RolloutDetail>(`${fleet.url}/api/v1/rollouts`, post(wanted))
  await device.until(() => device.desired?.gen === 1)
  const [model] = device.desired?.models ?? []
  t.match(model, { ...wanted, model: undefined, name: 'tiny', rollout: rollout.id })
  const file = model?.files.find(({ path }) => path === 'manifest.json')
  const blob = await fetch(`${device.desired?.blobs}/${file?.sha256}`)
  t.equal((await blob.arrayBuffer()).byteLength, file?.size)

  const report = (step: InstallReport['step'], reason: string, code: string | null = null) =>
    device.state({
      gen: 1,
      installs: [
        {
          gen: 1,
          rollout: rollout.id,
          ...wanted,
          step,
          progress: 0.5,
          code,
          reason,
          at: Date.now()
        }
      ]
    })
  await report('downloading', 'Half of it is here.')
  const path = `/api/v1/rollouts/${rollout.id}`
  const now = (): Promise<RolloutDetail> => ask(`${fleet.url}${path}`)
  await eventually(now, ({ devices }) => devices[0]?.state === 'downloading')

  await device.end()
  await fleet.stop()
  fleet = await startFleet({ ...quiet, home, port, mqttPort })
  t.match(await now(), {
    state: 'running',
    devices: [
      { state: 'downloading', reason: /^Waiting: the device has been offline since .* \(50 %\)/ },
      { state: 'pending', reason: 'Waiting: the device has never connected.' }
    ]
  })
  device.received.length = 0
  await device.connect()
  await device.appear()
  await device.until(() => device.desired?.gen === 1)
  await report('rejected', 'The golden outputs differ.', 'NS_GOLDEN_MISMATCH')
  await away.connect()
  await away.until(() => away.desired?.gen === 1)
  await away.appear()
  await eventually(now, ({ devices }) => devices[1]?.state === 'sent')
  const running = {
    name: 'tiny',
    version: '1.0.1',
    precision: 'fp32' as const,
    rung: 'cpu' as const
  }
  const manifestSha256 = model?.manifestSha256 ?? ''
  await away.state({ gen: 1, models: [{ ...running, manifestSha256, origin: 'installed' }] })
  const ended = await eventually(now, ({ state }) => state !== 'running')
  t.match(ended, { state: 'failed', counts: { failed: 1, done: 1 } })
  const overview = await ask<FleetOverview>(`${fleet.url}/api/v1/overview`)
  t.match(overview.attention, [
    {
      priority: 2,
      title: 'The rollout of tiny 1.0.1 failed',
      action: { href: `#/rollouts/${rollout.id}` }
    }
  ])
  await device.end()
  await away.end()
  await fleet.stop()
})

test('after a hello a device learns what is committed', async (t) => {
  const fleet = await startFleet({ ...quiet, home: await newHome() })
  const device = await FakeDevice.enrolled(fleet.url, 'Press 7')
  await device.connect()
  await device.events('audit', { from: 1, bodies: [record(1), record(2)] })
  await device.untilAcked('audit', 2)
  device.received.length = 0
  await device.hello()
  await device.untilAcked('audit', 2)
  t.equal(device.acked('audit'), 2)
  await device.end()
  await fleet.stop()
})

test('a message over the packet cap is not sent', async (t) => {
  const sent: string[] = []
  const logger = createLogger({ name: 'test', level: 'silent' })
  const downlink = new Downlink({ clock: new ManualClock(), logger })
  downlink.acknowledge('press-07', { stream: 'log', epoch: 'epoch-01', upto: 1 })
  downlink.attach({ publish: (topic) => void sent.push(topic) })
  const file = { path: 'a'.repeat(200), sha256: '0'.repeat(64), size: 1 }
  const model = { name: 'x', version: '1.0.0', manifestSha256: '0'.repeat(64), rollout: 'r' }
  const files = Array.from({ length: 2000 }, () => file)
  downlink.desire('press-07', { gen: 1, models: [{ ...model, files }], blobs: 'http://127.0.0.1' })
  t.same(sent, [])
  downlink.desire('press-07', { gen: 1, models: [], blobs: 'http://127.0.0.1' })
  t.same(sent, ['ns/v1/press-07/down/desired'])
})
