// Who reads the GPUs: nvidia-smi, a Jetson's files when it shows nothing, or nobody.

import { join } from 'node:path'
import { test } from 'tap'
import { GpuReading } from '../../contract/index.ts'
import { scratchFolder, writeFiles, writeTool } from '../../test/harness/fake-tool.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import type { GpuReport } from './gpu-report.ts'
import { GpuWatch } from './gpu-watch.ts'
import type { TelemetrySample } from './sample.ts'

const CELLS =
  '580.1, 00000000:3B:00.0, 1000, 250, 5, 1, 40, [N/A], 70, 700, 1980, 1980, 2619, [N/A], 5, 16, 0x20, 0, 0'
const KMSG =
  '4,2,1000000,-;NVRM: Xid (PCI:0000:3b:00): 31, pid=1\n4,3,900000,-;NVRM: Xid (PCI:0000:3b:00): 13, pid=1\n'
const JETSON = {
  'proc/device-tree/model': 'NVIDIA Jetson Orin Nano\0',
  'proc/meminfo': 'MemTotal: 8000000 kB\nMemAvailable: 4000000 kB\n',
  'sys/devices/platform/gpu.0/load': '500',
  'sys/class/thermal/thermal_zone0/type': 'gpu-thermal',
  'sys/class/thermal/thermal_zone0/temp': '50000',
  'sys/class/hwmon/hwmon0/name': 'ina3221',
  'sys/class/hwmon/hwmon0/in1_label': 'VDD_IN',
  'sys/class/hwmon/hwmon0/in1_input': '5000',
  'sys/class/hwmon/hwmon0/curr1_input': '1000'
}

/** Below the silence (15 s) after which the watch kills a program; every other timer used here is shorter. */
const SHORT_OF_PATIENCE_MS = 10_000

interface Rig {
  readonly clock: ManualClock
  readonly watch: GpuWatch
  readonly reports: GpuReport[]
  readonly samples: TelemetrySample[]
  /** Lets timers fall due until something holds; time waits for the real programs, however slow they are. */
  until(holds: () => boolean): Promise<void>
}

function rig(t: { teardown(run: () => unknown): void }, folder: string, smi: string | null): Rig {
  const clock = new ManualClock()
  const reports: GpuReport[] = []
  const samples: TelemetrySample[] = []
  const absent = join(folder, 'absent')
  const watch = new GpuWatch({
    ...{ clock, root: join(folder, 'root'), kmsg: join(folder, 'kmsg') },
    ...{ tegrastats: absent, nvpmodel: absent, journalctl: absent },
    nvidiaSmi: smi === null ? absent : writeTool(folder, 'nvidia-smi', smi),
    onReport: (report) => reports.push(report),
    onSample: (sample) => samples.push(sample)
  })
  t.teardown(() => watch.stop())
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) {
      if (clock.nextInMs <= SHORT_OF_PATIENCE_MS) clock.advance(clock.nextInMs)
      await new Promise(setImmediate)
    }
  }
  return { clock, watch, reports, samples, until }
}

test('nvidia-smi reads: processes and errors are added, and the series follow', async (t) => {
  const folder = writeFiles(scratchFolder(t), { kmsg: KMSG })
  const loop = `while :; do echo "0, GPU-a, NVIDIA H100, ${CELLS}"; echo "1, GPU-b, NVIDIA H100, ${CELLS.replace('3B', '5E').replace('0x20', '0x1')}"; sleep 0.05; done`
  const { watch, reports, samples, until } = rig(
    t,
    folder,
    `case "$1" in *apps*) echo "4242, GPU-b, 200";; *) ${loop};; esac`
  )
  watch.start()
  await until(() => reports.some(({ gpus }) => (gpus[1]?.processes.length ?? 0) > 0))
  const report = reports.at(-1)
  t.match(report, { state: 'reading', periodS: 5 })
  const [first, second] = (report?.gpus ?? []).map((gpu) => GpuReading.parse(gpu))
  t.match(first, { uuid: 'GPU-a', xid: 31, throttle: ['thermal'], processes: [] })
  t.match(second, { xid: null, processes: [{ pid: 4242, memoryMb: 200, model: null }] })
  t.match(report?.xids, [{ index: 0, xid: 31 }])
  const values = Object.fromEntries(
    samples.flatMap((sample) => sample.values.map(({ name, value }) => [name, value]))
  )
  t.match(values, {
    ...{ 'gpu.load:0': 5, 'gpu.memory:0': 25, 'gpu.temperature:0': 40, 'gpu.power:0': 70 },
    ...{ 'gpu.clock:0': 1980, 'gpu.throttle:0': 100, 'gpu.throttle:1': 0, 'gpu.memory-load:1': 1 }
  })
  t.notOk('gpu.memory-temperature:0' in values, 'a figure that was never given makes no series')
  watch.setFast(true)
  watch.setFast(true)
  await until(() => reports.at(-1)?.periodS === 1)
})

test('the empty row of a Jetson leads to its own files, and the pace is theirs', async (t) => {
  const folder = scratchFolder(t)
  writeFiles(join(folder, 'root'), JETSON)
  const nothing = Array.from({ length: 19 }, () => '[N/A]').join(', ')
  const { watch, reports, samples, clock, until } = rig(
    t,
    folder,
    `echo "0, [N/A], Orin (nvgpu), ${nothing}"; exec sleep 60`
  )
  watch.start()
  await until(() => reports.length > 0)
  t.match(reports[0]?.gpus[0], {
    ...{ source: 'sysfs', name: 'NVIDIA Jetson Orin Nano', load: 50, powerW: 5 },
    ...{ unifiedMemory: true, temperatureC: 50 }
  })
  const names = samples[0]?.values.map(({ name }) => name)
  t.ok(names?.includes('gpu.power:0'))
  t.notOk(names?.includes('gpu.memory:0'), 'the memory of the machine is told already')
  watch.setFast(true)
  await until(() => reports.at(-1)?.periodS === 1)
  const before = reports.length
  for (let second = 0; second < 3; second++) {
    const told = reports.length
    clock.advance(1000)
    await until(() => reports.length > told)
  }
  t.ok(reports.length >= before + 3)
  watch.stop()
})

test('a Jetson without nvidia-smi is read; any other machine has no GPU and says so', async (t) => {
  const folder = scratchFolder(t)
  writeFiles(join(folder, 'root'), JETSON)
  const jetson = rig(t, folder, null)
  jetson.watch.start()
  await jetson.until(() => jetson.reports.length > 0)
  t.equal(jetson.reports[0]?.gpus[0]?.source, 'sysfs')
  const bare = rig(t, scratchFolder(t), null)
  bare.watch.start()
  await bare.until(() => bare.reports.length > 0)
  t.match(bare.reports, [{ state: 'none', gpus: [] }])
  t.ok(bare.samples[0]?.values.every(({ unavailable }) => unavailable))
  t.equal(bare.clock.pending, 0, 'and costs nothing more')
})

test('a row without figures on a machine that is no Jetson is shown as it is', async (t) => {
  const nothing = Array.from({ length: 19 }, () => '[N/A]').join(', ')
  const odd = rig(t, scratchFolder(t), `echo "0, GPU-x, NVIDIA Thor, ${nothing}"; exec sleep 60`)
  odd.watch.start()
  await odd.until(() => odd.reports.length > 0)
  t.match(odd.reports[0]?.gpus, [{ name: 'NVIDIA Thor', source: 'nvidia-smi', load: null }])
})

test('a driver that fails, and GPUs that are lost, are states', async (t) => {
  const failing = rig(t, scratchFolder(t), 'exit 9')
  failing.watch.start()
  await failing.until(() => failing.reports.length > 0)
  t.match(failing.reports, [{ state: 'failing', gpus: [] }])
  const folder = scratchFolder(t)
  const { watch, reports, until } = rig(
    t,
    folder,
    `[ -e ${folder}/once ] && exit 15; touch ${folder}/once; echo "0, GPU-a, NVIDIA H100, ${CELLS}"`
  )
  watch.start()
  await until(() => reports.at(-1)?.state === 'lost')
  t.equal(reports[0]?.state, 'reading')
  t.same(reports.at(-1)?.gpus, [])
})
