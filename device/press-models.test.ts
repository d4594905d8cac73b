import { test } from 'tap'
import { anyGpu } from '../test/harness/any-gpu.ts'
import { ManualClock } from '../test/harness/manual-clock.ts'
import type { ModelPool } from './inference/index.ts'
import { pressModels } from './press-models.ts'
import { GpuBoard, type GpuReport } from './telemetry/index.ts'

test('heat, the supply and the power mode of a GPU reach the models, and so does their end', async (t) => {
  const clock = new ManualClock()
  let tell: (report: GpuReport) => void = () => undefined
  const source = {
    onGpus: (listener: (report: GpuReport) => void) => {
      tell = listener
      return () => undefined
    },
    setGpuPace: () => undefined
  }
  const board = new GpuBoard({ source, clock })
  const pressed: Parameters<ModelPool['press']>[0][] = []
  const stop = pressModels(board, { press: (pressure) => void pressed.push(pressure) })
  const read = (over: Parameters<typeof anyGpu>[0]): void => {
    for (let round = 0; round < 3; round += 1) {
      clock.advance(20_000)
      tell({ state: 'reading', at: clock.now(), periodS: 1, gpus: [anyGpu(over)], xids: [] })
    }
  }
  read({ powerMode: 'MAXN', clockMaxMhz: 2000 })
  read({ powerMode: 'MAXN', clockMaxMhz: 2000, throttle: ['thermal'] })
  read({ powerMode: 'MAXN', clockMaxMhz: 2000, throttle: ['hardware-slowdown'] })
  read({ powerMode: '15W', clockMaxMhz: 1000 })
  read({ powerMode: 'MAXN', clockMaxMhz: 2000 })
  t.same(pressed, [
    { kind: 'thermal', raised: true },
    { kind: 'thermal', raised: false },
    { kind: 'alarm', raised: true },
    { kind: 'alarm', raised: false },
    { kind: 'power-mode', share: 0.5 },
    { kind: 'power-mode', share: 1 }
  ])
  stop()
  read({ throttle: ['thermal'] })
  t.equal(pressed.length, 6)
})
