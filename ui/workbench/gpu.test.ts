// What the GPU screen says: gauges, link, memory errors, series, live points; and the advisor's words.

import { test } from 'tap'
import type { GpuReading } from '../../contract/index.ts'
import { telemetry } from '../../test/harness/fake-device-readings.ts'
import { advice, change, gpus } from '../../test/harness/fake-device-runtime.ts'
import {
  bottleneckWords,
  CHANGE_STATES,
  gainWords,
  inOrder,
  isMeasuring,
  settingTitle,
  withChange
} from './gpu/advice-words.ts'
import { cpuSeries, eccWords, gaugesOf, linkWords, seriesOf } from './gpu/gpu-words.ts'
import { grownPoints } from './gpu/live-points.ts'

const NOW = 1_764_320_000_000
const gpu = gpus(NOW, 'normal').gpus[0] as GpuReading
const plain = (text: string): string => text.replaceAll('\u00A0', ' ')

test('gauges say what they are a part of, and nothing where the hardware is silent', async (t) => {
  const [busy, memory, heat, power, clock] = gaugesOf(gpu)
  t.match(busy, { value: plain(busy?.value ?? '').replace(' ', '\u00A0'), of: '' })
  t.equal(plain(memory?.of ?? ''), 'of 20 GB')
  t.equal(heat?.share, null)
  t.equal(plain(power?.value ?? ''), '88 W')
  t.equal(clock?.share, 1)
  const silent = gaugesOf({
    ...gpu,
    load: null,
    memoryUsedMb: null,
    memoryTotalMb: null,
    temperatureC: null,
    powerW: null,
    powerLimitW: null,
    clockMhz: null,
    clockMaxMhz: null
  })
  for (const { value, of, share } of silent) t.same([value, of, share], ['–', '', null])
  t.equal(gaugesOf({ ...gpu, powerW: 200, powerLimitW: 130 })[3]?.share, 1, 'held at full')
})

test('link and memory errors', async (t) => {
  t.equal(linkWords(gpu), 'PCIe 4.0 × 16')
  t.equal(linkWords({ pcieGeneration: 3, pcieWidth: null }), 'PCIe 3.0')
  t.equal(linkWords({ pcieGeneration: null, pcieWidth: 16 }), '–')
  t.equal(eccWords({ eccCorrected: 2, eccUncorrected: 1 }), '2 corrected, 1 not corrected')
  t.equal(eccWords({ eccCorrected: null, eccUncorrected: 0 }), '0 corrected, 0 not corrected')
  t.equal(eccWords({ eccCorrected: null, eccUncorrected: null }), '–')
})

test('charts follow the GPU that is shown; without one the processor', async (t) => {
  const many = telemetry(NOW, 'many-gpus').series
  t.same(
    seriesOf(many, 5).map(({ name }) => name),
    [
      'gpu.load:5',
      'gpu.memory:5',
      'gpu.temperature:5',
      'gpu.power:5',
      'gpu.clock:5',
      'gpu.throttle:5'
    ]
  )
  const none = telemetry(NOW, 'no-gpu').series
  t.same(seriesOf(none, 0), [])
  t.same(
    cpuSeries(none).map(({ name }) => name),
    ['cpu.load', 'memory.used', 'temperature.cpu']
  )
})

test('live values lengthen a chart, old ones leave it', async (t) => {
  const [reading] = telemetry(NOW, 'normal').series
  if (!reading) throw new Error('no series')
  const at = (when: number | null) => [{ ...reading, at: when }]
  const one = grownPoints(new Map(), at(1000), 500)
  t.equal(one.get(reading.name)?.length, 1)
  t.equal(grownPoints(one, at(1000), 500).get(reading.name)?.length, 1, 'not twice')
  t.equal(grownPoints(one, at(null), 500).get(reading.name)?.length, 1)
  t.same(
    grownPoints(one, at(1600), 500)
      .get(reading.name)
      ?.map((point) => point.at),
    [1600]
  )
  const bare = grownPoints(new Map(), [{ ...reading, at: 5, band: null }], 500)
  t.match(bare.get(reading.name), [{ low: null, high: null }])
})

test('the advisor: what is held back first, gains as ranges, changes newest first', async (t) => {
  const overview = advice(NOW, 'normal')
  const [first, second] = overview.advice
  if (!first || !second) throw new Error('no advice')
  t.same(
    inOrder([second, { ...first, recommendation: null }, first]).map(
      ({ bottleneck, recommendation }) => [bottleneck, recommendation !== null]
    ),
    [
      ['queue', true],
      ['queue', false],
      ['none', false]
    ]
  )
  const kinds = [
    'queue',
    'host-copy',
    'memory',
    'compute',
    'thermal',
    'power',
    'disk',
    'none'
  ] as const
  t.equal(new Set(kinds.map((bottleneck) => bottleneckWords({ ...first, bottleneck }))).size, 8)
  t.equal(plain(gainWords({ gainLow: 22, gainHigh: 31 })), '+22 to +31 %')
  t.equal(plain(gainWords({ gainLow: -3, gainHigh: 5 })), '\u22123 to +5 %')
  t.equal(plain(gainWords({ gainLow: 4.1, gainHigh: 4.3 })), '+4 %')
  for (const setting of ['instances', 'max-batch', 'threads', 'max-wait-ms'] as const) {
    t.ok(settingTitle(setting))
  }
  for (const state of [
    'measuring-before',
    'measuring-after',
    'kept',
    'reverted',
    'failed'
  ] as const) {
    t.ok(CHANGE_STATES[state]()[1])
    t.equal(isMeasuring(change(NOW, { state })), state.startsWith('measuring'))
  }
})

test('a change just applied is shown until the device lists it', async (t) => {
  const { changes } = advice(NOW, 'normal')
  const made = change(NOW, { state: 'measuring-before' })
  t.equal(withChange(changes, undefined).length, 2)
  t.equal(withChange(changes, made)[0], made)
  t.equal(withChange([{ ...made, state: 'kept' }], made).length, 1)
})
