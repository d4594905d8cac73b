// Sentence splitting: every case lists the sentences that must come out, and offsets must point at them.

import { test } from 'tap'
import { splitSentences } from './split-sentences.ts'

const CASES: Record<string, string[]> = {
  'plain sentences': ['The pump stopped.', 'It was restarted!', 'Why did it stop?'],
  'decimals and percentages stay whole': [
    'The rate was 3.5 % (95 % CI 1.2 to 4.9; P = .03) in 2.0 h.',
    'Flow fell by 0.7 bar.'
  ],
  'titles and initials': ['Dr. J. R. Smith met Mrs. Lee of St. Mary.', 'They spoke with A. Kumar.'],
  'figures, equations and references': [
    'See Fig. 2 and Eq. 3 in Ref. 12.',
    'No. 5 is shown on p. 9.'
  ],
  'et al. before a year or a verb': ['Liao et al. (2016) and Lee et al. showed it.', 'We agree.'],
  'et al. before an opener': ['It follows Liao et al.', 'The method is new.'],
  'e.g. and i.e.': ['Some drugs, e.g. Warfarin, i.e. Coumadin, were used.', 'Others were not.'],
  'vs. between names': ['Placebo vs. Drug was tested.', 'Drug won.'],
  'etc. ends before a capital': ['We used pumps, valves, etc.', 'Motors were left out.'],
  'lettered nouns end': ['They took vitamin C.', 'Hepatitis B. was not seen in pump B.', 'Done.'],
  'U.S. before a name and an opener': [
    'The U.S. Army paid.',
    'It was made in the U.S.',
    'We know.'
  ],
  'quotes close with the sentence': ['He said “It is hot.”', '"Cool it down!"', 'They did.'],
  'brackets keep their full stops': [
    'Levels (mean 5 mg/l. Range 2 to 9) fell.',
    '(See the table.)',
    'End.'
  ],
  'citations behind the full stop': [
    'It was seen before.[12]',
    'It was known.3,4',
    'We saw it too.'
  ],
  'ellipsis before a small letter': ['It ran ... and ran.', 'Then it stopped...', 'Nobody knew.'],
  'small-letter openers': ['It was acid.', 'pH was 4.', 'mRNA rose.'],
  'words with an exclamation mark': ['Yahoo! is a company.', 'It is old.'],
  'version numbers and addresses': ['Use v2.1.3 of node.js at example.com/a.b.', 'Then go on.'],
  'accents and other scripts': ['Äpfel wurden geprüft.', 'Één fout.', 'Ένα λάθος.']
}

for (const [name, sentences] of Object.entries(CASES)) {
  test(`sentences: ${name}`, async (t) => {
    const text = sentences.join(' ')
    const found = splitSentences(text).map(({ start, end }) => text.slice(start, end))
    t.strictSame(found, sentences)
  })
}

const split = (text: string): string[] =>
  splitSentences(text).map(({ start, end }) => text.slice(start, end))

test('wrapped lines stay in one sentence, in every kind of line end', async (t) => {
  for (const end of ['\n', '\r\n', '\r', '\u2028']) {
    const text = `The bearing of the second pump was found${end}to be worn and was replaced at once.${end}It runs.`
    t.equal(split(text).length, 2)
  }
})

test('headings, list items and blank lines end a sentence without a full stop', async (t) => {
  const text = `MAINTENANCE REPORT
The pump was opened on Monday and the seal was found to be damaged.

1.2 Findings
- seal worn
- bearing dry
1. Replace the seal.
2. Grease the bearing.

# What next
Order parts`
  t.strictSame(split(text), [
    'MAINTENANCE REPORT',
    'The pump was opened on Monday and the seal was found to be damaged.',
    '1.2 Findings',
    'seal worn',
    'bearing dry',
    '1. Replace the seal.',
    '2. Grease the bearing.',
    'What next',
    'Order parts'
  ])
})

test('short lines that open with a capital are lines of their own', async (t) => {
  const text = 'Summary\nThe long line that follows is much wider than the first one of them\nDone'
  t.same(split(text).length, 2)
})

test('a missing space before an opener is a boundary, inside a name it is not', async (t) => {
  t.strictSame(split('The unit was stopped.The valve was shut.'), [
    'The unit was stopped.',
    'The valve was shut.'
  ])
  t.same(split('We wrote it in Node.JS and ASP.NET today.').length, 1)
})

test('full-width punctuation ends a sentence without a space', async (t) => {
  t.strictSame(split('これは試験です。次の文です！'), ['これは試験です。', '次の文です！'])
})

test('offsets are UTF-16 code units and never cut a pair', async (t) => {
  const text = '😀 It works. 😀 It still works.'
  t.strictSame(splitSentences(text)[1], { start: 13, end: 31 })
  const long = `${'😀'.repeat(1500)} a`
  for (const { start, end } of splitSentences(long))
    t.notMatch(text.slice(start, end), /^[\udc00-\udfff]/)
})

test('endless text is cut at semicolons or spaces and nothing is lost', async (t) => {
  const long = `${'word '.repeat(700)}; ${'more '.repeat(700)}`
  const parts = split(long)
  t.ok(parts.length > 4)
  t.equal(parts.join(' ').replace(/\s+/g, ''), long.replace(/\s+/g, ''))
  t.ok(parts.every((part) => part.length <= 1200))
})

test('a text without an end is no trouble, whatever it is made of', async (t) => {
  for (const piece of ['a.', 'a.1,2,3', 'p. 1 ', '( a. B ', 'A. B. ', '.)', '1.5. ', 'a;']) {
    const text = piece.repeat(20_000)
    const spans = splitSentences(text)
    t.ok(
      spans.every(({ start, end }) => end > start && end - start <= 1201),
      piece
    )
  }
})

test('nothing comes of nothing', async (t) => {
  t.strictSame(split(''), [])
  t.strictSame(split(' \n\t ... --- \n'), [])
})

test('every non-space character lies in exactly one sentence', async (t) => {
  const text = 'A b. C d!\n\n(E. F.) "G h?" I. J. Kay ran 3.4 km. L'
  const spans = splitSentences(text)
  t.equal(
    spans
      .map(({ start, end }) => text.slice(start, end))
      .join('')
      .replace(/\s/g, ''),
    text.replace(/\s/g, '')
  )
  t.ok(spans.every((span, i) => i === 0 || span.start >= (spans[i - 1]?.end ?? 0)))
})
