// Series of the GPUs: which exist, and the share of time in which the clock was held back.

import { test } from 'tap'
import { type GpuReading, metricOf } from '../../contract/index.ts'
import { anyGpu } from '../../test/harness/any-gpu.ts'
import { GpuSeries, isHeldBack } from './gpu-series.ts'

const values = (series: GpuSeries, gpu: GpuReading, periodS = 5): Record<string, number | null> =>
  Object.fromEntries(series.values([gpu], periodS).map(({ name, value }) => [name, value]))

test('a figure makes a series when it is first given, and a gap when it is not any more', (t) => {
  const series = new GpuSeries()
  const bare = anyGpu({ memoryTemperatureC: null, powerW: null, memoryTotalMb: null })
  t.notOk(Object.hasOwn(values(series, bare), 'gpu.power:0'))
  t.equal(values(series, anyGpu({ powerW: 70.123456 }))['gpu.power:0'], 70.1235)
  t.equal(values(series, bare)['gpu.power:0'], null)
  t.notOk(
    Object.hasOwn(
      values(series, anyGpu({ unifiedMemory: true, uuid: 'x', index: 3 })),
      'gpu.memory:3'
    )
  )
  for (const { name } of series.values([anyGpu({})], 5))
    t.ok(metricOf(name), `${name} is registered`)
  t.end()
})

test('the share of the last minute is by time, whatever the pace', (t) => {
  const series = new GpuSeries()
  let at = 0
  const share = (seconds: number, periodS: number, held: boolean): number | null | undefined => {
    let last: number | null | undefined
    for (let s = 0; s < seconds; s += periodS) {
      at += periodS * 1000
      last = values(series, anyGpu({ at, throttle: held ? ['power'] : [] }), periodS)[
        'gpu.throttle:0'
      ]
    }
    return last
  }
  t.equal(share(60, 5, false), 0)
  t.equal(share(30, 1, true), 50)
  t.equal(share(15, 5, false), 50)
  t.equal(share(60, 5, false), 0)
  t.ok(isHeldBack({ throttle: ['sync-boost', 'thermal'] }))
  t.notOk(isHeldBack({ throttle: ['application-clocks', 'sync-boost'] }))
  t.end()
})
