// Tells sentences from headings, table cells and other fragments, which make neither summary nor finding.

const ENDS = /[.!?…。！？]["'”’»)\]]*$/
const FEWEST_WORDS = 4
const LONGEST_HEADING_WORDS = 16

/** One entry a sentence: false for a fragment. A text without full stops keeps all that are long enough. */
export function wholeSentences(
  sentences: readonly string[],
  words: readonly (readonly string[])[]
): boolean[] {
  const ended = sentences.map((sentence) => ENDS.test(sentence.trimEnd()))
  const isPunctuated = ended.filter(Boolean).length > 0.4 * sentences.length
  return sentences.map((_, i) => {
    const count = words[i]?.length ?? 0
    if (count < FEWEST_WORDS) return false
    return !isPunctuated || ended[i] === true || count > LONGEST_HEADING_WORDS
  })
}
