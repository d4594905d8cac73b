// Chooses where a chain of nodes is cut: parts of about equal cost, and among such cuts those that the fewest
// bytes cross. Pure arithmetic over two lists.

/** How much larger than the best possible the largest part may be for the sake of cheaper cuts. */
const SLACK = 1.2
/** Charged for each tensor that crosses, bytes: one message carries it, whatever its size. */
const TENSOR_CHARGE_BYTES = 1024
/** More places than this are not weighed against each other; the cheapest are kept. */
const MAX_PLACES = 2000

export interface Crossing {
  readonly bytes: number
  readonly tensors: number
}

interface Place {
  /** Nodes before the cut. */
  readonly position: number
  /** Cost of all nodes before it. */
  readonly before: number
  readonly charge: number
}

interface Chain {
  /** Cost of each node. */
  readonly costs: readonly number[]
  /** What crosses before node p, for each p; undefined where something crosses that cannot travel. */
  readonly crossings: readonly (Crossing | undefined)[]
}

function placesOf({ costs, crossings }: Chain): { places: Place[]; total: number } {
  const places: Place[] = []
  let before = 0
  for (const [position, cost] of costs.entries()) {
    const crossing = crossings[position]
    if (position > 0 && crossing) {
      const charge = crossing.bytes + crossing.tensors * TENSOR_CHARGE_BYTES
      places.push({ position, before, charge })
    }
    before += cost
  }
  if (places.length <= MAX_PLACES) return { places, total: before }
  const cheapest = [...places].sort((a, b) => a.charge - b.charge).slice(0, MAX_PLACES)
  return { places: cheapest.sort((a, b) => a.position - b.position), total: before }
}

/** Whether parts of at most `cap` each are possible; each takes as much as it can. */
function fits(
  places: readonly Place[],
  total: number,
  { parts, cap }: { parts: number; cap: number }
) {
  let start = 0
  let left = parts - 1
  let reach = 0
  for (const { before } of [...places, { before: total }]) {
    if (before - start > cap) {
      if (reach === start || left === 0) return false
      start = reach
      left -= 1
      if (before - start > cap) return false
    }
    reach = before
  }
  return true
}

/** The smallest possible cost of the largest part. */
function smallestCap(places: readonly Place[], total: number, parts: number): number {
  let [low, high] = [total / parts, total]
  for (let step = 0; step < 50; step += 1) {
    const cap = (low + high) / 2
    if (fits(places, total, { parts, cap })) high = cap
    else low = cap
  }
  return high
}

interface Best {
  readonly charge: number
  /** Cost of the largest part so far. */
  readonly largest: number
  readonly cuts: readonly number[]
}

/**
 * Positions of the cuts: `parts - 1` numbers of nodes before a cut, rising. Least charge under a bound on the
 * largest part, then the smallest largest part; by dynamic programming.
 * @returns undefined when there are too few places where a cut is possible
 */
export function chooseCuts(chain: Chain, parts: number): readonly number[] | undefined {
  const { places, total } = placesOf(chain)
  if (places.length < parts - 1) return undefined
  const cap = smallestCap(places, total, parts) * SLACK
  let best: (Best | undefined)[] = places.map(({ before, charge, position }) =>
    before <= cap ? { charge, largest: before, cuts: [position] } : undefined
  )
  for (let cut = 2; cut < parts; cut += 1) {
    best = places.map((place, index) => {
      const earlier = cheapest(best, places, { until: index, at: place.before, cap })
      if (!earlier) return undefined
      const cuts = [...earlier.cuts, place.position]
      return { charge: earlier.charge + place.charge, largest: earlier.largest, cuts }
    })
  }
  return cheapest(best, places, { until: places.length, at: total, cap })?.cuts
}

/** The best choice of cuts to which a part that ends `at` can be added; `largest` then counts that part too. */
function cheapest(
  best: readonly (Best | undefined)[],
  places: readonly Place[],
  { until, at, cap }: { readonly until: number; readonly at: number; readonly cap: number }
): Best | undefined {
  let found: Best | undefined
  for (let index = until - 1; index >= 0; index -= 1) {
    const size = at - (places[index]?.before ?? 0)
    if (size > cap) break
    const candidate = best[index]
    if (!candidate || (found && candidate.charge > found.charge)) continue
    const largest = Math.max(candidate.largest, size)
    if (!found || candidate.charge < found.charge || largest < found.largest)
      found = { ...candidate, largest }
  }
  return found
}
