// The GPUs and the models on them as the device watches them: the newest readings for pages and metrics,
// alarms from hard facts, the telemetry series of every model.

import type { GpuOverview } from '../contract/index.ts'
import type { Cancel, Clock } from '../kernel/clock.ts'
import type { ModelPool } from './inference/index.ts'
import { tellModelTelemetry } from './model-telemetry.ts'
import { GpuBoard, type TelemetrySource } from './telemetry/index.ts'
import { type AlarmList, GpuAlarms } from './watches/index.ts'

interface GpuParts {
  readonly source: TelemetrySource
  readonly clock: Clock
  readonly alarms: AlarmList
  readonly pool: Pick<ModelPool, 'modelOf' | 'status' | 'statistics'>
  /** New readings, where there are any. */
  readonly onGpus: (overview: GpuOverview) => void
}

export interface WatchedGpus {
  readonly board: GpuBoard
  start(): void
  stop(): void
}

export function openGpus({ source, clock, alarms, pool, onGpus }: GpuParts): WatchedGpus {
  const board = new GpuBoard({
    ...{ source, clock },
    modelOf: (pid) => pool.modelOf(pid),
    working: () => pool.status().some(({ state, rung }) => state === 'ready' && rung !== 'cpu')
  })
  const gpuAlarms = new GpuAlarms({
    ...{ source: board, clock },
    onAlarm: (change) => alarms.apply(change)
  })
  board.onReport(({ gpus }) => {
    if (gpus.length > 0) onGpus(board.current())
  })
  let stopModels: Cancel = () => undefined
  return {
    board,
    start: () => {
      gpuAlarms.start()
      stopModels = tellModelTelemetry({
        statistics: () => pool.statistics(),
        clock,
        onSample: (sample) => source.add(sample)
      })
    },
    stop: () => {
      stopModels()
      gpuAlarms.stop()
      board.stop()
    }
  }
}
