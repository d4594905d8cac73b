// How badly the last few values fit the shapes that the series usually takes: residual of the newest window
// after projection on its leading principal components, learnt by Oja's rule with deflation (Oja 1982,
// Sanger 1989). Constant memory; starts from cosine shapes so that nothing is random.

export class SubPca {
  private readonly window: number
  private readonly recent: Float64Array
  private readonly axes: Float64Array[]
  private readonly centred: Float64Array
  private mean = Number.NaN
  private seen = 0

  constructor(window: number, rank: number) {
    this.window = window
    this.recent = new Float64Array(window)
    this.centred = new Float64Array(window)
    this.axes = Array.from({ length: rank }, (_, j) => cosineShape(window, j))
  }

  /** Root mean square of what the components leave unexplained, in the unit of the series; NaN at first. */
  push(value: number): number {
    this.recent.copyWithin(1, 0, this.window - 1)
    this.recent[0] = value
    this.mean = Number.isNaN(this.mean) ? value : this.mean + 0.002 * (value - this.mean)
    this.seen++
    if (this.seen < this.window) return Number.NaN
    let energy = 1e-300
    for (let k = 0; k < this.window; k++) {
      const centred = (this.recent[k] as number) - this.mean
      this.centred[k] = centred
      energy += centred * centred
    }
    for (const axis of this.axes) this.deflate(axis, energy)
    let left = 0
    for (const part of this.centred) left += part * part
    return Math.sqrt(left / this.window)
  }

  toJSON(): { mean: number | null; recent: number[]; axes: number[][] } {
    return {
      mean: Number.isNaN(this.mean) ? null : this.mean,
      recent: [...this.recent.subarray(0, Math.min(this.seen, this.window))],
      axes: this.axes.map((axis) => [...axis])
    }
  }

  reset(state: ReturnType<SubPca['toJSON']>): void {
    this.mean = state.mean ?? Number.NaN
    this.recent.set(state.recent)
    this.seen = state.recent.length
    state.axes.forEach((axis, j) => {
      this.axes[j]?.set(axis)
    })
  }

  /** Takes the part along one axis out of the window and turns the axis a little towards it. */
  private deflate(axis: Float64Array, energy: number): void {
    const { centred } = this
    let along = 0
    for (let k = 0; k < axis.length; k++) along += (axis[k] as number) * (centred[k] as number)
    let norm = 0
    for (let k = 0; k < axis.length; k++) {
      const left = (centred[k] as number) - along * (axis[k] as number)
      const turned = (axis[k] as number) + (LEARNING_RATE * along * left) / energy
      centred[k] = left
      axis[k] = turned
      norm += turned * turned
    }
    const scale = 1 / Math.sqrt(norm)
    for (let k = 0; k < axis.length; k++) axis[k] = (axis[k] as number) * scale
  }
}

/** Share of the way an axis turns towards a window; small enough to average over some fifty windows. */
const LEARNING_RATE = 0.02

function cosineShape(window: number, order: number): Float64Array {
  const scale = Math.sqrt((order === 0 ? 1 : 2) / window)
  return Float64Array.from({ length: window }, (_, k) => {
    return scale * Math.cos((Math.PI * order * (k + 0.5)) / window)
  })
}
