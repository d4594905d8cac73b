// Words of a sentence for counting and comparing: lower case, without stop words, lightly stemmed.
// Not a linguistic analysis; the same function serves the summary, the findings and their features.

const WORD = /\p{L}[\p{L}\p{N}]*(?:[-'’]\p{L}+)*|\p{N}+(?:[.,]\p{N}+)*/gu

const STOP_WORDS = new Set(
  (
    'a about above after again all also although am an and any are as at be because been before being ' +
    'below between both but by can could did do does doing down during each few for from further had ' +
    'has have having he her here hers him his how however i if in into is it its itself just may me ' +
    'might more most must my no nor not now of off on once one only or other our ours out over own ' +
    'same she should so some such than that the their theirs them then there these they this those ' +
    'through to too two under until up upon us very was we were what when where which while who whom ' +
    'why will with within without would you your'
  ).split(' ')
)

/** Every word and number in its order, lower case. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(WORD) ?? []
}

/** How many words a text has, as a reader counts them. */
export function countWords(text: string): number {
  let words = 0
  for (const part of text.split(/\s+/)) if (/[\p{L}\p{N}]/u.test(part)) words += 1
  return words
}

/** The words that carry content, stemmed. */
export function contentWords(text: string): string[] {
  const content: string[] = []
  for (const word of wordsOf(text)) {
    if (word.length > 1 && !STOP_WORDS.has(word)) content.push(stem(word))
  }
  return content
}

/** Takes plural and tense off English words; others mostly stay as they are. */
export function stem(word: string): string {
  if (word.length < 4 || !/^[a-z'’-]+$/.test(word)) return word
  let base = word.replace(/['’]s?$/, '')
  if (base.endsWith('ies') && base.length > 4) return `${base.slice(0, -3)}y`
  if (/(?:ss|x|ch|sh)es$/.test(base)) base = base.slice(0, -2)
  else if (base.endsWith('s') && !/(?:ss|us|is)$/.test(base)) base = base.slice(0, -1)
  if (base.length > 5 && base.endsWith('ing')) base = base.slice(0, -3)
  else if (base.length > 4 && base.endsWith('ed')) base = base.slice(0, -2)
  if (/([bdgmnprt])\1$/.test(base)) base = base.slice(0, -1)
  else if (base.length > 4 && base.endsWith('e')) base = base.slice(0, -1)
  return base
}
