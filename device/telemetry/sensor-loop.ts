// Asks every sensor group at its own period and tells what came. A group that is still busy is not asked
// again; a series without a value at its first reading is told to be unavailable and costs nothing more
// when its whole group is silent.

import type { Clock } from '../../kernel/clock.ts'
import type { Readings, SampleValue, SensorGroup, TelemetrySample } from './sample.ts'

/** Readings without any value after which a group is given up: rates and child processes need two. */
const SILENT_READINGS = 3

interface LoopOptions {
  readonly groups: readonly SensorGroup[]
  readonly clock: Clock
  readonly onSample: (sample: TelemetrySample) => void
}

export class SensorLoop {
  readonly #options: LoopOptions
  #cancels: (() => void)[] = []

  constructor(options: LoopOptions) {
    this.#options = options
  }

  start(): void {
    const { groups, clock } = this.#options
    this.#cancels = groups.map((group) => {
      const run = this.#reader(group)
      const cancel = clock.every(
        group.periodS * 1000,
        () => void run().then((done) => done && cancel())
      )
      void run()
      return cancel
    })
  }

  stop(): void {
    for (const cancel of this.#cancels) cancel()
    this.#cancels = []
    for (const group of this.#options.groups) group.stop?.()
  }

  /** One reading of a group; the promise says true when the group has nothing to give on this machine. */
  #reader(group: SensorGroup): () => Promise<boolean> {
    let busy = false
    let readings = 0
    let spoke = false
    return async () => {
      if (busy) return false
      busy = true
      const values = await group.read().catch((): Readings => ({}))
      busy = false
      readings++
      spoke ||= Object.values(values).some((value) => value !== null)
      const silent = !spoke && readings >= SILENT_READINGS
      this.#tell(group, values, silent)
      if (silent) group.stop?.()
      return silent
    }
  }

  #tell(group: SensorGroup, readings: Readings, silent: boolean): void {
    const { periodS } = group
    const values: SampleValue[] = Object.entries(readings).map(([name, value]) => ({
      name,
      value: value === null ? null : Math.round(value * 1e4) / 1e4,
      periodS
    }))
    if (silent)
      for (const name of group.names)
        if (!values.some((known) => known.name === name && known.value !== null))
          values.push({ name, value: null, periodS, unavailable: true })
    if (values.length > 0) this.#options.onSample({ at: this.#options.clock.now(), values })
  }
}
