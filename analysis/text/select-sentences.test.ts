// The parts of ranking: words, vectors, features, scores, and the choice of sentences that do not repeat.

import { test } from 'tap'
import { chooseDomain, chooseRoleDomain } from './choose-domain.ts'
import { CUE_CLASSES, CUE_NAMES, cuesOf, numbersOf } from './cue-classes.ts'
import { looksEnglish } from './detect-english.ts'
import { confidences, scoreSentences } from './rank-sentences.ts'
import { FINDING_WEIGHTS, HEADLINE_WEIGHTS } from './ranker-weights.ts'
import { type Length, selectSentences } from './select-sentences.ts'
import { FEATURE_NAMES, sentenceFeatures } from './sentence-features.ts'
import { shortenSentence } from './shorten-sentence.ts'
import { documentTerms, similarity } from './term-vectors.ts'
import { wholeSentences } from './whole-sentences.ts'
import { contentWords, countWords, stem, wordsOf } from './words.ts'

test('words are counted as a reader does and compared without endings', async (t) => {
  t.strictSame(wordsOf("The pump's 3.5 bar, re-checked"), [
    'the',
    "pump's",
    '3.5',
    'bar',
    're-checked'
  ])
  t.strictSame(contentWords('The pumps were leaking at the seals'), ['pump', 'leak', 'seal'])
  t.equal(countWords('One – two, 3.'), 3)
  t.equal(countWords(''), 0)
  for (const [word, base] of [
    ['studies', 'study'],
    ['boxes', 'box'],
    ['classes', 'class'],
    ['class', 'class'],
    ['stopped', 'stop'],
    ['running', 'run'],
    ['virus', 'virus'],
    ['measure', 'measur'],
    ['measured', 'measur'],
    ['ab', 'ab']
  ] as const) {
    t.equal(stem(word), base, word)
  }
})

test('likeness is one for the same words and nothing for others', async (t) => {
  const { sentences, centroid } = documentTerms([['a', 'b'], ['a', 'b'], ['c'], []])
  const [first, second, third, empty] = sentences
  if (!first || !second || !third || !empty) throw new Error('four vectors')
  t.ok(Math.abs(similarity(first, second) - 1) < 1e-9)
  t.equal(similarity(first, third), 0)
  t.equal(similarity(empty, centroid), 0)
  t.ok(similarity(first, centroid) > similarity(third, centroid))
})

test('cue classes know their phrases', async (t) => {
  const has = (text: string): string[] => CUE_NAMES.filter((_, i) => cuesOf(text)[i] === 1)
  t.ok(has('Pain was significantly lower (P < 0.05).').includes('significance'))
  t.ok(has('There was no difference between the groups.').includes('notDifferent'))
  t.ok(has('In this paper, we propose a pump.').includes('contributes'))
  t.ok(has('We aim to evaluate it.').includes('aims'))
  t.strictSame(has('Blue.'), [])
  t.strictSame(numbersOf('5 of 10 (50 %), P < 0.05; 95% CI'), [5, 2, 2])
  t.equal(CUE_NAMES.length, Object.keys(CUE_CLASSES).length)
})

test('every fitted weight names a feature and every row has every feature', async (t) => {
  for (const name of [...Object.keys(FINDING_WEIGHTS), ...Object.keys(HEADLINE_WEIGHTS)]) {
    t.ok(FEATURE_NAMES.includes(name), name)
  }
  const sentences = ['Only one.']
  const content = sentences.map(contentWords)
  const terms = documentTerms(content)
  for (const title of ['', 'Only a title']) {
    const rows = sentenceFeatures({ title, sentences, content, terms, roles: [] })
    t.equal(rows[0]?.length, FEATURE_NAMES.length)
    t.ok(rows[0]?.every(Number.isFinite))
    t.equal(scoreSentences(rows, 'general').summary.length, 1)
  }
})

test('a long article is ranked by what it is about', async (t) => {
  const row = FEATURE_NAMES.map(() => 0)
  const rows = Array.from({ length: 80 }, (_, i) =>
    row.map((_, j) => (FEATURE_NAMES[j] === 'centroid' ? i / 80 : 0))
  )
  const { summary } = scoreSentences(rows, 'computing')
  t.equal(summary.indexOf(Math.max(...summary)), 79)
})

test('confidence is a chance: highest for the highest, between 0 and 1', async (t) => {
  const chances = confidences([5, 1, 1, 1])
  t.ok(chances.every((chance) => chance >= 0 && chance <= 1))
  t.ok((chances[0] ?? 0) > 0.9)
  t.strictSame(confidences([]), [])
})

function choose(texts: readonly string[], scores: readonly number[], length: Length): number[] {
  const words = texts.map(wordsOf)
  const { sentences } = documentTerms(texts.map(contentWords))
  const lengths = words.map((list) => list.length)
  return selectSentences(
    { scores, vectors: sentences, words, lengths, whole: wholeSentences(texts, words) },
    length
  )
}

test('a repeated sentence makes room for another one', async (t) => {
  const texts = [
    'The seal of the pump was worn out.',
    'The seal of the pump was worn out again.',
    'The valve cannot be closed by hand.'
  ]
  t.strictSame(choose(texts, [3, 2.9, 1], { by: 'sentences', count: 2 }), [0, 2])
})

test('headings are chosen only when there is nothing else', async (t) => {
  const texts = ['A heading of some words', 'It was found to be worn.', 'It was replaced at once.']
  t.strictSame(choose(texts, [9, 1, 2], { by: 'sentences', count: 1 }), [2])
  t.strictSame(choose(['One two', 'Two'], [1, 2], { by: 'sentences', count: 5 }), [0, 1])
  t.strictSame(
    wholeSentences(
      ['no full stops at all here', 'nor here my friend'],
      [['a', 'b', 'c', 'd'], ['a']]
    ),
    [true, false]
  )
})

test('a number of words is kept within a twelfth', async (t) => {
  const texts = Array.from(
    { length: 40 },
    (_, i) => `Word${i} and n${i} or r${i} but s${i} then t${i}.`
  )
  const chosen = choose(
    texts,
    texts.map((_, i) => -i),
    { by: 'words', count: 50 }
  )
  const words = chosen.reduce((sum, i) => sum + wordsOf(texts[i] ?? '').length, 0)
  t.ok(words >= 40 && words <= 54, `${words} words`)
  t.strictSame(
    choose(
      texts,
      texts.map((_, i) => -i),
      { by: 'words', count: 2 }
    ).length,
    1,
    'never none'
  )
  t.strictSame(choose([], [], { by: 'words', count: 2 }), [])
})

test('a sentence that stands alone loses what tied it to others', async (t) => {
  t.equal(
    shortenSentence('In this paper, we propose a pump that never leaks (as others did).'),
    'We propose a pump that never leaks.'
  )
  t.equal(
    shortenSentence('To save power, we present a pump that never leaks.'),
    'We present a pump that never leaks.'
  )
  t.equal(shortenSentence('However, it fell by 5 % (P < 0.01).'), 'It fell by 5 % (P < 0.01).')
  t.equal(
    shortenSentence('Thus, (it was so very long ago that none of us remembers) no.'),
    'Thus, (it was so very long ago that none of us remembers) no.'
  )
})

test('the field is told from the words alone', async (t) => {
  const trial =
    'Patients were randomised to treatment or placebo. Mortality and pain were the outcomes of the trial.'
  const paper =
    'We propose a neural network architecture for learning image embeddings and evaluate it on datasets.'
  t.equal(chooseDomain(trial), 'medicine')
  t.equal(chooseDomain(paper), 'computing')
  t.equal(
    chooseDomain(
      'The valve of the boiler leaks and was replaced in the morning by the night shift.'
    ),
    'general'
  )
  t.equal(chooseRoleDomain(paper), 'computing')
  t.equal(chooseRoleDomain(''), 'medicine')
})

test('English is told from other languages when there is enough of it', async (t) => {
  t.ok(looksEnglish('Short note.'))
  t.notOk(looksEnglish('Насос остановлен'))
  t.ok(
    looksEnglish(
      'The pump was stopped at the end of the shift and the seal was found to be worn. '.repeat(3)
    )
  )
  t.notOk(
    looksEnglish(
      'Die Pumpe wurde am Ende der Schicht angehalten und die Dichtung war verschlissen. '.repeat(4)
    )
  )
})
