// Into how many micro-batches a batch is cut for the parts of a model: the number that let batches of its size end
// soonest so far. It is tried, not calculated: parts that work at the same time slow each other down by shares of
// cores, caches and buses that no part shows while it works alone. It runs nothing.

/** More micro-batches a part than this gain little overlap: the pipeline is full for most of the batch by then. */
const MOST_A_PART = 4
/** Times that a number is tried before it may be passed over; the first batches of a session are slow. */
const TRIES = 3
/** Newest times kept for each number; the shortest of them counts, because noise only makes a batch longer. */
const KEPT = 5
/** Every so many batches a neighbour of the best number is tried anew, in case something has changed. */
const ANEW = 32

/** What is known of batches whose rows fit the same power of two. */
interface SizeClass {
  /** Milliseconds a row by number of micro-batches, newest last. */
  readonly msPerRow: Map<number, number[]>
  batches: number
}

export class MicroBatches {
  #most: number
  #classes = new Map<number, SizeClass>()

  constructor(parts: number) {
    this.#most = MOST_A_PART * parts
  }

  /** Learns what a whole batch took that was cut into micro-batches of so many rows. */
  observe(rows: number, microRows: number, tookMs: number): void {
    const { msPerRow } = this.#classOf(rows)
    const count = countOf(rows, microRows)
    const known = msPerRow.get(count) ?? []
    msPerRow.set(count, [...known, tookMs / rows].slice(-KEPT))
  }

  /** Rows of each micro-batch of the next batch; the last may have fewer. */
  rowsFor(rows: number): number {
    return Math.ceil(rows / this.#countFor(rows))
  }

  #countFor(rows: number): number {
    const size = this.#classOf(rows)
    size.batches += 1
    // Nine rows cannot be cut into eight like parts: what comes of it is five, which counts as four.
    const counts = powersUpTo(Math.min(rows, this.#most)).filter(
      (count) => countOf(rows, Math.ceil(rows / count)) === count
    )
    const tried = (count: number): readonly number[] => size.msPerRow.get(count) ?? []
    // The finest first: it shows the most of what overlap can give.
    const untried = counts.findLast((count) => tried(count).length < TRIES)
    if (untried !== undefined) return untried
    const best = counts.reduce((a, b) => (Math.min(...tried(b)) < Math.min(...tried(a)) ? b : a))
    if (size.batches % ANEW !== 0) return best
    const neighbour = size.batches % (2 * ANEW) === 0 ? 2 * best : best / 2
    return counts.includes(neighbour) ? neighbour : best
  }

  #classOf(rows: number): SizeClass {
    const key = Math.ceil(Math.log2(rows))
    const known = this.#classes.get(key) ?? { msPerRow: new Map(), batches: 0 }
    this.#classes.set(key, known)
    return known
  }
}

function powersUpTo(most: number): number[] {
  return Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, power) => 2 ** power)
}

/** Number of micro-batches of so many rows as a power of two: 7 stand for 8, because rows seldom divide evenly. */
function countOf(rows: number, microRows: number): number {
  return 2 ** Math.round(Math.log2(Math.ceil(rows / microRows)))
}
