import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { Command } from 'commander'
import { type Test, test } from 'tap'
import { runNearside } from '../../test/harness/nearside-process.ts'
import { testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'
import { addBench } from './bench.ts'
import { findProgram, runUnderNsys } from './bench-nsys.ts'
import {
  formatOf,
  numberList,
  positive,
  precisionList,
  rungList,
  shapeOf,
  whole,
  wishesOf
} from './bench-options.ts'
import { requireWritable } from './output-folder.ts'

interface Printed {
  readonly stdout: string
  readonly stderr: string
}

/** Runs `nearside bench …` in this process and returns what it printed. */
async function run(t: Test, ...args: string[]): Promise<Printed> {
  const program = new Command('nearside')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
  addBench(program)
  for (const command of program.commands)
    command.exitOverride().configureOutput({ writeErr: () => undefined })
  const out = t.capture(process.stdout, 'write', () => true)
  const error = t.capture(process.stderr, 'write', () => true)
  try {
    await program.parseAsync(['bench', ...args], { from: 'user' })
  } finally {
    out.restore()
    error.restore()
  }
  const text = (calls: { args: unknown[] }[]): string =>
    calls.map(({ args: [line] }) => String(line)).join('')
  return { stdout: text(out()), stderr: text(error()) }
}

async function tiny(t: Test) {
  const dir = t.testdir()
  await writeTinyBundle({ dir: join(dir, 'tiny'), key: testKey() })
  const short = [
    '--model',
    join(dir, 'tiny'),
    '--rungs',
    'cpu',
    '--batches',
    '1,4',
    '--instances',
    '1',
    '--seconds',
    '0.05'
  ]
  return { dir, short, at: (name: string) => join(dir, name) }
}

test('a folder is measured without a device, and the file says the form', async (t) => {
  const { short, at } = await tiny(t)
  const { stdout } = await run(
    t,
    ...short,
    '--repeats',
    '3',
    '-o',
    at('report.html'),
    '--trace',
    at('trace.json')
  )
  t.match(stdout, /^(Take|No setting)[^\n]+\n[\s\S]*Report: .*report\.html\n/)
  t.match(await readFile(at('report.html'), 'utf8'), /^<!doctype html>[\s\S]*tiny 1\.0\.0/)
  t.ok(JSON.parse(await readFile(at('trace.json'), 'utf8')).traceEvents.length > 20)
  const text = await run(t, ...short, '--repeats', '1')
  t.match(text.stdout, /^# Benchmark of tiny 1\.0\.0/, 'Markdown on standard output')
})

test('a run is kept, gone on with and compared', async (t) => {
  const { short, at } = await tiny(t)
  const kept = at('run.json')
  await run(t, ...short, '--repeats', '1', '--resume', kept)
  const first = JSON.parse(await readFile(kept, 'utf8'))
  await run(t, '--model', at('tiny'), '--resume', kept, '--repeats', '3')
  const second = JSON.parse(await readFile(kept, 'utf8'))
  t.equal(second.id, first.id)
  t.same(
    second.cells.map((cell: { repeats: number }) => cell.repeats),
    [3, 3]
  )
  t.same(
    second.run.windows['cpu/fp32/g0/i1/b1/t2']?.[0] ?? null,
    first.run.windows['cpu/fp32/g0/i1/b1/t2']?.[0] ?? null
  )
  await t.rejects(run(t, ...short, '--batches', '2', '--resume', kept), {
    code: 'NS_OPTIONS_INVALID',
    exitCode: 2
  })
  const { stdout } = await run(
    t,
    '--model',
    at('tiny'),
    '--resume',
    kept,
    '--compare',
    kept,
    '-o',
    at('again.json')
  )
  t.match(stdout, /Against the run of .*: 0 settings are faster, 0 slower, 2 undecided\./)
  t.equal(JSON.parse(await readFile(at('again.json'), 'utf8')).id, first.id)
  await t.rejects(run(t, ...short, '--compare', at('none.json')), { code: 'NS_INPUT_NOT_FOUND' })
})

test('what cannot be measured is refused in one sentence', async (t) => {
  const { short, at } = await tiny(t)
  await t.rejects(run(t, '--model', 'no-such-model', '--home', at('home')), {
    code: 'NS_MODEL_UNKNOWN',
    exitCode: 2
  })
  await t.rejects(run(t, ...short, '--precisions', 'int4'), {
    code: 'NS_OPTIONS_INVALID',
    message: /No setting could be measured\. tiny 1\.0\.0 has no INT4 variant for CPU\./
  })
  await t.rejects(run(t, ...short, '--shape', 'y=3'), { code: 'NS_OPTIONS_INVALID' })
  await t.rejects(run(t, ...short, '--batches', 'many'), { code: 'commander.invalidArgument' })
  for (const [option, value, message] of [
    ['--batches', '1000000000', /^batches\.0: Too big.*; choose another value\.$/],
    ['--instances', '1000', /^instances\.0: Too big/],
    ['--repeats', '0', /^repeats: Too small/],
    ['--shape', 'x=0', /^shape\.x\.0: Too small/]
  ] as const)
    await t.rejects(run(t, ...short, option, value), { code: 'NS_OPTIONS_INVALID', message })
})

test('what cannot be written is said before anything is measured', async (t) => {
  const { short, at } = await tiny(t)
  await writeFile(at('file'), '')
  for (const option of ['-o', '--trace', '--resume'])
    await t.rejects(run(t, ...short, option, at('file/report.json')), {
      code: 'NS_USAGE_INVALID',
      message: /file\/report\.json cannot be written; name a file in a folder/
    })
  await t.rejects(run(t, ...short, '-o', at('report.pdf')), {
    message: /names no form of a report/
  })
  await t.resolves(
    requireWritable(at('new/folder/report.json')),
    'folders that are missing are made'
  )
})

test('the command ends with a sentence and 2', async (t) => {
  const { short, at } = await tiny(t)
  const refused = await runNearside(['bench', '--model', 'none'])
  t.equal(refused.code, 2)
  t.match(refused.stderr, /^There is no model named none here; see nearside models list\.\n$/)
  const nsys = await runNearside(['bench', ...short, '--nsys'], { env: { PATH: at('empty') } })
  t.equal(nsys.code, 2)
  t.match(
    nsys.stderr,
    /^Nsight Systems \(nsys\) is not on the search path; install it, or leave --nsys out\.\n$/
  )
})

test('Ctrl-C ends after the window under way and writes the report', async (t) => {
  const { short, at } = await tiny(t)
  const kept = at('run.json')
  // The signal comes from a timer of the test's own process, where the command runs too.
  const timer = setInterval(() => {
    if (process.listenerCount('SIGINT') > listeners && existsSync(kept)) process.emit('SIGINT')
  }, 20)
  const listeners = process.listenerCount('SIGINT')
  t.teardown(() => clearInterval(timer))
  const error = await run(t, ...short, '--repeats', '30', '--resume', kept).catch(
    (thrown: unknown) => thrown
  )
  t.match(error, { code: 'NS_JOB_CANCELLED', exitCode: 2, message: /go on with .*run\.json/ })
  const { state, cells, progress } = JSON.parse(await readFile(kept, 'utf8'))
  t.equal(state, 'cancelled')
  t.ok(progress > 0 && progress < 1)
  t.ok(cells[0].repeats > 0 && cells[0].repeats < 30)
})

test('Nsight Systems gets the same command without its own option', async (t) => {
  const dir = t.testdir()
  const tool = join(dir, 'nsys')
  await writeFile(tool, `#!/bin/sh\necho "$@" > ${join(dir, 'called')}\nexit 7\n`)
  await chmod(tool, 0o755)
  t.equal(findProgram('nsys', ['/nowhere', dir].join(delimiter)), tool)
  t.equal(findProgram('nsys', '/nowhere'), undefined)
  t.equal(await runUnderNsys(['bench', '--nsys', '--rungs', 'cpu'], tool), 7)
  const called = await readFile(join(dir, 'called'), 'utf8')
  t.match(
    called,
    /^profile --trace=cuda,nvtx,osrt --output=nearside-bench-%p .* bench --rungs cpu\n$/
  )
  await mkdir(join(dir, 'folder'))
  await t.rejects(runUnderNsys([], join(dir, 'none')), {
    code: 'NS_USAGE_INVALID',
    message: /could not be started/
  })
})

test('options are read, or refused with what would do', async (t) => {
  t.same(numberList('16, 1,4,4'), [1, 4, 16])
  for (const text of [
    '',
    '0',
    '1.5',
    'a',
    '1,,2',
    Array.from({ length: 17 }, (_, at) => at + 1).join()
  ])
    t.throws(() => numberList(text), /whole numbers from 1 on/, text)
  t.same(rungList('cpu,cuda'), ['cuda', 'cpu'])
  t.throws(() => rungList('gpu'), /Choose from tensorrt, cuda, webgpu, cpu/)
  t.same(precisionList('fp16'), ['fp16'])
  t.equal(positive('0.5'), 0.5)
  for (const text of ['0', '-1', 'x', ' ']) t.throws(() => positive(text), /above 0/)
  t.equal(whole('7'), 7)
  t.throws(() => whole('-7'), /whole number from 0 on/)
  t.same(shapeOf('image=3x224x224', shapeOf('input_ids=128')), {
    input_ids: [128],
    image: [3, 224, 224]
  })
  t.same(shapeOf('a=1,b=2x3'), { a: [1], b: [2, 3] })
  for (const text of ['128', 'a=', 'a=x', 'a=1x']) t.throws(() => shapeOf(text), /input_ids=128/)
  t.same(wishesOf({ model: 'm', batches: [1], output: 'x' }), { batches: [1] })
  t.equal(formatOf({ model: 'm' }), 'md')
  t.equal(formatOf({ model: 'm', output: 'a.JSON' }), 'json')
  t.equal(formatOf({ model: 'm', output: 'a.txt', format: 'html' }), 'html')
  t.throws(() => formatOf({ model: 'm', output: 'a.html', format: 'md' }), {
    code: 'NS_USAGE_INVALID'
  })
})
