// Thins a series to at most 600 points for a chart while it streams by: every stretch keeps its lowest, its
// highest and its strangest row, so that no extreme is lost. Constant memory.

export interface ChartPoint {
  readonly row: number
  readonly value: number | null
  readonly low: number | null
  readonly high: number | null
  readonly score: number
}

interface Bin {
  readonly lowest: ChartPoint
  readonly highest: ChartPoint
  readonly strangest: ChartPoint
}

export const MOST_POINTS = 600
const MOST_BINS = MOST_POINTS / 3

export class ChartPoints {
  private all: ChartPoint[] = []
  private bins: Bin[] = []
  /** Rows a bin; 1 while every point is kept. */
  private binRows = 1
  private open: { bin: Bin; rows: number } | null = null

  push(point: ChartPoint): void {
    if (this.binRows === 1 && this.all.length < MOST_POINTS) {
      this.all.push(point)
      return
    }
    if (this.binRows === 1) this.startBinning()
    this.addToBin(point)
  }

  /** The points, in the order of their rows. */
  points(): ChartPoint[] {
    if (this.binRows === 1) return [...this.all]
    const bins = this.open ? [...this.bins, this.open.bin] : this.bins
    return bins.flatMap((bin) => {
      const kept = new Set([bin.lowest, bin.highest, bin.strangest])
      return [...kept].sort((a, b) => a.row - b.row)
    })
  }

  private startBinning(): void {
    this.binRows = 2
    while (this.all.length > MOST_BINS * this.binRows) this.binRows *= 2
    const points = this.all
    this.all = []
    for (const point of points) this.addToBin(point)
  }

  private addToBin(point: ChartPoint): void {
    const alone = { lowest: point, highest: point, strangest: point }
    this.open = this.open
      ? { bin: merged(this.open.bin, alone), rows: this.open.rows + 1 }
      : { bin: alone, rows: 1 }
    if (this.open.rows < this.binRows) return
    this.bins.push(this.open.bin)
    this.open = null
    if (this.bins.length >= MOST_BINS) this.halve()
  }

  private halve(): void {
    const bins = this.bins
    this.bins = []
    for (let i = 0; i + 1 < bins.length; i += 2)
      this.bins.push(merged(bins[i] as Bin, bins[i + 1] as Bin))
    this.binRows *= 2
  }
}

function merged(a: Bin, b: Bin): Bin {
  return {
    lowest: (b.lowest.value ?? Infinity) < (a.lowest.value ?? Infinity) ? b.lowest : a.lowest,
    highest:
      (b.highest.value ?? -Infinity) > (a.highest.value ?? -Infinity) ? b.highest : a.highest,
    strangest: b.strangest.score > a.strangest.score ? b.strangest : a.strangest
  }
}
