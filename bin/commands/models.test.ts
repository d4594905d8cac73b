import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { type Test, test } from 'tap'
import { oddModel, relu } from '../../test/harness/odd-models.ts'
import { testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'
import { addModels } from './models.ts'

/** Runs `nearside models …` in this process and returns what it printed. */
async function run(t: Test, ...args: string[]): Promise<string> {
  const program = new Command('nearside').exitOverride()
  addModels(program)
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

/** A home that trusts one key, and a bundle signed with it. */
async function setUp(t: Test) {
  const dir = t.testdir()
  const key = testKey('mine')
  const home = join(dir, 'home')
  const keys = join(home, 'device', 'trusted-keys')
  await mkdir(keys, { recursive: true })
  const pem = key.trusted.key.export({ type: 'spki', format: 'pem' })
  await writeFile(join(keys, 'mine.pem'), pem)
  const bundle = join(dir, 'tiny')
  await writeTinyBundle({ dir: bundle, key, kind: 'positions' })
  return { dir, home, bundle, keys }
}

test('verify says by whom a bundle is signed, or what is wrong with it', async (t) => {
  const { home, bundle } = await setUp(t)
  t.match(await run(t, 'verify', bundle, '--home', home), /tiny 1\.0\.0: whole.*by mine/)
  await writeFile(join(bundle, 'CARD.md'), 'changed')
  await t.rejects(run(t, 'verify', bundle, '--home', home), {
    exitCode: 2,
    message: 'CARD.md: sha256 differs from the manifest; install the bundle again.'
  })
})

test('list shows what is installed, whole or damaged, as a table and as JSON', async (t) => {
  const { home, bundle } = await setUp(t)
  const installed = join(home, 'device', 'models', 'tiny')
  await cp(bundle, join(installed, '1.0.0'), { recursive: true })
  await mkdir(join(installed, '1.0.1'))
  const table = await run(t, 'list', '--home', home)
  t.match(table, /^NAME +VERSION +ORIGIN +PRECISION +SIZE +STATE$/m)
  t.match(table, /^tiny +1\.0\.0 +installed +fp32 +0\.0 MB +signed by mine$/m)
  t.match(table, /^tiny +1\.0\.1 +installed +- +- +manifest\.json: is missing/m)
  const { models } = JSON.parse(await run(t, 'list', '--home', home, '--json'))
  t.match(models.at(-1), { name: 'tiny', version: '1.0.1', ok: false })
})

test('inspect shows a bundle by folder or by name', async (t) => {
  const { home, bundle } = await setUp(t)
  const shown = await run(t, 'inspect', bundle, '--home', home)
  t.match(shown, /^Inputs +input_ids INT64\[-1, -1\]; sentence_ids/m)
  t.match(shown, /^Signature +valid, by mine/m)
  await t.rejects(run(t, 'inspect', 'tiny', '--home', home), { code: 'NS_MODEL_UNKNOWN' })
  const installed = join(home, 'device', 'models', 'tiny')
  await mkdir(installed, { recursive: true })
  await rename(bundle, join(installed, '1.0.0'))
  const facts = JSON.parse(await run(t, 'inspect', 'tiny@1.0.0', '--home', home, '--json'))
  t.match(facts, { manifest: { name: 'tiny' }, dir: /device\/models\/tiny\/1\.0\.0$/ })
  const stranger = await run(t, 'inspect', join(installed, '1.0.0'), '--home', join(home, 'other'))
  t.match(stranger, /^Signature +manifest\.sig: is made with the key/m)
})

test('a new version is made and signed on the spot with a key of one’s own', async (t) => {
  const { dir, home, bundle, keys } = await setUp(t)
  const made = await run(t, 'keygen', '--out', join(dir, 'keys'))
  t.match(made, /keep it offline/)
  const key = join(dir, 'keys', 'release.key.pem')
  await cp(join(dir, 'keys', 'release.pem'), join(keys, 'release.pem'))
  const out = join(dir, 'next')
  t.match(
    await run(t, 'sign', bundle, '--key', key, '--version', '2.0.0', '--out', out),
    /^tiny 2\.0\.0 signed with key [0-9a-f]{16} in /
  )
  t.match(await run(t, 'verify', out, '--home', home), /tiny 2\.0\.0: .* signed by release/)
  t.match(
    await run(t, 'verify', bundle, '--home', home),
    /signed by mine/,
    'the original is untouched'
  )
  t.match(await run(t, 'sign', out, '--key', key, '--bump'), /^tiny 2\.0\.1 signed/)
  t.match(await run(t, 'sign', out, '--key', key), /^tiny 2\.0\.1 signed/)
  const before = await readFile(join(out, 'manifest.json'), 'utf8')
  await t.rejects(run(t, 'sign', out, '--key', key, '--version', 'new'), {
    message: /no model version/
  })
  await t.rejects(run(t, 'sign', out, '--key', join(out, 'CARD.md')), { code: 'NS_KEY_INVALID' })
  t.equal(await readFile(join(out, 'manifest.json'), 'utf8'), before, 'nothing half-written')
  t.ok(existsSync(join(out, 'manifest.sig')))
})

test('a bundle that no device takes is not signed', async (t) => {
  const { dir, bundle } = await setUp(t)
  await run(t, 'keygen', '--out', join(dir, 'keys'))
  const circle = oddModel({ node: [relu('a', 'b'), relu('b', 'a'), relu('x', 'y')] })
  await writeFile(join(bundle, 'model.fp32.onnx'), circle)
  await t.rejects(run(t, 'sign', bundle, '--key', join(dir, 'keys', 'release.key.pem')), {
    code: 'NS_BUNDLE_INVALID',
    message: /^model\.fp32\.onnx: has nodes that wait for each other in a circle/
  })
  t.notOk(existsSync(join(bundle, 'manifest.sig')))
})
