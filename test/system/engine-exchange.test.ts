// Engines from device to device through a real fleet: what is equal is taken, what is not is built, and nothing
// that was changed on the way is loaded. No GPU: libraries and golden checks answer as recorded.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { NearsideError, type SharedEngine } from '../../contract/index.ts'
import { EngineStore } from '../../device/inference/index.ts'
import { startFleet } from '../../fleet/index.ts'
import { engineDevice, recordedBundle } from '../harness/engine-device.ts'
import { eventually } from '../harness/fake-device.ts'
import { FleetProcess } from '../harness/fleet-process.ts'

const PROCESS = join(import.meta.dirname, '..', 'harness', 'engine-process.ts')
const newHome = (): Promise<string> => mkdtemp(join(tmpdir(), 'nearside-engines-fleet-'))
const quiet = { port: 0, mqttPort: 0, logLevel: 'silent' } as const
const until = (holds: () => boolean): Promise<unknown> =>
  eventually(
    async () => holds(),
    (held) => held
  )

async function listed(url: string): Promise<SharedEngine[]> {
  return (await (await fetch(`${url}/api/v1/engines`)).json()) as SharedEngine[]
}

test('an engine is built once for equal devices, and anew for another GPU', async (t) => {
  const { fleet, a, bundle, builds, device } = await fleetWithEngine(t)
  t.equal(await builds(), 1)
  t.strictSame(a.seen.ready, ['tiny'])
  const [shared] = await listed(fleet.url)
  t.match(shared, { model: 'tiny', builder: 'press-a', computeCapability: '9.0', taken: 0 })

  const b = await device('Press B')
  await b.engines.obtain(bundle)
  t.strictSame(b.seen.ready, ['tiny'])
  t.equal(await builds(), 1, 'nothing was built')
  t.equal(b.seen.proved.length, 1, 'it was proved here')
  const [own] = await a.store.list()
  const [taken] = await b.store.list()
  t.strictSame(taken?.record, own?.record)
  t.strictSame(
    await readFile(join(taken?.dir ?? '', 'graph_sm90.engine')),
    await readFile(join(own?.dir ?? '', 'graph_sm90.engine'))
  )
  t.match(taken && (await b.store.origin(taken)), { signatures: [{ keyid: 'press-a' }] })
  t.strictSame(b.seen.audit, ['engine-taken tiny A TensorRT engine built by press-a.'])

  const c = await device('Press C', { gpu: { computeCapability: '8.7' } })
  await c.engines.obtain(bundle)
  await until(() => c.seen.ready.length > 0)
  t.equal(await builds(), 2)
  const both = await eventually(
    () => listed(fleet.url),
    (engines) => engines.filter(({ state }) => state === 'ready').length === 2
  )
  t.strictSame(both.map(({ builder }) => builder).sort(), ['press-a', 'press-c'])
  t.equal(both.find(({ builder }) => builder === 'press-a')?.taken, 1)
})

/** A fleet to which one device has given an engine. */
async function fleetWithEngine(t: Test) {
  const home = await newHome()
  const fleet = await startFleet({ ...quiet, home })
  t.teardown(() => fleet.stop())
  const { bundle, builds } = await recordedBundle()
  const about = { fleet: fleet.url, bundles: [bundle] }
  const a = await engineDevice({ ...about, name: 'Press A' })
  t.teardown(() => a.stop())
  await a.engines.obtain(bundle)
  await eventually(
    () => listed(fleet.url),
    ([engine]) => engine?.state === 'ready'
  )
  const device = async (name: string, more: Partial<Parameters<typeof engineDevice>[0]> = {}) => {
    const made = await engineDevice({ ...about, name, ...more })
    t.teardown(() => made.stop())
    return made
  }
  const folder = join(home, 'fleet', 'engines', 'blobs')
  const blob = async (change: (data: Buffer) => Buffer): Promise<void> => {
    for (const path of await readdir(folder, { recursive: true })) {
      const file = join(folder, path)
      if (!(await stat(file)).isFile()) continue
      const data = await readFile(file)
      if (data.toString() === 'plan') await writeFile(file, change(data))
    }
  }
  return { fleet, a, bundle, builds, device, blob }
}

test('an engine that does not do is reported, built here and offered in its place', async (t) => {
  const { fleet, bundle, builds, device } = await fleetWithEngine(t)
  const b = await device('Press B')
  b.seen.verdict = new NearsideError('NS_RUNG_GOLDEN', 'The golden outputs differ.')
  await b.engines.obtain(bundle)
  await until(() => b.seen.ready.length > 0)
  t.equal(await builds(), 2)
  t.match(b.seen.warnings, ["NS_RUNG_GOLDEN: the fleet's engine for tiny is not used"])
  const [engine] = await eventually(
    () => listed(fleet.url),
    ([shared]) => shared?.state === 'ready' && shared.builder === 'press-b'
  )
  t.equal(engine?.taken, 0)
  const [own] = await b.store.list()
  t.equal(own && (await b.store.origin(own)), undefined, 'what serves was built here')
  t.strictSame(
    (await readdir(b.store.folder)).filter((name) => name.startsWith('incoming-')),
    [],
    'nothing of the refused one is left'
  )
})

test('a fault of this machine is not blamed on the engine', async (t) => {
  const { fleet, bundle, builds, device } = await fleetWithEngine(t)
  const b = await device('Press B')
  b.seen.verdict = new NearsideError('NS_INFERENCE_MEMORY', 'There is too little memory.')
  await b.engines.obtain(bundle)
  await until(() => b.seen.ready.length > 0)
  t.equal(await builds(), 2)
  t.match(await listed(fleet.url), [{ builder: 'press-a', state: 'ready' }])
})

test('what was changed or cut off at the fleet is never loaded', async (t) => {
  const { fleet, bundle, builds, device, blob } = await fleetWithEngine(t)
  await blob(() => Buffer.from('evil'))
  const b = await device('Press B')
  await b.engines.obtain(bundle)
  await until(() => b.seen.ready.length > 0)
  t.match(b.seen.warnings[0], /^NS_BUNDLE_DIGEST/)
  t.equal(await builds(), 2)
  t.ok(b.seen.proved.every(({ dir }) => !dir.includes('incoming-')))
  const [engine] = await eventually(
    () => listed(fleet.url),
    ([shared]) => shared?.state === 'ready' && shared.builder === 'press-b'
  )
  t.ok(engine, 'the fleet dropped its damaged copy and took the good one')
})

test('a file that is shorter at the fleet than it was signed is never loaded', async (t) => {
  const { bundle, builds, device, blob } = await fleetWithEngine(t)
  await blob((data) => data.subarray(0, 2))
  const b = await device('Press B')
  await b.engines.obtain(bundle)
  await until(() => b.seen.ready.length > 0)
  t.match(b.seen.warnings[0], /^NS_BLOB_UNKNOWN/)
  t.equal(await builds(), 2)
  t.ok(b.seen.proved.every(({ dir }) => !dir.includes('incoming-')))
})

test('another Jetson release, or a fleet that is away, means building', async (t) => {
  const { bundle, builds, device } = await fleetWithEngine(t)
  const jetson = await device('Jetson', { l4t: '36.4.3' })
  await jetson.engines.obtain(bundle)
  await until(() => jetson.seen.ready.length > 0)
  t.equal(await builds(), 2)
  const lonely = await device('Press Z', { address: 'http://127.0.0.1:9' })
  await lonely.engines.obtain(bundle)
  await until(() => lonely.seen.ready.length > 0)
  t.equal(await builds(), 3)
  t.match(lonely.seen.warnings[0], /^NS_FLEET_UNREACHABLE/)
})

test('a fleet that is killed in the middle of an upload gets the rest when it is back', async (t) => {
  const home = await newHome()
  let fleet = await FleetProcess.start(home)
  const { ports } = fleet
  t.teardown(() => fleet.end('SIGKILL'))
  const plan = Buffer.alloc(16_000_000, 'plan')
  const { bundle } = await recordedBundle({ planBytes: plan.length })
  const a = await engineDevice({
    ...{ fleet: fleet.url, name: 'Press A', bundles: [bundle], pieceBytes: 64_000 }
  })
  t.teardown(() => a.stop())
  const folder = join(home, 'fleet', 'engines', 'parts')
  await a.engines.obtain(bundle)
  const received = async (): Promise<number> => {
    const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size)
    return Math.max(0, ...(await Promise.all(sizes)))
  }
  await eventually(
    () => received().catch(() => 0),
    (bytes) => bytes >= 500_000
  )
  await fleet.end('SIGKILL')
  const before = await received()
  t.ok(before > 0 && before < plan.length, `${before} bytes were there`)
  fleet = await FleetProcess.start(home, ports)
  const [engine] = await eventually(
    () => listed(fleet.url),
    ([shared]) => shared?.state === 'ready'
  )
  t.equal(engine?.builder, 'press-a')
  const b = await engineDevice({ fleet: fleet.url, name: 'Press B', bundles: [bundle] })
  t.teardown(() => b.stop())
  await b.engines.obtain(bundle)
  const [taken] = await b.store.list()
  t.ok(plan.equals(await readFile(join(taken?.dir ?? '', 'graph_sm90.engine'))))
})

test('a device that is killed again and again while it takes an engine ends with a whole one', async (t) => {
  const home = await newHome()
  const fleet = await startFleet({ ...quiet, home })
  t.teardown(() => fleet.stop())
  const plan = Buffer.alloc(64_000_000, 'plan')
  const { bundle, builds } = await recordedBundle({ planBytes: plan.length })
  const a = await engineDevice({ fleet: fleet.url, name: 'Press A', bundles: [bundle] })
  t.teardown(() => a.stop())
  await a.engines.obtain(bundle)
  await eventually(
    () => listed(fleet.url),
    ([engine]) => engine?.state === 'ready'
  )
  const folder = await mkdtemp(join(tmpdir(), 'nearside-engines-killed-'))
  const errand = JSON.stringify({ fleet: fleet.url, name: 'Press B', folder, bundle })
  const arrived = async (): Promise<number> => {
    const names = await readdir(folder, { recursive: true })
    const part = names.find((name) => name.endsWith('.engine.part'))
    return part === undefined ? 0 : (await stat(join(folder, part))).size
  }
  let before = 0
  let said = ''
  for (let kills = 0; kills < 3; kills += 1) {
    const child = spawn(process.execPath, [PROCESS, errand], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    const ended = once(child, 'exit')
    const more = eventually(
      () => arrived().catch(() => 0),
      (bytes) => bytes > before || child.exitCode !== null
    )
    await more
    child.kill('SIGKILL')
    await ended
    const now = await arrived().catch(() => 0)
    if (said === '') t.ok(now >= before, `${now} bytes are kept`)
    before = now
    const store = new EngineStore({ folder })
    await store.open()
    for (const { dir, record } of await store.list())
      t.equal((await readFile(join(dir, record.files[0]?.path ?? ''))).length, plan.length)
  }
  const last = await engineDevice({ fleet: fleet.url, name: 'Press B', bundles: [bundle], folder })
  t.teardown(() => last.stop())
  await last.engines.obtain(bundle)
  const [taken] = await last.store.list()
  t.ok(plan.equals(await readFile(join(taken?.dir ?? '', 'graph_sm90.engine'))))
  t.equal(await builds(), 1)
  t.strictSame(
    (await readdir(folder)).filter((name) => !/^[0-9a-f]{64}$/.test(name)),
    []
  )
})
