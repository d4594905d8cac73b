import { readFile, rm, symlink, truncate, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import type { GoldenFile } from '../../contract/index.ts'
import { oddModel } from '../../test/harness/odd-models.ts'
import { type TestKey, testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'
import { signManifest } from '../signing/index.ts'
import {
  BUILTIN_MODELS,
  compareVersions,
  copyBundle,
  findBundles,
  goldenCheck,
  installedModels,
  type ObservedTensor,
  readBundle,
  readGolden,
  trustedKeyFolders,
  verifyBundle,
  writeManifest
} from './index.ts'

async function makeBundle(t: Test): Promise<{ dir: string; key: TestKey }> {
  const dir = join(t.testdir(), 'tiny')
  const key = testKey()
  await writeTinyBundle({ dir, key })
  return { dir, key }
}

/** Rewrites the manifest with a change and signs it again: what a careless or hostile signer could do. */
async function resign(
  dir: string,
  key: TestKey,
  change: (manifest: Record<string, never>) => unknown
) {
  const manifest = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8'))
  change(manifest)
  await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest))
  await signManifest(dir, key.privateKey)
}

test('a whole, signed bundle is read with its signer, digest and size', async (t) => {
  const { dir, key } = await makeBundle(t)
  const bundle = await verifyBundle(dir, [key.trusted])
  t.equal(bundle.manifest.name, 'tiny')
  t.strictSame(bundle.signer, { id: key.trusted.id, name: 'test' })
  t.match(bundle.manifestSha256, /^[0-9a-f]{64}$/)
  t.ok(bundle.sizeBytes > 1000)
  t.equal((await readBundle(dir)).manifestSha256, bundle.manifestSha256)
})

type Attack = (dir: string, key: TestKey) => Promise<unknown>

const ATTACKS: Record<string, [Attack, string, RegExp]> = {
  'a changed byte in the model': [
    async (dir) => {
      const file = join(dir, 'model.fp32.onnx')
      const bytes = await readFile(file)
      bytes[20] = (bytes[20] ?? 0) ^ 1
      await writeFile(file, bytes)
    },
    'NS_BUNDLE_DIGEST',
    /^model\.fp32\.onnx: sha256 differs from the manifest; install the bundle again\.$/
  ],
  'a truncated model': [
    (dir) => truncate(join(dir, 'model.fp32.onnx'), 10),
    'NS_BUNDLE_DIGEST',
    /^model\.fp32\.onnx: sha256 differs/
  ],
  'a missing file': [
    (dir) => unlink(join(dir, 'CARD.md')),
    'NS_BUNDLE_INVALID',
    /^CARD\.md: is missing/
  ],
  'an added file': [
    (dir) => writeFile(join(dir, 'extra.txt'), 'x'),
    'NS_BUNDLE_INVALID',
    /^extra\.txt: is not named in the manifest/
  ],
  'a changed manifest': [
    async (dir) => {
      const text = await readFile(join(dir, 'manifest.json'), 'utf8')
      await writeFile(join(dir, 'manifest.json'), text.replace('"task": "test"', '"task": "tesT"'))
    },
    'NS_BUNDLE_SIGNATURE',
    /^manifest\.json: differs from what manifest\.sig signs/
  ],
  'a truncated manifest': [
    (dir) => truncate(join(dir, 'manifest.json'), 100),
    'NS_BUNDLE_SIGNATURE',
    /^manifest\.json: differs/
  ],
  'no manifest': [
    (dir) => unlink(join(dir, 'manifest.json')),
    'NS_BUNDLE_INVALID',
    /^manifest\.json: is missing/
  ],
  'no signature': [
    (dir) => unlink(join(dir, 'manifest.sig')),
    'NS_BUNDLE_UNSIGNED',
    /^manifest\.sig: is missing/
  ],
  'a signature by an unknown key': [
    (dir) => signManifest(dir, testKey().privateKey),
    'NS_BUNDLE_KEY_UNKNOWN',
    /^manifest\.sig: is made with the key [0-9a-f]{16}, which is not trusted here/
  ],
  'a link in the place of a file': [
    async (dir) => {
      await rm(join(dir, 'CARD.md'))
      await symlink('/etc/hostname', join(dir, 'CARD.md'))
    },
    'NS_BUNDLE_INVALID',
    /^CARD\.md: is a link/
  ],
  'a file name with a blank': [
    (dir) => writeFile(join(dir, 'a b.txt'), 'x'),
    'NS_BUNDLE_INVALID',
    /^a b\.txt: has a name/
  ],
  'an oversized manifest': [
    async (dir) => {
      await rm(join(dir, 'manifest.json'))
      await writeFile(join(dir, 'manifest.json'), Buffer.alloc(1024 * 1024 + 1))
    },
    'NS_BUNDLE_INVALID',
    /^manifest\.json: is larger than/
  ],
  'a path that climbs, signed': [
    (dir, key) =>
      resign(dir, key, (manifest: Record<string, never>) => {
        const [variant] = manifest['variants'] as unknown as { file: string }[]
        if (variant) variant.file = '../model.fp32.onnx'
      }),
    'NS_BUNDLE_INVALID',
    /^manifest\.json: variants\.0\.file does not fit the schema \(A bundle path is relative/
  ],
  'a manifest that is no JSON, signed': [
    async (dir, key) => {
      await writeFile(join(dir, 'manifest.json'), '{')
      await signManifest(dir, key.privateKey)
    },
    'NS_BUNDLE_INVALID',
    /^manifest\.json: is not valid JSON/
  ],
  'a manifest that is a list, signed': [
    async (dir, key) => {
      await writeFile(join(dir, 'manifest.json'), '[]')
      await signManifest(dir, key.privateKey)
    },
    'NS_BUNDLE_INVALID',
    /^manifest\.json: the document does not fit the schema/
  ],
  'a file named twice, signed': [
    (dir, key) =>
      resign(dir, key, (manifest: Record<string, never>) => {
        const files = manifest['files'] as unknown as unknown[]
        files.push(files[0])
      }),
    'NS_BUNDLE_INVALID',
    /^CARD\.md: is named twice/
  ],
  'a wrong size, signed': [
    (dir, key) =>
      resign(dir, key, (manifest: Record<string, never>) => {
        const [file] = manifest['files'] as unknown as { size: number }[]
        if (file) file.size += 1
      }),
    'NS_BUNDLE_DIGEST',
    /^CARD\.md: size differs/
  ],
  'a model that names a file outside, signed': [
    async (dir, key) => {
      const entry = { key: 'location', value: '../../secret' }
      const weights = { name: 'w', dims: [2], dataType: 1, dataLocation: 1, externalData: [entry] }
      await writeFile(join(dir, 'model.fp32.onnx'), oddModel({ initializer: [weights] }))
      await writeManifest(dir)
      await signManifest(dir, key.privateKey)
    },
    'NS_MODEL_UNSAFE',
    /^model\.fp32\.onnx: names the file "\.\.\/\.\.\/secret"/
  ],
  'a second model that is none, signed': [
    async (dir, key) => {
      await writeFile(join(dir, 'decoder.onnx'), 'no model')
      await writeManifest(dir)
      await signManifest(dir, key.privateKey)
    },
    'NS_BUNDLE_INVALID',
    /^decoder\.onnx: is no ONNX model/
  ],
  'no golden file, signed': [
    async (dir, key) => {
      await rm(join(dir, 'golden.json'))
      await resign(dir, key, (manifest: Record<string, unknown>) => {
        manifest['files'] = (manifest['files'] as { path: string }[]).filter(
          ({ path }) => path !== 'golden.json'
        )
      })
    },
    'NS_BUNDLE_INVALID',
    /^golden\.json: is missing from the manifest/
  ]
}

for (const [name, [attack, code, message]] of Object.entries(ATTACKS)) {
  test(`a bundle with ${name} is refused by name`, async (t) => {
    const { dir, key } = await makeBundle(t)
    await attack(dir, key)
    await t.rejects(verifyBundle(dir, [key.trusted]), { code, message })
  })
}

test('a folder that is none is refused', async (t) => {
  const dir = t.testdir({ file: 'x', empty: {} })
  await t.rejects(verifyBundle(join(dir, 'absent'), []), { message: /is no folder/ })
  await t.rejects(readBundle(join(dir, 'file')), { message: /is no folder/ })
  await t.rejects(readBundle(join(dir, 'empty')), { message: /^manifest\.json: is missing/ })
})

test('a folder with far too many files is refused before they are read', async (t) => {
  const files = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`f${index}`, '']))
  await t.rejects(readBundle(t.testdir(files)), { message: /holds too many files/ })
})

test('a manifest is rewritten for the files of its folder, with a new version', async (t) => {
  const { dir, key } = await makeBundle(t)
  await writeFile(join(dir, 'NOTES.md'), 'new')
  const manifest = await writeManifest(dir, { version: '1.0.1' })
  t.equal(manifest.version, '1.0.1')
  t.ok(manifest.files.some(({ path }) => path === 'NOTES.md'))
  await t.rejects(verifyBundle(dir, [key.trusted]), { code: 'NS_BUNDLE_UNSIGNED' })
  await signManifest(dir, key.privateKey)
  t.equal((await verifyBundle(dir, [key.trusted])).manifest.version, '1.0.1')
})

test('a manifest that cannot be rewritten says why', async (t) => {
  const { dir } = await makeBundle(t)
  await t.rejects(writeManifest(dir, { version: '1.0' }), { message: /1\.0 is no model version/ })
  await truncate(join(dir, 'model.fp32.onnx'))
  await t.rejects(writeManifest(dir), { message: /^model\.fp32\.onnx: is empty; export it again/ })
  await unlink(join(dir, 'model.fp32.onnx'))
  await t.rejects(writeManifest(dir), { message: /^model\.fp32\.onnx: is missing/ })
  await writeFile(join(dir, 'manifest.json'), '{"version":"1.0.0"}')
  await t.rejects(writeManifest(dir), { message: /^manifest\.json: schemaVersion does not fit/ })
  await writeFile(join(dir, 'manifest.json'), '{')
  await t.rejects(writeManifest(dir), { message: /^manifest\.json: is missing or not valid/ })
  await unlink(join(dir, 'manifest.json'))
  await symlink('/dev/zero', join(dir, 'manifest.json'))
  await t.rejects(writeManifest(dir), { message: /^manifest\.json: is a link or no plain file/ })
})

test('a bundle is copied into an empty folder only', async (t) => {
  const { dir, key } = await makeBundle(t)
  const to = join(dir, '../copy')
  await t.rejects(copyBundle(dir, join(dir, 'inner')), { message: /lies in the bundle itself/ })
  await copyBundle(dir, to)
  t.equal((await verifyBundle(to, [key.trusted])).manifest.name, 'tiny')
  await t.rejects(copyBundle(dir, to), { code: 'NS_USAGE_INVALID', message: /is not empty/ })
  await t.rejects(copyBundle(dir, join(to, 'CARD.md')), { code: 'NS_INTERNAL' })
})

test('bundles are found by name and version, in the order of numbers', async (t) => {
  const dir = t.testdir({
    b: { '1.0.0': {}, '1.10.0': {}, '1.9.0': {}, current: {} },
    a1: { '2.0.0': {} },
    'Not A Name': { '1.0.0': {} },
    file: 'x'
  })
  const found = await findBundles(dir)
  t.strictSame(
    found.map(({ name, version }) => `${name}@${version}`),
    ['a1@2.0.0']
  )
  t.strictSame(await findBundles(join(dir, 'absent')), [])
  await t.rejects(findBundles(join(dir, 'file')), { code: 'NS_INTERNAL' })
  t.ok(compareVersions('1.10.0', '1.9.0') > 0)
  t.ok(compareVersions('1.0.0', '2.0.0') < 0)
  t.equal(compareVersions('1.2.3', '1.2.3'), 0)
  const ordered = t.testdir({ bb: { '1.10.0': {}, '1.9.0': {} } })
  t.strictSame(
    (await findBundles(ordered)).map(({ version }) => version),
    ['1.9.0', '1.10.0']
  )
})

test('folders of models and keys follow the home', (t) => {
  t.match(BUILTIN_MODELS, /models\/quantized$/)
  t.equal(installedModels('/h'), '/h/device/models')
  t.strictSame(trustedKeyFolders('/h').at(-1), '/h/device/trusted-keys')
  t.end()
})

const GOLDEN: GoldenFile = {
  cases: Array.from({ length: 3 }, () => ({
    inputs: { x: { datatype: 'FP32', shape: [1], data: [1] } },
    outputs: { y: { datatype: 'FP32', shape: [2], data: [1, -10] } }
  })),
  tolerance: { int8: { atol: 0.1, rtol: 0.01 } }
}

test('golden outputs may differ by atol + rtol · |expected|, no more', async (t) => {
  const observe = async (y: ObservedTensor | undefined) =>
    goldenCheck(GOLDEN, 'int8', async () => (y ? { y } : {}))
  const floats = (data: number[], shape = [2]): ObservedTensor => ({
    datatype: 'FP32',
    shape,
    data: Float64Array.from(data)
  })
  const good = await observe(floats([1.1, -10.19]))
  t.match(good, { ok: true, cases: 3, sentence: /^All 3 golden cases match/ })
  t.match((await observe(floats([1, -10.21]))).sentence, /output y differs at 1 by 0\.21/)
  t.match((await observe(floats([Number.NaN, -10]))).sentence, /differs at 0 by an unknown/)
  t.match((await observe(floats([1, -10], [1, 2]))).sentence, /has shape \[1,2\] instead of \[2\]/)
  t.match((await observe(floats([1]))).sentence, /has 1 numbers instead of 2/)
  t.match((await observe(undefined)).sentence, /output y is missing/)
  const wrongType = { datatype: 'FP64', shape: [2], data: [1, -10] }
  t.match((await observe(wrongType)).sentence, /has type FP64 instead of FP32/)
  const none = await goldenCheck(GOLDEN, 'fp16', async () => ({}))
  t.match(none, { ok: false, sentence: /states no tolerance for fp16/ })
})

test('golden strings and booleans must be equal, wide integers count as numbers', async (t) => {
  const [first] = GOLDEN.cases
  const outputs = {
    word: { datatype: 'BYTES' as const, shape: [1], data: ['yes'] },
    flag: { datatype: 'BOOL' as const, shape: [1], data: [true] },
    count: { datatype: 'INT64' as const, shape: [1], data: [7] }
  }
  const golden = { ...GOLDEN, cases: [{ inputs: first?.inputs ?? {}, outputs }] }
  const run = (word: string) => async () => ({
    word: { ...outputs.word, data: [word] },
    flag: outputs.flag,
    count: { ...outputs.count, data: BigInt64Array.of(7n) }
  })
  t.ok((await goldenCheck(golden, 'int8', run('yes'))).ok)
  t.match((await goldenCheck(golden, 'int8', run('no'))).sentence, /word differs at 0/)
})

test('a golden file that does not fit is refused', async (t) => {
  const { dir } = await makeBundle(t)
  t.equal((await readGolden(dir)).cases.length, 3)
  for (const [text, message] of [
    ['{"cases":[]}', /^golden\.json: cases does not fit the schema \(.*3 items\); have/],
    ['{"cases":[NaN]}', /^golden\.json: is not valid JSON/],
    ['7', /^golden\.json: the document does not fit/]
  ] as const) {
    await writeFile(join(dir, 'golden.json'), text)
    await t.rejects(readGolden(dir), { code: 'NS_BUNDLE_INVALID', message })
  }
  await truncate(join(dir, 'golden.json'), 65 * 1024 * 1024)
  await t.rejects(readGolden(dir), { message: /^golden\.json: is larger than 67108864 bytes/ })
})
