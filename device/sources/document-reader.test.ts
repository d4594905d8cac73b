// Documents of every kind, good and bad, through the one door that the thread uses.

import { ftruncateSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { readDocument } from './document-reader.ts'
import { fileKind } from './file-kind.ts'
import { writePdf } from './fixtures/pdf-writer.ts'
import { writeZip } from './fixtures/zip-writer.ts'

const read = (name: string, content: string | Uint8Array) =>
  readDocument({ name, bytes: typeof content === 'string' ? Buffer.from(content) : content })

const bytes = (...values: (number | string)[]): Buffer =>
  Buffer.concat(
    values.map((v) => (typeof v === 'number' ? Buffer.from([v]) : Buffer.from(v, 'latin1')))
  )

test('plain text is taken as it is, whatever its ending says', async (t) => {
  t.match(await read('a.txt', 'One. Two.\n'), { name: 'a.txt', text: 'One. Two.\n', pages: [] })
  t.equal((await read('notes', 'Just text.')).text, 'Just text.')
  t.equal((await read('wrong.pdf', 'Just text.')).text, 'Just text.')
})

test('marks of byte order go, UTF-16 and Windows-1252 are understood', async (t) => {
  t.equal((await read('a.txt', bytes(0xef, 0xbb, 0xbf, 'abc'))).text, 'abc')
  t.equal((await read('a.txt', bytes(0xff, 0xfe, 'a\0b\0'))).text, 'ab')
  t.equal((await read('a.txt', bytes(0xfe, 0xff, '\0a\0b'))).text, 'ab')
  const western = bytes(
    'Die Pr',
    0xfc,
    'fung ergab 5 ',
    0xb0,
    'C ',
    0x96,
    ' caf',
    0xe9,
    ' ',
    0x93,
    'x',
    0x94
  )
  t.equal((await read('a.txt', western)).text, 'Die Prüfung ergab 5 °C – café “x”')
})

const REFUSED: Record<string, [string, Uint8Array, RegExp]> = {
  'a lone high byte': [
    'NS_INPUT_ENCODING',
    bytes('ab', 0xff, 0xfe, 'cd and more text here'),
    /UTF-8/
  ],
  'a cut UTF-8 pair': ['NS_INPUT_ENCODING', bytes('the caf', 0xc3, '( is shut for today'), /UTF-8/],
  'half a UTF-16 unit': ['NS_INPUT_ENCODING', bytes(0xff, 0xfe, 'a\0b'), /UTF-8/],
  'UTF-16 of nonsense': ['NS_INPUT_ENCODING', bytes(0xff, 0xfe, 0xff, 0xff, 0xfe, 0xff), /UTF-8/],
  'control characters among high bytes': [
    'NS_INPUT_ENCODING',
    bytes('ab', 0xe9, 1, 2, 'cd'),
    /UTF-8/
  ],
  'mostly high bytes': ['NS_INPUT_ENCODING', bytes(0xe9, 0xe9, 0xe9, 'a'), /UTF-8/],
  'NUL bytes': ['NS_INPUT_BINARY', bytes('ab\0cd'), /not text/],
  'NUL bytes late': ['NS_INPUT_BINARY', bytes('a'.repeat(9000), '\0'), /not text/],
  'a picture': ['NS_INPUT_BINARY', bytes(0x89, 'PNG\r\n'), /not text/],
  'an archive': ['NS_INPUT_BINARY', writeZip([{ name: 'a.txt', data: 'a' }]), /archive/],
  nothing: ['NS_INPUT_EMPTY', bytes(), /empty/],
  'white space': ['NS_INPUT_EMPTY', bytes(' \n\t '), /empty/]
}

for (const [what, [code, content, sentence]] of Object.entries(REFUSED)) {
  test(`refused with a sentence that names the file: ${what}`, async (t) => {
    await t.rejects(read('input.txt', content), { code, message: sentence })
    await t.rejects(read('input.txt', content), { message: /^input\.txt / })
  })
}

test('an office file is named as one', async (t) => {
  const office = writeZip([{ name: 'word/document.xml', data: '<x/>' }])
  await t.rejects(read('a.docx', office), { code: 'NS_INPUT_BINARY', message: /save it as PDF/ })
})

test('Markdown gives its text, headings on lines of their own, and a title', async (t) => {
  const { text, title } = await read(
    'a.md',
    '# A *title*\n\nSome [link](http://x) with `code` and\nmore.  \nBreak ![alt](i.png).\n\n- one\n- two\n\n  more\n\n' +
      '> quoted\n\n```js\nhidden()\n```\n\n<b>html</b>\n\n---\n\n[ref]: http://y\n'
  )
  t.equal(title, 'A title')
  t.equal(
    text,
    'A title\n\nSome link with code and\nmore.\nBreak alt.\n\n- one\n- two\nmore\n\nquoted\n\nhtml'
  )
  const front = await read('b.md', '---\ntitle: "Own title"\n---\nText.')
  t.match(front, { title: 'Own title', text: 'Text.' })
  t.notOk((await read('c.md', 'No heading.')).title)
})

test('long Markdown is read in stretches and loses nothing', async (t) => {
  const part = (i: number): string =>
    `## Part ${i}\n\nThe seal was *worn*.\n\n\`\`\`\n# hidden\n\`\`\`\n\n- one\n\n  two\n\n`
  const { text } = await read('a.md', Array.from({ length: 900 }, (_, i) => part(i)).join(''))
  t.equal(text.match(/The seal was worn\./g)?.length, 900)
  t.equal(text.match(/^Part \d+$/gm)?.length, 900)
  t.equal(text.match(/^- one\ntwo$/gm)?.length, 900)
  t.notMatch(text, /hidden|#/)
})

test('HTML gives what a reader sees', async (t) => {
  const page = `<!doctype html><html><head><title> A &amp; B </title><style>x{}</style></head><body>
    <nav>Home</nav><h1>Big <i>head</i></h1><p>One&nbsp;line<br>two <b>bold</b>text.</p><ul><li>a</li><li>b</li></ul>
    <table><tr><td>1</td><td>2</td></tr></table><pre>x
  y</pre><script>alert("no")</script></div></nav></body></html>`
  const { text, title } = await read('page', page)
  t.equal(title, 'A & B')
  t.equal(text, 'Big head\n\nOne line\ntwo boldtext.\n\n- a\n- b\n\n1\t2\n\nx\n  y')
  t.equal((await read('b.html', '<h1>Only head</h1>text')).title, 'Only head')
  t.notOk((await read('c.htm', 'no tags')).title)
})

test('PDF gives its pages, joins divided words, drops page numbers', async (t) => {
  const pdf = writePdf(
    [
      ['The main-', 'tenance was planned (well).', '12'],
      ['', 'Second page.', 'Page 2 of 2']
    ],
    { title: 'A plan' }
  )
  const document = await read('a.pdf', pdf)
  t.equal(document.text, 'The maintenance was planned (well).\n\nSecond page.')
  t.strictSame(document.pages, [0, 37])
  t.equal(document.title, 'A plan')
  t.equal(
    (await read('b.pdf', writePdf([['Biggest line', 'x']]))).title?.startsWith('Biggest line'),
    true
  )
  t.match((await read('c.pdf', writePdf([['it goes on'], ['to the next page.']]))).text, 'on\nto')
})

test('PDF that is damaged, locked or without text is refused', async (t) => {
  const pdf = writePdf([['Some text.']])
  await t.rejects(read('a.pdf', pdf.subarray(0, 60)), {
    code: 'NS_INPUT_UNREADABLE',
    message: /damaged/
  })
  await t.rejects(read('a.pdf', bytes('%PDF-1.7\n', 'x'.repeat(500))), {
    code: 'NS_INPUT_UNREADABLE'
  })
  await t.rejects(read('a.pdf', writePdf([['x']], { encrypted: true })), {
    code: 'NS_INPUT_UNREADABLE',
    message: /password/
  })
  await t.rejects(read('a.pdf', writePdf([[]])), { code: 'NS_INPUT_EMPTY', message: /pictures/ })
})

test('JSON lines keep their sentences, by ending or by content', async (t) => {
  const one = '{"id":"d1","title":"T","sentences":["A b.","C."],"words":20}\n'
  t.match(await read('x.jsonl', one), {
    name: 'x.jsonl',
    title: 'T',
    text: 'A b. C.',
    wantedWords: 20,
    sentences: [
      { start: 0, end: 4 },
      { start: 5, end: 7 }
    ]
  })
  const two = await read('input', `${one}\n{"id":2,"title":"","sentences":["D."]}`)
  t.equal(two.text, 'A b. C.\n\nD.')
  t.strictSame(two.sentences?.[2], { start: 9, end: 11 })
  await t.rejects(read('x.jsonl', 'nonsense'), {
    code: 'NS_INPUT_FORMAT',
    message: /line 1: it is not valid JSON/
  })
  await t.rejects(read('x.jsonl', '{"id":1}'), { code: 'NS_INPUT_FORMAT', message: /sentences/ })
  await t.rejects(read('x.jsonl', '7'), { code: 'NS_INPUT_FORMAT', message: /the line/ })
  await t.rejects(read('x.jsonl', '\n\n'), { code: 'NS_INPUT_EMPTY' })
})

test('size is asked before a byte is read', async (t) => {
  const path = join(t.testdir({}), 'huge.txt')
  ftruncateSync(openSync(path, 'w'), 2 ** 31)
  await t.rejects(readDocument({ name: 'huge.txt', path }), {
    code: 'NS_INPUT_TOO_LARGE',
    message: /64 MiB/
  })
  await t.rejects(readDocument({ name: 'big', bytes: new Uint8Array(64 * 1024 * 1024 + 1) }), {
    code: 'NS_INPUT_TOO_LARGE'
  })
})

test('files are read from disk; missing ones are named', async (t) => {
  const path = join(t.testdir({}), 'a.txt')
  writeFileSync(path, 'On disk.')
  t.equal((await readDocument({ name: 'a.txt', path })).text, 'On disk.')
  await t.rejects(readDocument({ name: 'b.txt', path: `${path}x` }), {
    code: 'NS_INPUT_NOT_FOUND',
    message: /b\.txt does not exist/
  })
})

test('a PDF mark late in the head still counts, HTML after a comment too', async (t) => {
  t.equal(fileKind('x', bytes('junk\n%PDF-1.4')), 'pdf')
  t.equal(fileKind('x', bytes('<?xml version="1.0"?><!-- a --><html>')), 'html')
  t.equal(fileKind('x.md', bytes(0xff, 0xfe, 'a\0')), 'markdown')
})
