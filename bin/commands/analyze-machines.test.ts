// The command: its rows, its reports, its exit codes, and its one sentence for every bad input.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { test } from 'tap'
import { MachinesReport, NearsideError } from '../../contract/index.ts'
import {
  type AnalyzeMachinesOptions,
  addAnalyzeMachines,
  analyzeMachines
} from './analyze-machines.ts'

const PUMP = join(import.meta.dirname, '../../analysis/machines/samples/pump.csv')

interface Folder {
  readonly path: string
  readonly file: (name: string, content: string | Uint8Array) => Promise<string>
}

async function folder(t: { teardown(run: () => unknown): void }): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'nearside-machines-'))
  t.teardown(() => rm(path, { recursive: true, force: true }))
  return {
    path,
    file: async (name, content) => {
      await writeFile(join(path, name), content)
      return join(path, name)
    }
  }
}

test('--emit scores prints a row for every row, and a prefix scores the same', async (t) => {
  const { path, file } = await folder(t)
  const emit = async (input: string): Promise<string[]> => {
    const output = join(path, 'scores.csv')
    t.equal(await analyzeMachines(input, { emit: 'scores', output }), 0)
    return (await readFile(output, 'utf8')).split('\n')
  }
  const whole = await emit(PUMP)
  t.equal(whole[0], 'index,timestamp,score')
  t.match(whole[1], /^0,2026-03-02 06:00:00,0\.\d{6}$/)
  t.equal(whole.length, 2402)
  t.ok(whole.some((row) => Number(row.split(',')[2]) > 0.9))
  const half = (await readFile(PUMP, 'utf8')).split('\n').slice(0, 1001).join('\n')
  t.same((await emit(await file('half.csv', half))).slice(0, 1001), whole.slice(0, 1001))
  const quoted = await file('quoted.csv', 'at;v\n"1.1.2026, 10:00";5\n"1.1.2026, 10:01";6\n')
  t.match((await emit(quoted))[1], /^0,"1\.1\.2026, 10:00",0/)
})

test('the report comes in every format, and --fail-on decides the exit code', async (t) => {
  const { path } = await folder(t)
  const output = join(path, 'report')
  t.equal(await analyzeMachines(PUMP, { format: 'json', output, failOn: 'high' }), 1)
  const report = MachinesReport.parse(JSON.parse(await readFile(output, 'utf8')))
  t.equal(report.figures.events.length, 3)
  t.match(report.inputs[0], { name: 'pump.csv', bytes: /\d+/, sha256: /^[0-9a-f]{64}$/ })
  t.equal(await analyzeMachines(PUMP, { format: 'json', output, failOn: 'critical' }), 0)
  for (const format of ['md', 'html', 'csv'] as const) {
    t.equal(await analyzeMachines(PUMP, { format, output, threshold: 0.6 }), 0)
    t.ok((await readFile(output, 'utf8')).length > 200, format)
  }
})

test('bad input is said in one sentence with exit code 2, and leaves no file behind', async (t) => {
  const { path, file } = await folder(t)
  const refused = async (
    input: string,
    code: string,
    options: AnalyzeMachinesOptions = {}
  ): Promise<void> => {
    const output = join(path, 'none')
    const error = await analyzeMachines(input, { output, ...options }).catch(
      (thrown: unknown) => thrown
    )
    t.ok(error instanceof NearsideError && error.code === code && error.exitCode === 2, code)
    t.match((error as Error).message, /^[^\n]+\.$/)
  }
  await refused(join(path, 'absent.csv'), 'NS_INPUT_NOT_FOUND')
  await refused(path, 'NS_INPUT_FORMAT')
  await refused(join(PUMP, 'below'), 'NS_INPUT_UNREADABLE')
  await refused(await file('empty.csv', ''), 'NS_INPUT_EMPTY')
  await refused(await file('header.csv', 'a,b\n'), 'NS_INPUT_EMPTY')
  await refused(await file('headless.csv', '1,2\n3,4\n'), 'NS_INPUT_FORMAT')
  await refused(await file('words.csv', 'a,b\nx,y\n'), 'NS_INPUT_FORMAT')
  await refused(await file('quotes.csv', 'a,b\n1,"2\n'), 'NS_INPUT_FORMAT', { emit: 'scores' })
  await refused(await file('binary.csv', Uint8Array.of(97, 10, 0, 1)), 'NS_INPUT_BINARY')
  await refused(await file('latin.csv', Uint8Array.of(97, 10, 0xe9, 10)), 'NS_INPUT_ENCODING')
  await refused(PUMP, 'NS_OPTIONS_INVALID', { threshold: 7 })
  await refused(PUMP, 'NS_USAGE_INVALID', { emit: 'rul' })
  t.notOk((await readdir(path)).some((name) => name.startsWith('none')))
})

test('an option of a later version is refused, not ignored', async (t) => {
  for (const option of [
    'baseline',
    'graph',
    'target',
    'trainRows',
    'train',
    'label',
    'causes',
    'task'
  ])
    await t.rejects(analyzeMachines(PUMP, { [option]: 'x' }), {
      code: 'NS_USAGE_INVALID',
      message: /not built yet/
    })
})

test('the command is wired: arguments, options, exit code', async (t) => {
  const { path } = await folder(t)
  const program = new Command().exitOverride()
  addAnalyzeMachines(program)
  const before = process.exitCode
  const output = join(path, 'out.md')
  await program.parseAsync(['machines', PUMP, '--fail-on', 'high', '-o', output], { from: 'user' })
  t.equal(process.exitCode, 1)
  process.exitCode = before
  t.match(program.commands[0]?.helpInformation(), /--threshold/)
  t.notMatch(program.commands[0]?.helpInformation(), /--train-rows/)
})
