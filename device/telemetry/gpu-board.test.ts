// The newest readings in the agent: who looks, which models, how much energy, and what slows a GPU.

import { test } from 'tap'
import { GpuOverview, type GpuReading } from '../../contract/index.ts'
import { anyGpu } from '../../test/harness/any-gpu.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { GpuBoard } from './gpu-board.ts'
import type { GpuPressure } from './gpu-pressure.ts'
import type { GpuReport } from './gpu-report.ts'

interface Rig {
  readonly clock: ManualClock
  readonly board: GpuBoard
  readonly paces: boolean[]
  readonly pressures: GpuPressure[]
  /** One report, then `periodS` seconds. */
  report(gpus: readonly GpuReading[], more?: Partial<GpuReport>): void
  working: boolean
}

function rig(): Rig {
  const clock = new ManualClock()
  let listener: (report: GpuReport) => void = () => undefined
  const paces: boolean[] = []
  const pressures: GpuPressure[] = []
  const rigged = { working: false }
  const board = new GpuBoard({
    clock,
    source: {
      onGpus: (given) => {
        listener = given
        return () => {
          listener = () => undefined
        }
      },
      setGpuPace: (fast) => paces.push(fast)
    },
    modelOf: (pid) => (pid === 7 ? 'sentiment' : null),
    working: () => rigged.working
  })
  board.onGpuPressure((pressure) => pressures.push(pressure))
  const report: Rig['report'] = (gpus, more = {}) => {
    const periodS = more.periodS ?? 5
    listener({ state: 'reading', at: clock.now(), periodS, gpus, xids: [], ...more })
    clock.advance(periodS * 1000)
  }
  return Object.assign(rigged, { clock, board, paces, pressures, report })
}

test('each state has its sentence, and an old reading is none', (t) => {
  const { board, report, clock } = rig()
  const sentence = (): string => GpuOverview.parse(board.overview()).sentence
  t.match(sentence(), /looked for/)
  report([], { state: 'none' })
  t.match(sentence(), /no GPU/)
  report([], { state: 'failing' })
  t.match(sentence(), /nvidia-smi is installed/)
  report([anyGpu({})])
  t.equal(sentence(), 'One GPU is read every 5 seconds.')
  report([anyGpu({}), anyGpu({ index: 1, uuid: 'GPU-1' })], { periodS: 1 })
  t.equal(sentence(), '2 GPUs are read every second.')
  t.equal(board.gpus().length, 2)
  clock.advance(20_000)
  t.match(sentence(), /do not answer/)
  t.same(board.gpus(), [])
  report([], { state: 'lost' })
  t.match(sentence(), /do not answer/)
  board.stop()
  t.end()
})

test('a look, a model on a GPU and a busy pool make readings come every second', (t) => {
  const { board, report, clock, paces } = rig()
  report([anyGpu({})])
  t.same(paces, [])
  board.overview()
  board.overview()
  t.same(paces, [true])
  for (let i = 0; i < 7; i++) report([anyGpu({})])
  t.same(paces, [true, false], 'who looked half a minute ago has gone')
  report([anyGpu({ processes: [{ pid: 7, memoryMb: 1, model: null }] })])
  t.same(paces, [true, false, true])
  t.same(board.gpus()[0]?.processes, [{ pid: 7, memoryMb: 1, model: 'sentiment' }])
  report([anyGpu({ processes: [{ pid: 8, memoryMb: 1, model: null }] })])
  t.equal(paces.at(-1), false)
  const busy = rig()
  busy.working = true
  busy.report([anyGpu({})])
  t.same(busy.paces, [true])
  clock.advance(1)
  t.end()
})

test('energy is power by time, without the gaps', (t) => {
  const { board, report, clock } = rig()
  t.equal(board.energyJ('GPU-0'), undefined)
  report([anyGpu({ powerW: 100 })])
  t.equal(board.energyJ('GPU-0'), 0)
  report([anyGpu({ powerW: 100 })])
  t.equal(board.energyJ('GPU-0'), 500)
  report([anyGpu({ powerW: null })])
  clock.advance(60_000)
  report([anyGpu({ powerW: 300 })])
  t.equal(board.energyJ('GPU-0'), 500, 'a minute without readings is not counted')
  report([anyGpu({ powerW: 300 })])
  t.equal(board.energyJ('GPU-0'), 2000)
  t.end()
})

test('heat and power are told when they last, and when they have been gone for a while', (t) => {
  const { report, pressures } = rig()
  const hot = anyGpu({ throttle: ['thermal'], temperatureC: 87.4 })
  report([hot])
  report([anyGpu({})])
  t.same(pressures, [], 'a moment is nothing')
  report([hot])
  report([anyGpu({}), { ...hot, index: 1 }])
  t.match(pressures, [{ kind: 'thermal', active: true, sentence: /at 87 °C/ }])
  for (let i = 0; i < 5; i++) report([anyGpu({})])
  t.equal(pressures.length, 1)
  for (let i = 0; i < 3; i++) report([anyGpu({})])
  t.match(pressures[1], { kind: 'thermal', active: false })
  const capped = anyGpu({ throttle: ['power'], powerW: 699.6 })
  report([capped])
  report([capped])
  t.equal(pressures.length, 2, 'a card at its power limit works as fast as it can')
  const held = anyGpu({ throttle: ['power'], powerW: 14.6, source: 'sysfs' })
  report([held])
  report([held])
  t.match(pressures[2], { kind: 'throttle', active: true, sentence: /at 15 W/ })
  const braked = anyGpu({ throttle: ['hardware-slowdown'], powerW: null, temperatureC: null })
  for (let i = 0; i < 8; i++) report([braked])
  t.equal(pressures.length, 3, 'it goes on by another reason')
  for (let i = 0; i < 8; i++) report([anyGpu({ throttle: ['application-clocks'] })])
  t.match(pressures[3], { kind: 'throttle', active: false })
  t.end()
})

test('a slower power mode is told, and the way back', (t) => {
  const { report, pressures } = rig()
  const mode = (powerMode: string | null, clockMaxMhz: number | null): GpuReading =>
    anyGpu({ powerMode, clockMaxMhz })
  const twice = (gpu: GpuReading): void => {
    report([gpu])
    report([gpu])
  }
  twice(mode(null, 900))
  twice(mode('15W', 600))
  t.same(pressures, [], 'the mode that it starts in is the measure')
  twice(mode('MAXN', 1000))
  t.same(pressures, [])
  twice(mode('15W', 600))
  t.match(pressures, [
    { kind: 'power-mode', active: true, sentence: /15W, slower than MAXN/, share: 0.6 }
  ])
  twice(mode('7W', 250))
  t.match(pressures[1], { active: true, share: 0.25, sentence: /7W/ }, 'slower still')
  twice(mode('7W', null))
  t.match(pressures[2], { active: true, share: 1 }, 'how slow, nobody says')
  twice(mode('MAXN', 1000))
  t.match(pressures[3], { kind: 'power-mode', active: false, share: 1 })
  const blind = rig()
  blind.report([mode('MAXN', null)])
  blind.report([mode('15W', null)])
  blind.report([mode('15W', null)])
  t.match(blind.pressures, [{ kind: 'power-mode', active: true, share: 1 }])
  t.end()
})

test('listeners come and go', (t) => {
  const { board, report } = rig()
  let [reports, pressures] = [0, 0]
  const stopReports = board.onReport(() => reports++)
  const stopPressure = board.onGpuPressure(() => pressures++)
  const hot = anyGpu({ throttle: ['thermal'], temperatureC: null })
  report([hot])
  report([hot])
  stopReports()
  stopPressure()
  for (let i = 0; i < 9; i++) report([anyGpu({})])
  t.same([reports, pressures], [2, 1])
  t.end()
})
