// Tells the models when a GPU is slower than it could be, in the words of their scheduler: how they stand back is
// their business, and when a condition counts is the board's.

import type { ModelPool } from './inference/index.ts'
import type { GpuBoard, GpuPressure } from './telemetry/index.ts'

type Pressure = Parameters<ModelPool['press']>[0]

/** Passes on what the board tells; returns the function that ends it. */
export function pressModels(
  board: Pick<GpuBoard, 'onGpuPressure'>,
  pool: Pick<ModelPool, 'press'>
): () => void {
  return board.onGpuPressure((pressure) => pool.press(inWordsOfModels(pressure)))
}

function inWordsOfModels({ kind, active, share }: GpuPressure): Pressure {
  // The end of a slower mode leaves the whole.
  if (kind === 'power-mode') return { kind, share: active ? share : 1 }
  // A supply that does not keep up is a fault of the machine, as an alarm is.
  return { kind: kind === 'thermal' ? 'thermal' : 'alarm', raised: active }
}
