// Single words and the build of a sentence, as features of the rankers: finer than cue phrases. Words are found
// by their beginning, so that "proposes" and "proposed" count as "propose".

export const TELLING_WORDS = (
  'propose present introduce develop show demonstrate find study investigate describe provide explore analyz ' +
  'learn improve outperform achieve state-of-the-art novel new simple first method approach framework model ' +
  'dataset can allow enable problem however we our this is are which that'
).split(' ')

const BUILDS = [
  'words10',
  'words16',
  'words22',
  'words30',
  'words38',
  'opens',
  'opensWe',
  'opensHere',
  'opensTo',
  'commas',
  'colon',
  'afterContrast'
]
/** Upper ends of the length classes above, in words. */
const LENGTHS = [10, 16, 22, 30, 38]

/** Names of the features in their order. */
export const TELLING_NAMES: readonly string[] = [
  ...BUILDS,
  ...TELLING_WORDS.map((word) => `word.${word}`)
]

/** One number a name, 0 to about 1. */
export function tellingFeatures(sentence: string, before: string | undefined): number[] {
  const words = sentence.toLowerCase().match(/[a-z-]+/g) ?? []
  const lengthClass = LENGTHS.findIndex((length) => words.length < length)
  const opens = (pattern: RegExp): number => (pattern.test(sentence) ? 1 : 0)
  return [
    ...LENGTHS.map((_, i) => (i === lengthClass ? 1 : 0)),
    opens(/^(?:in this|this|here|we|to )/i),
    opens(/^we /i),
    opens(/^in this/i),
    opens(/^to /i),
    Math.min(1, (sentence.match(/,/g)?.length ?? 0) / 4),
    sentence.includes(':') ? 1 : 0,
    before !== undefined && /^(?:however|but|unfortunately)/i.test(before) ? 1 : 0,
    ...TELLING_WORDS.map((telling) => (words.some((word) => word.startsWith(telling)) ? 1 : 0))
  ]
}
