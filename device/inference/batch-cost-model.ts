// What a batch will cost: t(b) = alpha + beta x b, fitted while the model serves, one fit per kind of server
// and shape of input. It measures nothing itself and decides nothing.

/** Fixed cost of a batch and cost of each of its rows, ms; both at least 0. */
export interface BatchCosts {
  readonly alphaMs: number
  readonly betaMs: number
}

/** Weight of what was known, at each new batch: about the last fifty count. */
const FORGETTING = 0.98
/** Weight of the assumption that half of a batch's cost is fixed, in batches; it fades as batches of different size run. */
const ASSUMPTION = 0.05
/** After so many batches, one that takes far longer than expected counts as no more than `MOST_SURPRISE` x expected. */
const SETTLED_AFTER = 8
const MOST_SURPRISE = 4

/** Duration of a batch of so many rows, ms. */
export function costOf({ alphaMs, betaMs }: BatchCosts, rows: number): number {
  return alphaMs + betaMs * rows
}

/** Largest number of rows whose batch takes at most `budgetMs`; infinite when rows cost nothing. */
export function rowsWithin({ alphaMs, betaMs }: BatchCosts, budgetMs: number): number {
  if (budgetMs < alphaMs) return 0
  // The small addend keeps a size that fits exactly from falling to rounding.
  return betaMs > 0 ? Math.floor((budgetMs - alphaMs) / betaMs + 1e-9) : Number.POSITIVE_INFINITY
}

/**
 * Least squares with exponential forgetting (Haykin, Adaptive Filter Theory, chapter 10, in its information
 * form: five decaying sums), held to alpha, beta >= 0. While all batches have one size the two cannot be told
 * apart; a weak prior then calls half of the cost fixed.
 */
export class BatchCostModel {
  #count = 0
  #weight = 0
  #rows = 0
  #rows2 = 0
  #time = 0
  #rowsTime = 0
  #costs: BatchCosts | undefined

  /** Undefined before the first batch. */
  get costs(): BatchCosts | undefined {
    return this.#costs
  }

  /** Learns from one batch. */
  observe(rows: number, durationMs: number): void {
    if (!(rows > 0) || !(durationMs >= 0)) return
    const expected = this.#costs ? costOf(this.#costs, rows) : 0
    const surprising = this.#count >= SETTLED_AFTER && expected > 0
    const timeMs = surprising ? Math.min(durationMs, MOST_SURPRISE * expected) : durationMs
    this.#count += 1
    this.#weight = FORGETTING * this.#weight + 1
    this.#rows = FORGETTING * this.#rows + rows
    this.#rows2 = FORGETTING * this.#rows2 + rows * rows
    this.#time = FORGETTING * this.#time + timeMs
    this.#rowsTime = FORGETTING * this.#rowsTime + rows * timeMs
    this.#costs = this.#fit()
  }

  #fit(): BatchCosts {
    const meanRows = this.#rows / this.#weight
    const meanMs = this.#time / this.#weight
    const spread = Math.max(0, this.#rows2 / this.#weight - meanRows * meanRows)
    const joint = this.#rowsTime / this.#weight - meanRows * meanMs
    const prior = (ASSUMPTION * meanRows * meanRows) / this.#weight
    const slope = (joint + prior * (meanMs / (2 * meanRows))) / (spread + prior)
    if (slope <= 0) return { alphaMs: meanMs, betaMs: 0 }
    const alphaMs = meanMs - slope * meanRows
    if (alphaMs < 0) return { alphaMs: 0, betaMs: this.#rowsTime / this.#rows2 }
    return { alphaMs, betaMs: slope }
  }
}

/** Shapes without end must not fill the memory: the least recently used fit is forgotten. */
const MOST_FITS = 256

/** The fits of all servers and buckets of one model. */
export class BatchCosting {
  #fits = new Map<string, BatchCostModel>()

  /** Undefined before a server of that kind has run a batch of that bucket. */
  costs(kind: string, bucket: string): BatchCosts | undefined {
    return this.#fits.get(key(kind, bucket))?.costs
  }

  observe({ kind, bucket }: BatchSort, rows: number, durationMs: number): void {
    const name = key(kind, bucket)
    const fit = this.#fits.get(name) ?? new BatchCostModel()
    this.#fits.delete(name)
    this.#fits.set(name, fit)
    fit.observe(rows, durationMs)
    if (this.#fits.size <= MOST_FITS) return
    for (const eldest of this.#fits.keys()) {
      this.#fits.delete(eldest)
      return
    }
  }
}

/** What kind of server ran which bucket. */
export interface BatchSort {
  readonly kind: string
  readonly bucket: string
}

const key = (kind: string, bucket: string): string => `${kind} ${bucket}`
