// Lengths to which variable inputs are padded, so that requests of like length share a batch and an engine
// sees few shapes. It pads nothing; whether padding is right for a model is for its manifest to say.

/**
 * Lengths 1, 2, 3, 4, 6, 8, 12, 16, 24, 32 …: the powers of two and one and a half times each, so that
 * padding adds less than half of a length, and about a sixth on average.
 * @param longest the last step; it is one itself, whatever its value
 */
export function lengthSteps(longest: number): number[] {
  const steps: number[] = []
  for (let power = 1; power < longest; power *= 2) {
    steps.push(power)
    const between = 1.5 * power
    if (Number.isInteger(between) && between < longest) steps.push(between)
  }
  return [...steps, longest]
}

/**
 * The length to which an input of length n is padded: the shortest bucket that holds it. Without a bucket
 * that does, and where the manifest allows no padding (no buckets), it stays n.
 * @param buckets ascending
 */
export function bucketLength(n: number, buckets: readonly number[]): number {
  let [low, high] = [0, buckets.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((buckets[middle] ?? n) < n) low = middle + 1
    else high = middle
  }
  return buckets[low] ?? n
}
