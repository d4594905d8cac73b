// Takes what only ties a sentence to the text around it off a one-sentence summary: opening words such as
// "In this paper," and bracketed asides without figures. Never adds or changes a word besides the first capital.

const OPENING =
  /^(?:in this (?:paper|work|article|study|report|letter)|in the present (?:paper|work|study)|furthermore|moreover|in addition|additionally|finally|specifically|in particular|however|therefore|thus|hence|to this end|here|overall|in summary|in conclusion|as a result|to address (?:this|these) \w+),?\s+/i
const LEAD_IN =
  /^[^.]{0,90}?,\s+(we (?:propose|present|introduce|develop|show|describe|study|demonstrate|investigate)\b)/i
const ASIDE = /\s*\((?![^()]*\d)[^()]{1,80}\)/g
/** A shortened sentence that lost more than this part said something else. */
const LEAST_LEFT = 0.4

/** A sentence that can stand alone. */
export function shortenSentence(sentence: string): string {
  const shorter = sentence.replace(OPENING, '').replace(LEAD_IN, '$1').replace(ASIDE, '')
  if (shorter.length < LEAST_LEFT * sentence.length) return sentence
  return shorter.charAt(0).toUpperCase() + shorter.slice(1)
}
