// nearside analyze text as a user meets it: rows, reports, exit codes, resuming. The model is a stand-in.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { test } from 'tap'
import { keywordPort } from '../../analysis/text/fixtures/keyword-port.ts'
import {
  type AnalyzeTextOptions,
  type AnalyzeTextPorts,
  addAnalyzeText,
  analyzeText
} from './analyze-text.ts'
import { openCheckpoint, workKey } from './text-checkpoint.ts'

const SAMPLES = join(import.meta.dirname, '../../analysis/text/samples')

function fakePorts(more: Partial<AnalyzeTextPorts> = {}) {
  const said: string[] = []
  const port = keywordPort()
  let closed = 0
  const ports: AnalyzeTextPorts = {
    findDevice: async () => undefined,
    openInference: async () => ({
      port,
      close: async () => {
        closed += 1
      }
    }),
    stderr: { write: (text: string) => said.push(text) },
    signal: new AbortController().signal,
    ...more
  }
  return { ports, port, said, closed: () => closed }
}

interface Ran {
  readonly code: number
  readonly text: string
  readonly said: string
}

/** Runs the command into a file and gives back what it wrote. */
async function run(
  dir: string,
  paths: string[],
  options: AnalyzeTextOptions & { ports?: ReturnType<typeof fakePorts> } = {}
): Promise<Ran> {
  const { ports = fakePorts(), ...rest } = options
  const output = join(dir, 'out.txt')
  const code = await analyzeText(paths, { home: join(dir, 'home'), output, ...rest }, ports.ports)
  return { code, text: readFileSync(output, 'utf8'), said: ports.said.join('') }
}

const rowsOf = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

const JSONL = [
  {
    id: 'd1',
    title: 'Pain',
    sentences: [
      'Pain is common.',
      'Patients were randomised.',
      'Pain was significantly lower (P < 0.01).'
    ],
    words: 10
  },
  {
    id: 'd2',
    title: '',
    sentences: ['We propose a network for images.', 'We conclude that it works.']
  }
]
  .map((row) => JSON.stringify(row))
  .join('\n')

test('roles: one row a sentence, in the words of the field', async (t) => {
  const dir = t.testdir({ 'input.jsonl': JSONL })
  const input = join(dir, 'input.jsonl')
  const medicine = rowsOf((await run(dir, [input], { emit: 'roles', domain: 'medicine' })).text)
  t.equal(medicine.length, 5)
  t.strictSame(medicine[2], { doc: 'd1', sentence: 2, role: 'RESULTS' })
  t.strictSame(medicine[3], { doc: 'd2', sentence: 0, role: 'BACKGROUND' })
  const decided = await run(dir, [input], { emit: 'roles' })
  t.match(decided.said, /1 medicine, 1 computing; --domain sets it/)
  t.strictSame(rowsOf(decided.text)[3], { doc: 'd2', sentence: 0, role: 'background' })
})

test('findings and summaries: rows with source sentences', async (t) => {
  const dir = t.testdir({ 'input.jsonl': JSONL })
  const input = join(dir, 'input.jsonl')
  const findings = rowsOf((await run(dir, [input], { emit: 'findings', sentences: 2 })).text)
  t.match(findings[0], { doc: 'd1', rank: 1, sentence: 2 })
  t.strictSame(
    findings.map(({ rank }) => rank),
    [1, 2, 1, 2]
  )
  t.ok(findings.every(({ score }) => typeof score === 'number'))
  const one = rowsOf((await run(dir, [input], { emit: 'summary', sentences: 1 })).text)
  t.equal(one.length, 2)
  t.match(one[0]?.['sentences'], { length: 1 })
  const words = rowsOf((await run(dir, [input], { emit: 'summary', words: 'auto' })).text)
  t.ok(String(words[0]?.['summary']).split(' ').length <= 12)
})

test('a folder of every kind becomes one report in every format', async (t) => {
  const dir = t.testdir({})
  for (const format of ['md', 'json', 'html', 'csv'] as const) {
    const { text, code } = await run(dir, [SAMPLES], { format })
    t.equal(code, 0)
    t.match(text, /Heat pumps in two workshops/, format)
  }
  const { text } = await run(dir, [SAMPLES])
  t.match(text, /^# Summary and key findings/)
})

test('--fail-on makes findings an exit code', async (t) => {
  const dir = t.testdir({
    'a.txt': 'The seal of the pump leaks. It was found to be worn on Monday.'
  })
  t.equal((await run(dir, [join(dir, 'a.txt')], { failOn: 'low' })).code, 1)
  t.equal((await run(dir, [join(dir, 'a.txt')], { failOn: 'high' })).code, 0)
})

test('one bad file among good ones is told, bad files alone are an error', async (t) => {
  const dir = t.testdir({
    docs: { 'a.txt': 'It works well today.', 'b.pdf': '%PDF-1.4 broken', 'c.bin': Buffer.from([0]) }
  })
  const { said, code } = await run(dir, [join(dir, 'docs')])
  t.equal(code, 0)
  t.match(said, /b\.pdf is a damaged PDF/)
  t.match(said, /1 file of another kind was left out/)
  const only = run(dir, [join(dir, 'docs/b.pdf')])
  await t.rejects(only, { code: 'NS_INPUT_UNREADABLE', exitCode: 2, message: /damaged/ })
  const roles = run(dir, [join(dir, 'docs/b.pdf'), join(dir, 'docs/c.bin')], { emit: 'roles' })
  await t.rejects(roles, { exitCode: 2, message: /\(and 1 more\)/ })
  mkdirSync(join(dir, 'many'))
  for (let i = 0; i < 22; i += 1)
    writeFileSync(join(dir, 'many', `${i}.txt`), i === 0 ? 'It works well.' : ' ')
  t.match((await run(dir, [join(dir, 'many')])).said, /1 more documents could not be read/)
})

test('bad input and bad options are one sentence and leave nothing behind', async (t) => {
  const dir = t.testdir({ 'a.txt': 'It works well.' })
  const file = join(dir, 'a.txt')
  await t.rejects(run(dir, [join(dir, 'none')]), { code: 'NS_INPUT_NOT_FOUND', exitCode: 2 })
  await t.rejects(run(dir, [file], { sentences: 99 }), {
    code: 'NS_OPTIONS_INVALID',
    message: /--sentences/
  })
  await t.rejects(run(dir, [file], { output: join(dir, 'no/such/x') }), {
    code: 'NS_USAGE_INVALID'
  })
  t.notOk(readdirSync(dir).some((name) => name.endsWith('.tmp')))
  t.notOk(existsSync(join(dir, 'home')), 'refused before any work is remembered')
})

test('a fault of the model closes it and is passed on', async (t) => {
  const dir = t.testdir({ 'a.txt': 'It works well.' })
  const fake = fakePorts()
  fake.port.classifySentences = () => Promise.reject(new Error('no runtime'))
  await t.rejects(run(dir, [join(dir, 'a.txt')], { ports: fake }), { message: 'no runtime' })
  t.equal(fake.closed(), 1)
})

test('an interrupted run goes on where it stopped, with the same result', async (t) => {
  const dir = t.testdir({})
  const lines = Array.from({ length: 100 }, (_, i) =>
    JSON.stringify({
      id: `d${i}`,
      title: 't',
      sentences: [`Pump ${i} was found to be worn.`, 'It was replaced at once.']
    })
  )
  writeFileSync(join(dir, 'input.jsonl'), lines.join('\n'))
  const input = join(dir, 'input.jsonl')
  for (const emit of ['summary', 'roles'] as const) {
    const whole = await run(dir, [input], { emit, home: join(dir, 'other') })
    const broken = fakePorts()
    const classify = broken.port.classifySentences
    broken.port.classifySentences = (model, documents, signal) =>
      broken.port.calls.length === 2
        ? Promise.reject(new Error('killed'))
        : classify(model, documents, signal)
    await t.rejects(run(dir, [input], { emit, ports: broken }), { message: 'killed' })
    const folder = join(dir, 'home/cli-jobs')
    t.equal(readdirSync(folder).length, 1)
    const again = await run(dir, [input], { emit })
    t.match(again.said, /Resuming: 64 of 100 documents were read before\./)
    t.equal(rowsOf(again.text).length, emit === 'summary' ? 100 : 200)
    t.equal(again.text, whole.text)
    t.strictSame(readdirSync(folder), [], 'nothing is kept when it is done')
  }
})

test('a checkpoint survives a torn line and belongs to one piece of work', async (t) => {
  const home = t.testdir({})
  const key = workKey({ a: 1 })
  t.not(key, workKey({ a: 2 }))
  const first = await openCheckpoint(home, key)
  await first.append([
    { input: 0, result: 'zero' },
    { input: 1, result: 'one' }
  ])
  await first.append([])
  await first.close()
  const path = join(home, 'cli-jobs', `${key}.jsonl`)
  writeFileSync(path, '{"input":2,"resu', { flag: 'a' })
  const second = await openCheckpoint(home, key)
  t.strictSame(
    second.finished.map(({ input }) => input),
    [0, 1]
  )
  await second.append([{ input: 2, result: 'two' }])
  await second.close()
  const again = await openCheckpoint(home, key)
  t.equal(again.finished.length, 3)
  await again.close()
  writeFileSync(path, '{"input":1}\n', { flag: 'a' })
  const third = await openCheckpoint(home, key)
  t.equal(third.finished.length, 3)
  await third.remove()
  t.notOk(existsSync(path))
  await t.rejects(third.append([{ input: 9, result: '' }]))
  await (await openCheckpoint(home, key)).close()
  t.notOk(existsSync(path), 'an empty one is not kept')
  writeFileSync(path, '')
  utimesSync(path, 1e9, 1e9)
  await (await openCheckpoint(home, workKey('other'))).close()
  t.notOk(existsSync(path), 'an old one is forgotten')
  writeFileSync(join(home, 'file'), '')
  await t.rejects(openCheckpoint(join(home, 'file'), key))
})

test('the command line takes its options and refuses others', async (t) => {
  const dir = t.testdir({ 'a.txt': 'The seal leaks badly today.' })
  const parse = async (...args: string[]) => {
    const root = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
    addAnalyzeText(root, fakePorts().ports)
    for (const command of root.commands)
      command.exitOverride().configureOutput({ writeErr: () => undefined })
    await root.parseAsync(['text', ...args, '--home', join(dir, 'home'), '-o', join(dir, 'o')], {
      from: 'user'
    })
  }
  await parse(
    join(dir, 'a.txt'),
    '--words',
    '40',
    '--sentences',
    '2',
    '--domain',
    'medicine',
    '--fail-on',
    'low'
  )
  t.equal(process.exitCode, 1)
  process.exitCode = 0
  await parse(join(dir, 'a.txt'), '--words', 'auto', '--emit', 'findings')
  for (const wrong of [
    ['--words', '5'],
    ['--words', 'x'],
    ['--sentences', '0'],
    ['--emit', 'x'],
    ['--format', 'sarif'],
    ['--domain', 'law']
  ]) {
    await t.rejects(parse(join(dir, 'a.txt'), ...wrong))
  }
})
