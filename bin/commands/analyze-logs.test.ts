// nearside analyze logs, through its own door: a process with arguments, standard input and exit code.

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { Command } from 'commander'
import { test } from 'tap'
import { LogsReport } from '../../contract/index.ts'
import { addAnalyzeLogs, analyzeLogs } from './analyze-logs.ts'
import { startProgress } from './line-progress.ts'
import { openOutput } from './row-output.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const SAMPLE = join(ROOT, 'analysis', 'logs', 'samples', 'line-controller.log')

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const nearside = (args: readonly string[], input = ''): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [
      join(ROOT, 'bin', 'nearside.ts'),
      'analyze',
      'logs',
      ...args
    ])
    let out = ''
    let err = ''
    child.stdout.on('data', (text) => {
      out += text
    })
    child.stderr.on('data', (text) => {
      err += text
    })
    child.on('close', (code) => resolve({ code, out, err }))
    child.stdin.on('error', () => undefined) // bad usage ends before it reads
    child.stdin.end(input)
  })

const rows = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

const run = async (
  folder: string,
  paths: readonly string[],
  options: Parameters<typeof analyzeLogs>[1]
): Promise<{ code: number; text: string }> => {
  const output = join(folder, 'out.txt')
  const code = await analyzeLogs(paths, { ...options, output })
  return { code, text: readFileSync(output, 'utf8') }
}

test('the command: a report on standard output, exit code by findings', async (t) => {
  const { code, out, err } = await nearside([SAMPLE, '--format', 'json', '--fail-on', 'high'])
  t.equal(code, 1)
  t.equal(err, '')
  const report = LogsReport.parse(JSON.parse(out))
  t.match(report.inputs, [{ name: 'line-controller.log', bytes: 38331 }])
  t.equal(report.figures.lines, 400)
})

test('the command: standard input gives an event for every line, blank ones too', async (t) => {
  const input = 'Jan  5 08:00:01 host app[1]: job 1 done\n\nJan  5 08:00:02 host app[1]: job 2 done'
  const { code, out } = await nearside(['-', '--emit', 'events'], input)
  t.equal(code, 0)
  const [first, blank, last] = rows(out)
  t.match(first, { line: 1, template: 'job <*> done', params: ['1'] })
  t.match(blank, { line: 2, template: '', params: [] })
  t.match(last, { line: 3, event: first?.['event'], params: ['2'] })
})

test('the command: bad input and wrong use end with 2 and one sentence', async (t) => {
  const folder = t.testdir({ 'empty.log': '', 'zero.bin': 'a\0b' })
  const cases: readonly [string[], RegExp][] = [
    [[join(folder, 'none.log')], /does not exist; check the name\.\n$/],
    [[join(folder, 'empty.log')], /is empty; give a log/],
    [[join(folder, 'zero.bin')], /is a binary file; give a log/],
    [[folder], /is a folder; name the log files/],
    [['--format', 'pdf'], /Allowed choices are json, md, html, csv/]
  ]
  for (const [args, sentence] of cases) {
    const { code, out, err } = await nearside(args)
    t.equal(code, 2)
    t.equal(out, '')
    t.match(err, sentence)
  }
})

test('events of a file are in order and every line has its own row', async (t) => {
  const folder = t.testdir({})
  const { code, text } = await run(folder, [SAMPLE, SAMPLE], { emit: 'events' })
  t.equal(code, 0)
  const all = rows(text)
  t.equal(all.length, 800)
  t.same(
    all.map(({ line }) => line),
    all.map((_, i) => i + 1)
  )
  t.equal(new Set(all.map(({ event }) => event)).size, 12)
  for (const { template, params } of all) {
    t.equal(String(template).split('<*>').length - 1, (params as string[]).length)
  }
})

test('sessions are scored against a baseline, as JSON rows or raw lines', async (t) => {
  const session = (name: string, ...lines: string[]): string =>
    `${JSON.stringify({ session: name, lines })}\n`
  const normal = Array.from({ length: 20 }, (_, i) =>
    session(`n${i}`, `open ${i}`, `close ${i}`)
  ).join('')
  const raw = (ids: readonly number[], bad: number): string =>
    ids
      .map((id) => `open blk_${id}\n${id === bad ? `broken blk_${id}\n` : ''}close blk_${id}\n`)
      .join('')
  const folder = t.testdir({
    'normal.jsonl': normal,
    'in.jsonl': session('a', 'open 3', 'close 3') + session('b', 'open 4', 'fire in hall 4'),
    'normal.log': raw(
      Array.from({ length: 20 }, (_, i) => i),
      -1
    ),
    'in.log': raw([501, 502], 502),
    'wrong.jsonl': `${session('a', 'x')}{"session":1}\n`
  })
  const baseline = join(folder, 'normal.jsonl')
  const scored = rows(
    (await run(folder, [join(folder, 'in.jsonl')], { emit: 'scores', baseline })).text
  )
  t.match(scored, [
    { session: 'a', score: 0, anomaly: false },
    { session: 'b', anomaly: true, reasons: [/never-seen event: fire in hall/] }
  ])
  const lines = rows(
    (
      await run(folder, [join(folder, 'in.log')], {
        emit: 'scores',
        baseline: join(folder, 'normal.log')
      })
    ).text
  )
  t.match(lines, [
    { session: 'blk_501', anomaly: false },
    { session: 'blk_502', anomaly: true }
  ])
  await t.rejects(run(folder, [join(folder, 'wrong.jsonl')], { emit: 'scores', baseline }), {
    code: 'NS_INPUT_FORMAT',
    message: /line 2/
  })
})

test('a session may be far longer than a log line', async (t) => {
  const long = Array.from({ length: 5000 }, (_, i) => `step ${i} of the long run is complete`)
  const folder = t.testdir({ 'a.jsonl': `${JSON.stringify({ session: 'a', lines: long })}\n` })
  const path = join(folder, 'a.jsonl')
  t.match(rows((await run(folder, [path], { emit: 'scores', baseline: path })).text), [
    { session: 'a', score: 0 }
  ])
})

test('causes come ranked, alone or against a baseline', async (t) => {
  const lines = readFileSync(SAMPLE, 'utf8').split('\n')
  const folder = t.testdir({ 'good.log': lines.slice(0, 260).join('\n'), 'bad.log.gz': '' })
  writeFileSync(join(folder, 'bad.log.gz'), gzipSync(lines.slice(250, 330).join('\n')))
  const alone = rows((await run(folder, [SAMPLE], { emit: 'causes' })).text)
  t.match(alone[0], { rank: 1, template: /Sealing bar temperature/, evidence: [{ line: 271 }] })
  const compared = rows(
    (
      await run(folder, [join(folder, 'bad.log.gz')], {
        emit: 'causes',
        baseline: join(folder, 'good.log')
      })
    ).text
  )
  t.match(compared[0], { rank: 1, template: /Sealing bar temperature/ })
})

test('every format is written whole, and nothing is left after a fault', async (t) => {
  const folder = t.testdir({ 'empty.log': '' })
  for (const format of ['json', 'md', 'html', 'csv'] as const) {
    const { code, text } = await run(folder, [SAMPLE], { format })
    t.equal(code, 0)
    t.match(text, /Sealing bar temperature/)
  }
  t.equal((await run(folder, [SAMPLE], { failOn: 'critical' })).code, 1)
  mkdirSync(join(folder, 'out'))
  await t.rejects(
    analyzeLogs([join(folder, 'empty.log')], { output: join(folder, 'out', 'x.json') }),
    { code: 'NS_INPUT_EMPTY' }
  )
  t.same(readdirSync(join(folder, 'out')), [])
  await t.rejects(analyzeLogs([SAMPLE], { output: join(folder, 'none', 'x.json') }), {
    code: 'NS_USAGE_INVALID'
  })
})

test('options that do not go together are refused', async (t) => {
  await t.rejects(analyzeLogs([SAMPLE], { baseline: SAMPLE }), { code: 'NS_USAGE_INVALID' })
  await t.rejects(analyzeLogs([SAMPLE], { emit: 'scores' }), { code: 'NS_USAGE_INVALID' })
})

test('the subcommand has help and hands its exit code on', async (t) => {
  const folder = t.testdir({})
  const output = join(folder, 'r.md')
  const program = new Command().exitOverride()
  addAnalyzeLogs(program)
  await program.parseAsync(['logs', SAMPLE, '-o', output], { from: 'user' })
  t.equal(process.exitCode, 0)
  process.exitCode = undefined
  t.ok(existsSync(output))
})

test('output waits when its reader is slow', async (t) => {
  const taken: string[] = []
  let read: (() => void) | undefined
  const slow = new Writable({
    highWaterMark: 1,
    write(chunk, _, done) {
      taken.push(String(chunk))
      read = done
    }
  })
  const output = await openOutput(undefined, slow)
  let written = false
  const write = output.write('row').then(() => {
    written = true
  })
  await new Promise((resolve) => setImmediate(resolve))
  t.notOk(written)
  read?.()
  await write
  await output.finish()
  await output.discard()
  t.same(taken, ['row'])
})

test('the bytes that were read move the bar', async (t) => {
  const drawn: string[] = []
  const bar = startProgress(4e6, { isTTY: true, write: (text) => drawn.push(text) })
  bar.add(4e6)
  bar.end()
  t.match(drawn.join(''), /Reading.*4/)
  startProgress(null, { isTTY: false, write: (text) => drawn.push(text) }).add(1)
})
