// The most likely sequence of labels of a document (Viterbi): each sentence's own probabilities, plus what
// the order of labels in such documents makes likely. Pure.

/** Keeps the logarithm of a probability that was rounded to zero finite; the recipe decodes with the same floor. */
const FLOOR = 1e-6

/**
 * @param rows probabilities of the labels, one row a sentence
 * @param transitions bonus (natural logarithm) of a label, column, after another, row
 * @returns the label of each sentence
 */
export function bestPath(
  rows: readonly Float32Array[],
  transitions: readonly (readonly number[])[]
): number[] {
  const count = transitions.length
  let scores = new Float64Array(count)
  const cameFrom: Int32Array[] = []
  for (const [index, row] of rows.entries()) {
    const next = new Float64Array(count)
    const from = new Int32Array(count)
    for (let label = 0; label < count; label += 1) {
      const arriving = transitions.map(
        (bonus, before) => (scores[before] ?? 0) + (index === 0 ? 0 : (bonus[label] ?? 0))
      )
      const best = largest(arriving)
      from[label] = best
      next[label] = (arriving[best] ?? 0) + Math.log(Math.max(row[label] ?? 0, FLOOR))
    }
    scores = next
    cameFrom.push(from)
  }
  const path: number[] = []
  let label = largest(scores)
  for (const from of cameFrom.reverse()) {
    path.push(label)
    label = from[label] ?? 0
  }
  return path.reverse()
}

/** Index of the largest value; the first one on a tie. */
export function largest(values: ArrayLike<number>): number {
  let winner = 0
  for (let index = 1; index < values.length; index += 1) {
    if ((values[index] ?? 0) > (values[winner] ?? 0)) winner = index
  }
  return winner
}
