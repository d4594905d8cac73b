// The last N numbers in arrival order and in sorted order at once, so that any quantile of the recent past
// is exact and cheap. Constant memory; pushing moves at most N numbers.

export class SortedWindow {
  readonly capacity: number
  private readonly ring: Float64Array
  private readonly sorted: Float64Array
  private next = 0
  private count = 0

  constructor(capacity: number) {
    this.capacity = capacity
    this.ring = new Float64Array(capacity)
    this.sorted = new Float64Array(capacity)
  }

  get size(): number {
    return this.count
  }

  /** Adds a finite number; the oldest leaves when the window is full. */
  push(value: number): void {
    if (this.count === this.capacity) this.remove(this.ring[this.next] as number)
    const at = this.rank(value)
    this.sorted.copyWithin(at + 1, at, this.count)
    this.sorted[at] = value
    this.ring[this.next] = value
    this.next = (this.next + 1) % this.capacity
    this.count++
  }

  /** How many numbers are smaller than `value`. */
  rank(value: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.sorted[middle] as number) < value) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The number at a share of the sorted window, 0 = smallest, 1 = largest; NaN when empty. */
  quantile(share: number): number {
    if (this.count === 0) return Number.NaN
    return this.sorted[Math.min(this.count - 1, Math.floor(share * this.count))] as number
  }

  /** The k-th smallest from 0, counted from the end when negative (-1 = largest). */
  order(k: number): number {
    const at = k < 0 ? this.count + k : k
    return this.sorted[Math.min(this.count - 1, Math.max(0, at))] ?? Number.NaN
  }

  /** Oldest first. */
  values(): Float64Array {
    const start = this.count === this.capacity ? this.next : 0
    return Float64Array.from({ length: this.count }, (_, i) => {
      return this.ring[(start + i) % this.capacity] as number
    })
  }

  /** Starts again with these numbers, oldest first. */
  reset(values: ArrayLike<number>): void {
    this.next = 0
    this.count = 0
    for (let i = Math.max(0, values.length - this.capacity); i < values.length; i++)
      this.push(values[i] as number)
  }

  private remove(value: number): void {
    const at = this.rank(value)
    this.sorted.copyWithin(at, at + 1, this.count)
    this.count--
  }
}
