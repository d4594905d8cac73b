import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import type { GpuReading } from '../../contract/index.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { readRungFacts } from '../inference/index.ts'
import { TelemetrySource } from '../telemetry/index.ts'
import { openGauges } from './benchmark-gauges.ts'
import { gpuGauges, openGpuGauges } from './benchmark-gpus.ts'
import { benchmarkMachine } from './benchmark-machine.ts'

/** A folder as the kernel shows its energy counters. */
async function powercap(dir: string, counters: Record<string, { energy: number; range?: number }>) {
  for (const [name, { energy, range = 1e9 }] of Object.entries(counters)) {
    await mkdir(join(dir, name), { recursive: true })
    await writeFile(join(dir, name, 'energy_uj'), `${energy}\n`)
    await writeFile(join(dir, name, 'max_energy_range_uj'), `${range}\n`)
  }
}

test('the power of the processor is energy over time, package by package', async (t) => {
  const dir = t.testdir()
  const before = { 'intel-rapl:0': { energy: 1_000_000 }, 'intel-rapl:1': { energy: 999_000_000 } }
  await powercap(dir, { ...before, 'intel-rapl:0:0': { energy: 5 }, 'intel-rapl': { energy: 7 } })
  let now = 0
  const { gauges, powerSource } = openGauges({ powercap: dir, monotonicMs: () => now })
  t.equal(powerSource, 'processor packages by RAPL')
  t.equal(gauges.readPowerW(), null, 'the first reading has nothing to compare with')
  now = 500
  await powercap(dir, {
    'intel-rapl:0': { energy: 11_000_000 },
    'intel-rapl:1': { energy: 4_000_000 }
  })
  t.equal(gauges.readPowerW(), (10 + 5) / 0.5, 'a counter that began anew is followed')
  t.equal(gauges.readPowerW(), null, 'no time has passed')
  now = 1000
  await writeFile(join(dir, 'intel-rapl:1', 'energy_uj'), 'nonsense')
  t.equal(gauges.readPowerW(), null)
})

test('without counters there is no power, and nobody invents one', async (t) => {
  const { gauges, powerSource } = openGauges({ powercap: join(t.testdir(), 'none') })
  t.equal(powerSource, null)
  t.equal(gauges.readPowerW(), null)
  t.equal(await gauges.readGpuMemoryMb([1]), null)
})

test('the memory of processes is read from the kernel', async (t) => {
  const dir = t.testdir({
    '12': { smaps_rollup: 'Rss: 9 kB\nPss:   70000 kB\n' },
    '13': { smaps_rollup: 'Pss:   5000 kB\n' }
  })
  const { gauges } = openGauges({ proc: dir, powercap: dir })
  t.equal(await gauges.readMemoryMb([12, 13]), 75)
  t.equal(await gauges.readMemoryMb([12, 99]), null, 'a part is no sum')
  t.equal(await gauges.readMemoryMb([]), null)
  if (process.platform === 'linux') {
    const own = await openGauges().gauges.readMemoryMb([process.pid])
    t.ok(own !== null && own > 20)
  }
})

const reading = (at: number, powerW: number | null, memoryMb: number | null): GpuReading =>
  ({
    at,
    powerW,
    processes: [
      { pid: 7, memoryMb, model: null },
      { pid: 8, memoryMb: 1, model: null }
    ]
  }) as unknown as GpuReading

test('each reading of the GPUs counts once', async (t) => {
  let gpus = [reading(1, 100, 600), reading(1, 50, 400)]
  const gauge = gpuGauges(() => gpus)
  t.ok(gauge.sayPower)
  t.equal(gauge.readPowerW(), 150)
  t.equal(gauge.readPowerW(), null)
  t.equal(await gauge.readMemoryMb([7]), 1000)
  t.equal(await gauge.readMemoryMb([9]), null)
  gpus = [reading(2, null, null)]
  t.notOk(gauge.sayPower)
  t.equal(gauge.readPowerW(), null)
  t.equal(await gauge.readMemoryMb([7]), null)
})

test('power of processor and GPUs is a sum of both or none', async (t) => {
  const dir = t.testdir()
  await powercap(dir, { 'intel-rapl:0': { energy: 0 } })
  let now = 0
  let gpus = [reading(1, 200, null)]
  const { gauges, powerSource } = openGauges({
    powercap: dir,
    monotonicMs: () => now,
    gpus: gpuGauges(() => gpus)
  })
  t.equal(powerSource, 'processor packages by RAPL and GPUs by their driver')
  gauges.readPowerW()
  now = 1000
  await powercap(dir, { 'intel-rapl:0': { energy: 20_000_000 } })
  gpus = [reading(2, 210, null)]
  t.equal(gauges.readPowerW(), 230)
  now = 2000
  t.equal(gauges.readPowerW(), null, 'the GPUs say nothing new')
})

test('a benchmark without a device reads the GPUs itself', async (t) => {
  const clock = new ManualClock()
  const source = new TelemetrySource({ clock })
  const opened = openGpuGauges(clock, source)
  // The first message comes from a thread; on a machine without a GPU it says so.
  const { gpus, stop } = await opened
  t.type(gpus.sayPower, 'boolean')
  await stop()
})

test('the machine is described with its runtime, and a driver where there is one', async (t) => {
  const facts = await readRungFacts({ root: t.testdir() })
  const gpu = { name: 'A GPU', uuid: null, computeCapability: '9.0', memoryMb: null }
  const machine = await benchmarkMachine({
    ...facts,
    driver: '560.35.03',
    gpus: [gpu, gpu],
    l4t: '36.4.3'
  })
  t.equal(machine.driver, '560.35.03')
  t.same(machine.gpus, ['A GPU', 'A GPU'])
  t.match(machine.platform, /, Jetson Linux 36\.4\.3$/)
  t.match(machine.runtime, /^ONNX Runtime \d+\.\d+/)
  t.ok(machine.cores >= 1 && machine.memoryBytes > 1e8)
  t.equal((await benchmarkMachine(facts)).driver, null)
})
