import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { type Test, test } from 'tap'
import { BUILTIN_MODELS } from '../../models/index.ts'
import { testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'
import { addModels } from './models.ts'

/** Runs `nearside models …` in this process and returns what it printed. */
async function run(t: Test, ...args: string[]): Promise<string> {
  const program = new Command('nearside').exitOverride()
  addModels(program)
  for (const command of program.commands.flatMap((group) => group.commands))
    command.exitOverride().configureOutput({ writeErr: () => undefined })
  const printed = t.capture(console, 'log')
  try {
    await program.parseAsync(['models', ...args], { from: 'user' })
  } finally {
    printed.restore()
  }
  return printed()
    .map(({ args: line }) => line.join(' '))
    .join('\n')
}

const SHIPPED = join(BUILTIN_MODELS, 'sentence-roles', '1.0.0')

test('a variant is exported by precision and number, and what stays behind is said', async (t) => {
  const out = t.testdir()
  const said = await run(
    t,
    ...['export', SHIPPED, '--to', 'triton', '--precision', 'int8', '--number', '7', '-o', out]
  )
  t.match(said, /^sentence-roles 1\.0\.0 \(int8\) for Triton in /)
  t.match(said, /^ {2}7\/model\.onnx$/m)
  t.match(said, /turning documents into them \(sentence-windows\) is not part of the export/)
  const config = await readFile(join(out, 'sentence-roles', 'config.pbtxt'), 'utf8')
  t.match(config, /kind: KIND_CPU/)
})

test('a model of tensors is exported whole; wrong use is said', async (t) => {
  const dir = t.testdir()
  await writeTinyBundle({ dir: join(dir, 'tiny'), key: testKey() })
  const call = (...more: string[]) => run(t, 'export', join(dir, 'tiny'), ...more)
  t.notMatch(await call('--to', 'triton', '-o', join(dir, 'out')), /not part of the export/)
  await t.rejects(call('--to', 'triton', '-o', join(dir, 'out')), { code: 'NS_USAGE_INVALID' })
  await t.rejects(call('--to', 'kserve', '-o', dir), { message: /Allowed choices are triton/ })
  await t.rejects(call('--to', 'triton', '-o', dir, '--number', '0'), { message: /from 1/ })
  await t.rejects(call('--to', 'triton', '-o', dir, '--precision', 'int4'), {
    message: /tiny has no variant of precision int4; it has: fp32/
  })
})

test('inspect shows what the models hold', async (t) => {
  const shown = await run(t, 'inspect', SHIPPED)
  t.match(shown, /^GRAPH +NODES +OPSET +PARAMETERS +WEIGHTS +OPERATORS$/m)
  t.match(shown, /^model\.int8\.onnx +\d+ +17 +3\.\d\d M +INT8 3\.\d MB, FLOAT 0\.1 MB +\w+ \d+, /m)
  const { graphs } = JSON.parse(await run(t, 'inspect', SHIPPED, '--json'))
  t.match(graphs['model.fp16.onnx'], { opsets: [{ domain: '', version: 17 }], irVersion: 8 })
})
