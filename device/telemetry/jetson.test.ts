// Jetson boards as folders of files: Orin on JetPack 6, Thor, a Nano that needs tegrastats, and no Jetson.

import { join } from 'node:path'
import { test } from 'tap'
import { GpuReading } from '../../contract/index.ts'
import { scratchFolder, writeFiles, writeTool } from '../../test/harness/fake-tool.ts'
import { ManualClock, settle } from '../../test/harness/manual-clock.ts'
import { JetsonFiles } from './jetson-files.ts'
import { JetsonReader } from './jetson-reader.ts'

const MEMINFO = 'MemTotal:       64309248 kB\nMemFree: 1 kB\nMemAvailable:   43337728 kB\n'

const ORIN: Readonly<Record<string, string>> = {
  'proc/device-tree/model': 'NVIDIA Jetson AGX Orin Developer Kit\0',
  'proc/device-tree/compatible': 'nvidia,p3737-0000+p3701-0005\0nvidia,tegra234\0',
  'proc/device-tree/serial-number': '1421523012345\0',
  'etc/nv_tegra_release':
    '# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI: aarch64\n',
  'proc/meminfo': MEMINFO,
  'sys/devices/platform/bus@0/17000000.gpu/load': '437\n',
  'sys/class/devfreq/15340000.vic/device/of_node/name': 'vic\0',
  'sys/class/devfreq/15340000.vic/cur_freq': '729600000\n',
  'sys/class/devfreq/17000000.gpu/device/of_node/name': 'gpu\0',
  'sys/class/devfreq/17000000.gpu/cur_freq': '1020000000\n',
  'sys/class/devfreq/17000000.gpu/max_freq': '1300500000\n',
  'sys/class/thermal/thermal_zone0/type': 'cpu-thermal\n',
  'sys/class/thermal/thermal_zone0/temp': '52968\n',
  'sys/class/thermal/thermal_zone1/type': 'gpu-thermal\n',
  'sys/class/thermal/thermal_zone1/temp': '47625\n',
  'sys/class/thermal/cooling_device3/type': 'gpu-throttle-alert\n',
  'sys/class/thermal/cooling_device3/cur_state': '0\n',
  'sys/class/hwmon/hwmon0/name': 'pwmfan\n',
  'sys/class/hwmon/hwmon0/pwm1': '102\n',
  'sys/class/hwmon/hwmon1/name': 'ina3221\n',
  'sys/class/hwmon/hwmon1/in1_label': 'VDD_GPU_SOC\n',
  'sys/class/hwmon/hwmon1/in1_input': '19000\n',
  'sys/class/hwmon/hwmon1/curr1_input': '270\n',
  'sys/class/hwmon/hwmon1/curr1_max': '2000\n',
  'sys/class/hwmon/hwmon1/curr1_max_alarm': '0\n',
  'sys/class/hwmon/hwmon1/in2_label': 'VDD_CPU_CV\n',
  'sys/class/hwmon/hwmon1/in2_input': '19000\n',
  'sys/class/hwmon/hwmon1/curr2_input': '100\n',
  'sys/class/hwmon/hwmon1/in3_label': 'NC\n',
  'sys/class/hwmon/hwmon2/name': 'soctherm_oc\n',
  'sys/class/hwmon/hwmon2/oc1_event_cnt': '0\n',
  'sys/class/hwmon/hwmon2/oc2_event_cnt': '4\n',
  'sys/class/hwmon/hwmon2/oc3_event_cnt': '27390\n',
  'var/lib/nvpmodel/status': 'pmode:0003\n',
  'etc/nvpmodel.conf':
    '< POWER_MODEL ID=0 NAME=MAXN >\nCPU_ONLINE CORE_0 1\n< POWER_MODEL ID=3 NAME=MODE_50W >\n'
}

type Teardown = { teardown(run: () => unknown): void }

async function open(t: Teardown, root: string, tools: Record<string, string> = {}) {
  const clock = new ManualClock()
  const absent = join(root, 'absent')
  const reader = await JetsonReader.open({
    ...{ clock, root, tegrastats: absent, nvpmodel: absent },
    ...tools
  })
  if (!reader) throw new Error('a Jetson')
  t.teardown(() => reader.stop())
  return { clock, reader }
}

test('an Orin is read from its files alone', async (t) => {
  const root = writeFiles(scratchFolder(t), ORIN)
  const { reader, clock } = await open(t, root)
  t.equal(reader.name, 'NVIDIA Jetson AGX Orin Developer Kit')
  const reading = GpuReading.parse(await reader.read())
  t.match(reading, {
    ...{ index: 0, uuid: 'tegra-1421523012345', driver: 'L4T 36.4.3', source: 'sysfs' },
    ...{
      unifiedMemory: true,
      load: 43.7,
      clockMhz: 1020,
      clockMaxMhz: 1300.5,
      temperatureC: 47.625
    },
    ...{ powerW: 5.13, powerLimitW: 38, fanPercent: 40, memoryTotalMb: 62802, memoryUsedMb: 20480 },
    ...{ powerMode: 'MODE_50W', throttle: [], memoryLoad: null, xid: null, processes: [] }
  })
  t.equal(clock.pending, 0, 'no program is started')
})

test('heat, a current alarm and over-current events are reasons; instantaneous spikes are not', async (t) => {
  const root = writeFiles(scratchFolder(t), ORIN)
  const { reader } = await open(t, root)
  const throttle = async (files: Record<string, string>): Promise<readonly string[]> => {
    writeFiles(root, files)
    return (await reader.read()).throttle
  }
  t.same(await throttle({}), [], 'what was counted before says nothing of now')
  t.same(await throttle({ 'sys/class/hwmon/hwmon2/oc3_event_cnt': '27999' }), [])
  t.same(await throttle({ 'sys/class/hwmon/hwmon2/oc2_event_cnt': '5' }), ['power'])
  t.same(await throttle({}), [])
  t.same(await throttle({ 'sys/class/hwmon/hwmon1/curr1_max_alarm': '1' }), ['power'])
  t.same(
    await throttle({
      'sys/class/hwmon/hwmon1/curr1_max_alarm': '0',
      'sys/class/thermal/cooling_device3/cur_state': '1'
    }),
    ['thermal']
  )
})

test('the power mode is read again after a while, by file or by program', async (t) => {
  const root = writeFiles(scratchFolder(t), ORIN)
  const { reader, clock } = await open(t, root)
  t.equal((await reader.read()).powerMode, 'MODE_50W')
  writeFiles(root, { 'var/lib/nvpmodel/status': 'pmode:0000' })
  t.equal((await reader.read()).powerMode, 'MODE_50W')
  clock.advance(30_000)
  t.equal((await reader.read()).powerMode, 'MAXN')
  writeFiles(root, { 'var/lib/nvpmodel/status': 'pmode:0009' })
  clock.advance(30_000)
  t.equal((await reader.read()).powerMode, 'mode 9', 'a mode that the settings do not name')
  const folder = scratchFolder(t)
  const bare = writeFiles(join(folder, 'root'), { ...ORIN, 'var/lib/nvpmodel/status': '' })
  const nvpmodel = writeTool(folder, 'nvpmodel', 'echo "NV Power Mode: MAXN_SUPER"; echo 0')
  const asked = await open(t, bare, { nvpmodel })
  t.equal((await asked.reader.read()).powerMode, 'MAXN_SUPER')
  const silent = await open(t, bare, { nvpmodel: writeTool(folder, 'quiet', 'echo nothing') })
  t.equal((await silent.reader.read()).powerMode, null)
})

test('a sensor that is off has no temperature', async (t) => {
  const off = { ...ORIN, 'sys/class/thermal/thermal_zone1/temp': '-256000\n' }
  const { reader } = await open(t, writeFiles(scratchFolder(t), off))
  t.equal((await reader.read()).temperatureC, null)
})

test('Thor: clocks from its own governor, no load anywhere', async (t) => {
  const root = writeFiles(scratchFolder(t), {
    'proc/device-tree/model': 'NVIDIA Jetson AGX Thor Developer Kit\0',
    'proc/device-tree/compatible': 'nvidia,tegra264\0',
    'proc/meminfo': MEMINFO,
    'sys/class/devfreq/gpu-gpc-0/cur_freq': '1000000000\n',
    'sys/class/devfreq/gpu-gpc-0/max_freq': '1575000000\n',
    'sys/class/devfreq/gpu-nvd-0/cur_freq': '900000000\n',
    'sys/class/thermal/thermal_zone4/type': 'gpu-thermal\n',
    'sys/class/thermal/thermal_zone4/temp': '41000\n',
    'sys/class/hwmon/hwmon3/name': 'ina3221\n',
    'sys/class/hwmon/hwmon3/in1_label': 'VDD_GPU\n',
    'sys/class/hwmon/hwmon3/in1_input': '12000\n',
    'sys/class/hwmon/hwmon3/curr1_input': '1500\n'
  })
  const reading = await (await open(t, root)).reader.read()
  t.match(GpuReading.parse(reading), {
    ...{ driver: null, uuid: 'tegra-0', source: 'sysfs', load: null, clockMhz: 1000 },
    ...{ clockMaxMhz: 1575, powerW: 18, powerLimitW: null, powerMode: null, temperatureC: 41 }
  })
})

test('an older board is read through its governor, with what tegrastats adds', async (t) => {
  const folder = scratchFolder(t)
  const root = writeFiles(join(folder, 'root'), {
    'etc/nv_tegra_release': '# R32 (release), REVISION: 7.1, GCID: 29818004\n',
    'sys/class/devfreq/57000000.gpu/device/of_node/name': 'gm20b\0',
    'sys/class/devfreq/57000000.gpu/device/load': '70\n'
  })
  const line =
    'RAM 331/3964MB (lfb 758x4MB) EMC_FREQ 3%@204 GR3D_FREQ 7%@76 GPU@22.5C POM_5V_IN 933/933 POM_5V_GPU 12/12'
  const tegrastats = writeTool(
    folder,
    'tegrastats',
    `echo "$@" > ${folder}/args; echo starting; echo "${line}"; exec sleep 60`
  )
  const { reader, clock } = await open(t, root, { tegrastats })
  let reading = await reader.read()
  t.match(reading, { load: 7, powerW: null, memoryTotalMb: null }, 'it has not spoken yet')
  while (reading.powerW === null) {
    await settle()
    reading = await reader.read()
  }
  t.match(GpuReading.parse(reading), {
    ...{ name: 'NVIDIA Jetson', driver: 'L4T 32.7.1', source: 'sysfs', load: 7, clockMhz: 76 },
    ...{ temperatureC: 22.5, memoryTotalMb: 3964, memoryUsedMb: 331, powerW: 0.012 },
    ...{ memoryClockMhz: 204, memoryLoad: 3 }
  })
  clock.advance(6000)
  t.equal((await reader.read()).powerW, null, 'an old line says nothing of now')
})

test('without any file tegrastats alone is the source', async (t) => {
  const folder = scratchFolder(t)
  const root = writeFiles(join(folder, 'root'), { 'proc/device-tree/model': 'Jetson Nano\0' })
  const tegrastats = writeTool(
    folder,
    'tegrastats',
    'echo "RAM 1/2MB GR3D_FREQ 9%@500"; exec sleep 60'
  )
  const { reader } = await open(t, root, { tegrastats })
  let reading = await reader.read()
  while (reading.load === null) {
    await settle()
    reading = await reader.read()
  }
  t.match(reading, { source: 'tegrastats', load: 9, clockMhz: 500, memoryTotalMb: 2 })
})

test('any other machine is no Jetson', async (t) => {
  const root = writeFiles(scratchFolder(t), { 'proc/device-tree/model': 'Raspberry Pi 5\0' })
  t.equal(await new JetsonFiles(root).identify(), null)
  t.equal(await JetsonReader.open({ clock: new ManualClock(), root }), undefined)
  t.equal(await new JetsonFiles().identify(), null, 'nor is this one')
})
