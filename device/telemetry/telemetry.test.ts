// Telemetry: parsing of what the kernel and nvidia-smi print, the schedule of the sensors, the real thread.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'tap'
import { ManualClock, settle } from '../../test/harness/manual-clock.ts'
import { describe } from './describe-machine.ts'
import { portableSensors, procSensors } from './fast-sensors.ts'
import { diskBytes, memoryShares, networkBytes, processorTicks, runQueue } from './proc-files.ts'
import { RateMeter } from './rate-meter.ts'
import type { SensorGroup, TelemetrySample } from './sample.ts'
import { SensorLoop } from './sensor-loop.ts'
import { diskSensors, temperatureSensor } from './slow-sensors.ts'
import type { SystemInformation } from './system-information.ts'
import { describeMachine, TelemetrySource } from './telemetry-source.ts'

const STAT = 'cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 2 3 4\n'
const MEMINFO =
  'MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 400 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n'
const DISKS =
  '   8       0 sda 10 0 2000 5 20 0 4000 9 0 0 0\n   8       1 sda1 10 0 2000 5 20 0 4000 9 0 0 0\n   7       0 loop0 1 0 99 0 0 0 0 0 0 0 0\n 259       0 nvme0n1 1 0 8 0 1 0 16 0 0 0 0\n'
const NETS =
  'Inter-|   Receive\n face |bytes\n    lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0\n  eth0: 5000 9 0 0 0 0 0 0 700 4 0 0 0 0 0 0\ndocker0: 7 0 0 0 0 0 0 0 7 0 0 0 0 0 0 0\n'

/** systeminformation as far as a test says. */
function fakeSi(calls: Partial<Record<keyof SystemInformation, unknown>>): SystemInformation {
  const names = [
    'currentLoad',
    'mem',
    'fsStats',
    'networkStats',
    'fsSize',
    'cpuTemperature',
    'cpu',
    'osInfo',
    'graphics'
  ] as const
  const answer = (name: keyof SystemInformation) => () =>
    name in calls ? Promise.resolve(calls[name]) : Promise.reject(new Error('no such sensor'))
  return Object.fromEntries(
    names.map((name) => [name, answer(name)])
  ) as unknown as SystemInformation
}

test('the kernel files are read: whole disks and outer interfaces only', (t) => {
  t.same(processorTicks(STAT), { busy: 150, total: 1000 })
  t.equal(processorTicks('intr 5\n'), null)
  t.same(memoryShares(MEMINFO), { used: 60, swap: null })
  t.same(memoryShares(''), { used: null, swap: null })
  t.same(diskBytes(DISKS), { read: 2008 * 512, written: 4016 * 512 })
  t.same(networkBytes(NETS), { received: 5000, sent: 700 })
  t.equal(runQueue('0.52 0.41 0.30 2/345 678'), 0.52)
  t.equal(runQueue(''), null)
  t.end()
})

test('a counter becomes a rate; the first time and a fallen counter give nothing', (t) => {
  const meter = new RateMeter()
  t.equal(meter.rate('a', 100, 0), null)
  t.equal(meter.rate('a', 300, 2000), 100)
  t.equal(meter.rate('a', 50, 3000), null)
  t.equal(meter.rate('a', 60, 3000), null)
  t.end()
})

test('load and rates come from the difference of two readings', async (t) => {
  let second = 0
  const files: Record<string, () => string> = {
    '/proc/stat': () => `cpu  ${100 + 30 * second} 0 0 ${900 + 70 * second} 0 0 0 0\n`,
    '/proc/meminfo': () => MEMINFO,
    '/proc/loadavg': () => '1.5 1 1',
    '/proc/diskstats': () => `8 0 sda 1 0 ${2000 * second} 0 1 0 0 0 0 0 0`,
    '/proc/net/dev': () => `eth0: ${3e6 * second} 0 0 0 0 0 0 0 0 0`
  }
  const sensors = procSensors({
    read: async (path) => files[path]?.() ?? '',
    monotonicMs: () => second * 1000
  })
  t.equal((await sensors.read())['cpu.load'], null)
  second = 1
  const readings = await sensors.read()
  t.equal(readings['cpu.load'], 30)
  t.equal(readings['cpu.run-queue'], 1.5)
  t.equal(readings['memory.used'], 60)
  t.equal(readings['disk.read'], 1.024)
  t.equal(readings['network.received'], 3)
  t.equal((await procSensors().read())['cpu.load'], null, 'and this machine answers too')
})

test('elsewhere than on Linux systeminformation is asked', async (t) => {
  const sensors = portableSensors(
    fakeSi({
      currentLoad: { currentLoad: 12 },
      mem: { active: 30, total: 120, swaptotal: 10, swapused: 1 },
      fsStats: { rx_sec: 2e6, wx_sec: null },
      networkStats: [{ rx_sec: 1e6, tx_sec: null }]
    })
  )
  const readings = await sensors.read()
  t.match(readings, { 'cpu.load': 12, 'memory.used': 25, 'memory.swap': 10, 'disk.read': 2 })
  t.match(readings, { 'disk.write': null, 'network.received': 1, 'network.sent': 0 })
})

test('data disks are named by their mount, and no sensor is no temperature', async (t) => {
  const disk = (fs: string, mount: string, more = {}): object => ({
    fs,
    mount,
    type: 'ext4',
    size: 5e9,
    use: 40,
    rw: true,
    ...more
  })
  const sensors = diskSensors(
    fakeSi({
      fsSize: [
        disk('/dev/sda1', '/'),
        disk('/dev/sda1', '/var/lib/bind'),
        disk('/dev/sdb1', '/data', { size: 9e9, use: 91.5 }),
        disk('tmpfs', '/run', { type: 'tmpfs' }),
        disk('/dev/loop1', '/snap', { rw: false }),
        disk('/dev/sdc1', '/boot', { size: 1e8 })
      ]
    })
  )
  t.same(await sensors.read(), { 'disk.used:/data': 91.5, 'disk.used:/': 40 })
  const warm = temperatureSensor(fakeSi({ cpuTemperature: { main: 51, max: 55 } }))
  t.same(await warm.read(), { 'temperature.cpu': 55 })
  const none = temperatureSensor(fakeSi({ cpuTemperature: { main: null, max: null } }))
  t.same(await none.read(), { 'temperature.cpu': null })
})

test('each group is asked at its period, never twice at once, and given up when it stays silent', async (t) => {
  const clock = new ManualClock()
  const samples: TelemetrySample[] = []
  const asked: string[] = []
  let release = (): void => undefined
  const stopped: string[] = []
  const group = (name: string, periodS: number, read: SensorGroup['read']): SensorGroup => ({
    periodS,
    names: [name],
    read: () => {
      asked.push(name)
      return read()
    },
    stop: () => stopped.push(name)
  })
  const loop = new SensorLoop({
    clock,
    onSample: (sample) => samples.push(sample),
    groups: [
      group('fast', 1, async () => ({ fast: 1.23456789 })),
      group('stuck', 1, () => new Promise((resolve) => (release = () => resolve({ stuck: 1 })))),
      group('silent', 2, async () => ({ silent: null })),
      group('broken', 2, () => Promise.reject(new Error('no')))
    ]
  })
  loop.start()
  await clock.advanceAsync(9500)
  t.equal(asked.filter((name) => name === 'fast').length, 10)
  t.equal(asked.filter((name) => name === 'stuck').length, 1)
  t.equal(asked.filter((name) => name === 'silent').length, 3)
  const values = samples.flatMap((sample) => sample.values)
  t.ok(values.some((value) => value.name === 'fast' && value.value === 1.2346))
  for (const name of ['silent', 'broken'])
    t.ok(
      values.some((value) => value.name === name && value.unavailable === true),
      name
    )
  release()
  await settle()
  loop.stop()
  const before = asked.length
  await clock.advanceAsync(5000)
  t.equal(asked.length, before)
  t.ok(stopped.includes('fast') && stopped.includes('silent'))
})

test('a machine is described as well as it is known', async (t) => {
  const known = await describe(
    fakeSi({
      osInfo: { distro: 'Debian', release: '12' },
      cpu: { manufacturer: 'Intel', brand: 'Xeon' },
      graphics: {
        controllers: [
          { vendor: 'NVIDIA', model: 'T4' },
          { vendor: '', model: '' }
        ]
      }
    })
  )
  t.match(known, { platform: /^Debian 12, /, cpu: 'Intel Xeon' })
  const unknown = await describe(fakeSi({}))
  t.match(unknown.platform, process.platform)
  t.ok(unknown.cores > 0 && unknown.memoryBytes > 0)
})

test('the real thread samples this machine and ends by message', async (t) => {
  const clock = new ManualClock()
  const source = new TelemetrySource({ clock })
  const first = new Promise<TelemetrySample>((resolve) => {
    const stop = source.onSample((sample) => {
      if (!sample.values.some(({ name }) => name === 'memory.used')) return
      stop()
      resolve(sample)
    })
  })
  source.start()
  const sample = await first
  const memory = sample.values.find(({ name }) => name === 'memory.used')
  t.ok(memory?.value != null && memory.value > 0 && memory.value < 100)
  const own: string[] = []
  source.onSample(({ values }) => own.push(...values.map(({ name }) => name)))
  clock.advance(10_000)
  t.ok(own.includes('nearside.memory') && own.includes('nearside.loop-lag'))
  await source.stop()
  await source.stop()
  const machine = await describeMachine()
  t.ok(machine.cores >= 1 && machine.cpu !== '' && machine.platform !== '')
})

test('GPU reports come from the thread, the pace goes to it, and samples of others are handed on', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nearside-thread-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const script = join(folder, 'gpus.cjs')
  await writeFile(
    script,
    `const { parentPort } = require('node:worker_threads')
    parentPort.on('message', (message) => {
      if (message.kind === 'stop') return parentPort.close()
      const periodS = message.fast ? 1 : 5
      parentPort.postMessage({ kind: 'gpus', report: { state: 'none', at: 1, periodS, gpus: [], xids: [] } })
    })`
  )
  const source = new TelemetrySource({ clock: new ManualClock(), thread: pathToFileURL(script) })
  const paces: number[] = []
  const stop = source.onGpus(({ periodS }) => paces.push(periodS))
  const until = async (count: number): Promise<void> => {
    while (paces.length < count) await settle()
  }
  source.setGpuPace(true)
  source.start()
  await until(1)
  t.same(paces, [1], 'what was asked before the start is asked of the thread')
  source.setGpuPace(false)
  await until(2)
  t.same(paces, [1, 5])
  stop()
  const samples: TelemetrySample[] = []
  source.onSample((sample) => samples.push(sample))
  source.add({ at: 7, values: [] })
  t.same(samples, [{ at: 7, values: [] }])
  await source.stop()
})

test('a thread that dies is started again, one that does not answer is ended', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'nearside-thread-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const script = async (name: string, code: string): Promise<URL> => {
    await writeFile(join(folder, name), code)
    return pathToFileURL(join(folder, name))
  }
  const sample =
    "require('node:worker_threads').parentPort.postMessage({ kind: 'sample', sample: { at: 1, values: [] } });"
  const clock = new ManualClock()
  const dying = new TelemetrySource({
    clock,
    thread: await script('dies.cjs', `${sample} setTimeout(() => { throw new Error('x') }, 1)`)
  })
  let told = 0
  const twice = new Promise<void>((resolve) => {
    dying.onSample(() => {
      told++
      if (told === 2) resolve()
    })
  })
  dying.start()
  while (told < 2) {
    clock.advance(1000)
    await settle()
  }
  await twice
  await dying.stop()
  const deaf = new TelemetrySource({
    clock,
    thread: await script('deaf.cjs', `${sample} setInterval(() => 0, 1e6)`)
  })
  const heard = new Promise<void>((resolve) => deaf.onSample(() => resolve()))
  deaf.start()
  await heard
  const stopping = deaf.stop()
  clock.advance(5000)
  await stopping
  await t.rejects(describeMachine(await script('mute.cjs', '')), { code: 'NS_WORKER_FAILED' })
  await t.rejects(describeMachine(await script('bad.cjs', 'throw new Error("x")')), {
    code: 'NS_WORKER_FAILED'
  })
})
