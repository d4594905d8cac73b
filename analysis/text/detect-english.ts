// Tells whether a text is likely English, by its commonest small words. It names no other language; the
// report only has to warn that model and cue phrases were made for English.

import { wordsOf } from './words.ts'

const SMALL_WORDS = new Set(
  'the of and to in a is was for with that on were by are as from at this be an it or we not'.split(
    ' '
  )
)
const LEAST_SHARE = 0.12
const FEWEST_WORDS = 25

/** False only when there is enough text to say so. */
export function looksEnglish(text: string): boolean {
  const words = wordsOf(text.slice(0, 8000))
  if (words.length < FEWEST_WORDS) return !/[^\p{Script=Latin}\p{Script=Common}]{8}/u.test(text)
  return words.filter((word) => SMALL_WORDS.has(word)).length >= LEAST_SHARE * words.length
}
