// Tells the scheduler when a GPU is slower than it could be: heat, a lower power mode, a clock held back by
// power. Each condition has to last before it is told and to be gone for a while before it is over.

import type { GpuReading } from '../../contract/index.ts'

export interface GpuPressure {
  readonly kind: 'thermal' | 'power-mode' | 'throttle'
  readonly active: boolean
  readonly sentence: string
  /** Part of its full clock that a slower power mode leaves to the slowest GPU; 1 where nothing says. */
  readonly share: number
}

/** Rounds in a row that show a condition before it counts, and ms without it until it is over. */
const ROUNDS = 2
const GONE_MS = 30_000

const KINDS = ['thermal', 'power-mode', 'throttle'] as const
type Kind = (typeof KINDS)[number]

export class GpuPressureGauge {
  readonly #tell: (pressure: GpuPressure) => void
  readonly #states = new Map<
    Kind,
    { rounds: number; lastAt: number; active: boolean; share: number }
  >()
  /** GPU → the fastest mode it was seen in, MHz. */
  readonly #modes = new Map<
    string,
    { readonly name: string; readonly clockMaxMhz: number | null }
  >()

  #share = 1

  constructor(tell: (pressure: GpuPressure) => void) {
    this.#tell = tell
  }

  /** Takes one round of readings, `at` in ms that never jump. */
  take(gpus: readonly GpuReading[], at: number): void {
    this.#judge('thermal', at, this.#thermal(gpus))
    this.#judge('throttle', at, this.#throttle(gpus))
    this.#judge('power-mode', at, this.#powerMode(gpus))
  }

  #judge(kind: Kind, at: number, sentence: string | null): void {
    const state = this.#states.get(kind) ?? { rounds: 0, lastAt: at, active: false, share: 1 }
    this.#states.set(kind, state)
    if (sentence !== null) {
      state.rounds++
      state.lastAt = at
      const share = kind === 'power-mode' ? this.#share : 1
      if (state.rounds < ROUNDS || (state.active && state.share === share)) return
      state.active = true
      state.share = share
      this.#tell({ kind, active: true, sentence, share })
      return
    }
    state.rounds = 0
    // A power mode is a setting, not a flickering reading: its end counts at once.
    if (!state.active || (kind !== 'power-mode' && at - state.lastAt < GONE_MS)) return
    state.active = false
    this.#tell({ kind, active: false, sentence: OVER[kind], share: 1 })
  }

  #thermal(gpus: readonly GpuReading[]): string | null {
    const hot = gpus.find(({ throttle }) => throttle.includes('thermal'))
    if (!hot) return null
    const degrees = hot.temperatureC === null ? '' : ` at ${Math.round(hot.temperatureC)} °C`
    return `${hot.name}${degrees} lowers its clock because of heat.`
  }

  /**
   * A graphics card that computes as fast as it can reaches its power limit (an H200 at 700 W does): that is no
   * reason to give it less. The protection of a card and the current alarms of a Jetson are.
   */
  #throttle(gpus: readonly GpuReading[]): string | null {
    const held = gpus.find(
      ({ throttle, source }) =>
        throttle.includes('hardware-slowdown') ||
        (source !== 'nvidia-smi' && throttle.includes('power'))
    )
    if (!held) return null
    const power = held.powerW === null ? '' : ` at ${Math.round(held.powerW)} W`
    return `${held.name}${power} lowers its clock because its power supply does not keep up.`
  }

  /** A mode with a lower top clock than the best that this run has seen. */
  #powerMode(gpus: readonly GpuReading[]): string | null {
    let sentence: string | null = null
    this.#share = 1
    for (const { uuid, name, powerMode, clockMaxMhz } of gpus) {
      if (powerMode === null) continue
      const best = this.#modes.get(uuid)
      if (!best || (clockMaxMhz ?? 0) > (best.clockMaxMhz ?? 0))
        this.#modes.set(uuid, { name: powerMode, clockMaxMhz })
      else if (best.name !== powerMode && isSlower(clockMaxMhz, best.clockMaxMhz)) {
        sentence = `${name} runs in power mode ${powerMode}, slower than ${best.name}.`
        if (clockMaxMhz !== null && best.clockMaxMhz !== null)
          this.#share = Math.min(this.#share, clockMaxMhz / best.clockMaxMhz)
      }
    }
    return sentence
  }
}

const OVER: Readonly<Record<Kind, string>> = {
  thermal: 'No GPU lowers its clock because of heat any more.',
  'power-mode': 'The GPU is back in its faster power mode.',
  throttle: 'No GPU lowers its clock because of its power supply any more.'
}

/** Without clocks any other mode counts as slower: which one is, nobody says. */
function isSlower(clockMhz: number | null, bestMhz: number | null): boolean {
  return clockMhz === null || bestMhz === null || clockMhz < bestMhz
}
