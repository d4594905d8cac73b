// Moving average of the last rows and its difference to the average of the rows before: the statistic that
// sees a level moving while each single value still looks usual. Constant memory.

export class LevelShift {
  private readonly width: number
  private readonly ring: Float64Array
  private count = 0

  constructor(width: number) {
    this.width = width
    this.ring = new Float64Array(2 * width)
  }

  /** Mean of the last `width` values (fewer at first), and its distance to the mean of those before: NaN at first. */
  push(value: number): { readonly mean: number; readonly shift: number } {
    this.ring[this.count % this.ring.length] = value
    this.count++
    const mean = this.meanBack(0)
    const full = this.count > this.ring.length
    const shift = full ? Math.abs(mean - this.meanBack(this.width)) : Number.NaN
    return { mean, shift }
  }

  /** The values that are kept, oldest first. */
  values(): Float64Array {
    const size = Math.min(this.count, this.ring.length)
    return Float64Array.from({ length: size }, (_, i) => this.back(size - 1 - i))
  }

  private back(rows: number): number {
    return this.ring[(this.count - 1 - rows) % this.ring.length] as number
  }

  private meanBack(skip: number): number {
    const size = Math.min(this.width, this.count - skip)
    let sum = 0
    // Summed anew each time: a running sum would keep the rounding error of a passing outlier for ever.
    for (let i = 0; i < size; i++) sum += this.back(skip + i)
    return sum / size
  }
}
