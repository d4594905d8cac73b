// Turns counters that only grow into rates per second; a counter that fell (restart, wrap) gives a gap.

export class RateMeter {
  private readonly last = new Map<string, { readonly count: number; readonly ms: number }>()

  /** Rate since the last call for this name, per second; null the first time. */
  rate(name: string, count: number, ms: number): number | null {
    const before = this.last.get(name)
    this.last.set(name, { count, ms })
    if (!before || ms <= before.ms || count < before.count) return null
    return ((count - before.count) * 1000) / (ms - before.ms)
  }
}
