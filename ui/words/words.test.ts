// What kiosk and workbench say of GPUs and of the ladder.

import { test } from 'tap'
import type { DeviceModel, GpuReading } from '../../contract/index.ts'
import { gpus, models } from '../../test/harness/fake-device-runtime.ts'
import {
  fallOf,
  fallWords,
  gpuName,
  gpuNames,
  gpuProblems,
  isHeldBack,
  memoryWords,
  needsLook,
  rungWord,
  throttleWords,
  xidWords
} from './index.ts'

const NOW = 1_764_320_000_000
const gpu = gpus(NOW, 'normal').gpus[0] as GpuReading
const plain = (text: string): string => text.replaceAll('\u00A0', ' ')

test('what slows a GPU down is said in words; what was wished for is no fault', async (t) => {
  t.equal(throttleWords(gpu), 'Not slowed down.')
  t.equal(
    throttleWords({ throttle: ['thermal', 'power'] }),
    'Slowed down: it is too hot, and it is at its power limit.'
  )
  for (const reason of ['hardware-slowdown', 'other'] as const)
    t.ok(isHeldBack({ throttle: [reason] }))
  for (const reason of ['sync-boost', 'application-clocks'] as const) {
    t.notOk(isHeldBack({ throttle: [reason] }))
    t.match(throttleWords({ throttle: [reason] }), /^Slowed down: /)
  }
})

test('errors of the driver are explained where they are known', async (t) => {
  t.equal(xidWords(gpu), '')
  t.match(xidWords({ xid: 79 }), /^XID 79: the GPU no longer answers/)
  t.match(xidWords({ xid: 999 }), /^XID 999, see/)
})

test('the problems of a GPU are sentences, most urgent first', async (t) => {
  t.same(gpuProblems(gpu), [])
  const ill = {
    ...gpu,
    xid: 63,
    eccUncorrected: 1,
    throttle: ['power' as const],
    temperatureC: 91,
    memoryUsedMb: 20_000,
    memoryTotalMb: 20_475
  }
  t.match(gpuProblems(ill).map(plain), [
    /^XID 63/,
    'Memory errors were not corrected.',
    'Slowed down: it is at its power limit.',
    'Hot: 91 °C.',
    'Memory is nearly full: 20 GB of 20 GB.'
  ])
  t.equal(
    gpuProblems({ ...ill, throttle: ['thermal'] }).some((line) => line.startsWith('Hot')),
    false
  )
  t.same(gpuProblems({ ...gpu, memoryUsedMb: null, temperatureC: null }), [])
  t.equal(memoryWords({ memoryUsedMb: null, memoryTotalMb: 1 }), '–')
  t.equal(plain(memoryWords({ memoryUsedMb: 612, memoryTotalMb: null })), '612 MB')
})

test('equal GPUs of a machine are counted', async (t) => {
  t.equal(gpuNames([]), '')
  t.equal(gpuNames(['RTX 4000']), 'RTX 4000')
  t.equal(gpuNames(['H100', 'RTX 4000', 'H100']), '2 × H100, RTX 4000')
  const listed = 'NVIDIA H100 80GB HBM3, 81559 MiB'
  t.equal(plain(gpuNames([listed, listed])), '2 × NVIDIA H100 80GB HBM3, 82 GB')
  t.same(['Jetson Orin Nano', listed].map(gpuName), ['Jetson Orin Nano', 'NVIDIA H100 80GB HBM3'])
})

test('a model that fell says where it runs, where not, and why', async (t) => {
  const [fallen] = models(NOW, 'fallen').models as [DeviceModel]
  const [well] = models(NOW, 'normal').models as [DeviceModel]
  const [plainCpu] = models(NOW, 'no-gpu').models as [DeviceModel]
  t.equal(fallWords(well), '', 'an engine that is still built is no fault')
  t.equal(fallWords(plainCpu), '', 'nor is a machine without a GPU')
  t.equal(fallOf(fallen)?.rung, 'cuda')
  t.match(
    fallWords(fallen),
    /^sentence-roles runs on CPU, not on CUDA: libcudnn\.so\.9 was not found/
  )
  const [rung] = fallen.ladder.filter(({ rung: name }) => name === 'cuda')
  const none = { ...fallen, ladder: rung ? [{ ...rung, sentence: '' }] : [] }
  t.equal(fallWords(none), 'sentence-roles cannot run on CUDA: the reason is not known.')
  t.equal(needsLook({ taken: true, code: 'NS_RUNG_LIBRARY' }), false)
  t.equal(rungWord('webgpu'), 'WebGPU')
})
