import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { systemClock } from '../../kernel/clock.ts'
import { linearModel } from '../../test/harness/tiny-model.ts'
import { readGpuFacts } from './cuda-driver.ts'
import type { EngineKey } from './engine-key.ts'
import { Executor } from './executor.ts'
import { type ExecutorPlan, ON_CPU } from './executor-protocol.ts'
import {
  gpuEnvironment,
  gpuLibraryFolders,
  missingProviders,
  ortLibrary,
  shippedLibraryFolder
} from './gpu-libraries.ts'
import { helpfulLine, LogTail } from './log-tail.ts'
import { availableMemory, residentMemory } from './memory-file.ts'
import { openSession } from './onnx-session.ts'
import { openOrtApi } from './ort-c-api.ts'
import { tensorrtVersion } from './ort-constants.ts'
import { verifyPlan } from './ort-library.ts'

const SHIPPED = join(shippedLibraryFolder(), 'libonnxruntime.so.1')
const HAS_GPU = existsSync('/dev/nvidiactl') || existsSync('/dev/nvhost-gpu')

test('folders come from the setting, the library from the first that has one', (t) => {
  t.strictSame(gpuLibraryFolders(''), [shippedLibraryFolder()])
  t.strictSame(gpuLibraryFolders('/a::/b'), ['/a', '/b'])
  const dir = t.testdir({ none: {}, wheel: { 'libonnxruntime.so.1.29.0': '' } })
  const plain = join(dir, 'plain')
  mkdirSync(plain)
  symlinkSync(SHIPPED, join(plain, 'libonnxruntime.so.1'))
  t.equal(ortLibrary([]), SHIPPED)
  t.equal(ortLibrary([join(dir, 'absent'), join(dir, 'none')]), SHIPPED)
  t.equal(ortLibrary([join(dir, 'none'), plain]), join(plain, 'libonnxruntime.so.1'))
  t.match(ortLibrary([join(dir, 'wheel')]), /libonnxruntime\.so\.1\.29\.0$/)
  t.end()
})

test('missing providers are named with their folder', (t) => {
  const dir = t.testdir({ 'libonnxruntime.so.1': '', 'libonnxruntime_providers_shared.so': '' })
  t.match(missingProviders('cuda', [dir]), /^libonnxruntime_providers_cuda\.so is missing in /)
  writeFileSync(join(dir, 'libonnxruntime_providers_cuda.so'), '')
  t.equal(missingProviders('cuda', [dir]), null)
  rmSync(join(dir, 'libonnxruntime_providers_shared.so'))
  t.match(missingProviders('tensorrt', [dir]), /_shared\.so, .*_tensorrt\.so are missing/)
  t.end()
})

test('a child sees one GPU, and the folders of its libraries first', (t) => {
  const plan = { rung: 'cuda', deviceId: 1, libraries: ['/a', '/b'] } as const
  const env = { LD_LIBRARY_PATH: '/b:/c', CUDA_VISIBLE_DEVICES: '4,GPU-5' }
  t.match(gpuEnvironment(plan, env), {
    LD_LIBRARY_PATH: '/a:/b:/c',
    CUDA_VISIBLE_DEVICES: 'GPU-5',
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID'
  })
  t.equal(gpuEnvironment(plan, {})['CUDA_VISIBLE_DEVICES'], '1')
  t.equal(gpuEnvironment({ ...plan, deviceId: 7 }, env)['CUDA_VISIBLE_DEVICES'], '', 'none')
  t.strictSame(gpuEnvironment({ rung: 'cpu', deviceId: 0, libraries: [] }, {}), {})
  t.end()
})

test('of much output the line that helps is kept', (t) => {
  const missing =
    '[E:onnxruntime] Failed to load /x/libonnxruntime_providers_cuda.so with error: libcudnn.so.9: cannot open shared object file: No such file or directory'
  const line = 'libcudnn.so.9: cannot open shared object file: No such file or directory'
  t.equal(helpfulLine(missing), line)
  t.equal(helpfulLine('starts\n', missing), line)
  t.equal(
    helpfulLine('starts\n\u001b[31m[E:onnxruntime:, x.cc] broke\u001b[m\nends'),
    '[E:onnxruntime:, x.cc] broke'
  )
  t.equal(helpfulLine('starts\nends', 'said'), 'said')
  t.equal(helpfulLine(' starts\nends'), 'starts')
  t.equal(helpfulLine(' \n'), null)
  t.equal(helpfulLine('x'.repeat(1000))?.length, 400)
  const tail = new LogTail()
  tail.add(Buffer.from('[E:onnxruntime] first\n'))
  for (let at = 0; at < 20_000; at += 1) tail.add(`line ${at}\n`)
  t.ok(tail.text().length < 40_000)
  t.equal(helpfulLine(tail.text()), '[E:onnxruntime] first')
  t.match(tail.text(), /line 19999\n$/)
  t.end()
})

test('a library that is not known is refused in one sentence', (t) => {
  const dir = t.testdir()
  const refusal = (message: RegExp) => ({ code: 'NS_RUNG_LIBRARY', message })
  t.throws(() => openOrtApi(join(dir, 'absent.so')), refusal(/cannot be loaded as ONNX Runtime/))
  writeFileSync(join(dir, 'text.so'), 'no library')
  t.throws(() => openOrtApi(join(dir, 'text.so')), refusal(/cannot be loaded/))
  t.throws(() => openOrtApi('libc.so.6'), refusal(/cannot be loaded as ONNX Runtime/))
  // The real library under another version: its own text, changed in place.
  const bytes = readFileSync(SHIPPED)
  const text = Buffer.from('\x001.30.0\0')
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1))
    bytes.write('9.99.0', at + 1)
  writeFileSync(join(dir, 'future.so'), bytes)
  t.throws(
    () => openOrtApi(join(dir, 'future.so')),
    refusal(
      /is ONNX Runtime 9\.99\.0, which this version does not know; use the ONNX Runtime 1\.29 or 1\.30/
    )
  )
  const known = openOrtApi(SHIPPED)
  t.equal(openOrtApi(SHIPPED), known, 'opened once')
  t.match(known.version, /^1\.30\./)
  const unknown = { name: 'cuda', options: { no_such_option: '1' } } as const
  t.throws(() => known.createSession(SHIPPED, { threads: 1, providers: [unknown] }))
  t.end()
})

test('the numbers of libraries are read', async (t) => {
  t.equal(tensorrtVersion(100_600), '10.6.0')
  t.equal(tensorrtVersion(101_601), '10.16.1')
  t.equal(tensorrtVersion(8601), '8.6.1')
  t.ok((await residentMemory(process.pid)) ?? 0 > 2 ** 20)
  t.equal(await residentMemory(2 ** 30), undefined)
  t.ok((await availableMemory()) ?? 0 > 2 ** 20)
  if (HAS_GPU) t.match(readGpuFacts().computeCapability, /^\d+\.\d$/)
  else t.throws(() => readGpuFacts(), { code: 'NS_RUNG_NO_GPU', message: /nvidia-smi/ })
})

function planOf(t: Test, change: Partial<ExecutorPlan> = {}): ExecutorPlan {
  const dir = t.testdir()
  const model = linearModel(2)
  writeFileSync(join(dir, 'model.onnx'), model)
  const sha256 = createHash('sha256').update(model).digest('hex')
  const variant = { file: 'model.onnx', sha256 }
  const base = { dir, variant, windows: undefined, maxBatch: 4, threads: 1 }
  return { ...base, runtime: 'onnxruntime-node', ...ON_CPU, binding: 'ffi', ...change }
}

/** Starts an executor that must not start, and gives its refusal. */
async function refused(
  plan: ExecutorPlan
): Promise<{ code: string; message: string; detail: unknown }> {
  const executor = new Executor({
    plan,
    shell: 'process',
    clock: systemClock,
    startDeadlineMs: 1e9
  })
  const error = await executor.start().then(
    () => new Error('it started'),
    (reason: unknown) => reason
  )
  await executor.close()
  const { code, message, details } = error as {
    code: string
    message: string
    details?: { detail: unknown }
  }
  return { code, message, detail: details?.detail }
}

test('what is loaded is what was verified', async (t) => {
  const api = openOrtApi(SHIPPED)
  const plan = planOf(t)
  t.equal(await verifyPlan(plan, api), join(plan.dir, 'model.onnx'))
  const digest = { code: 'NS_BUNDLE_DIGEST' }
  const other = { ...plan, variant: { file: 'model.onnx', sha256: '0'.repeat(64) } }
  await t.rejects(verifyPlan(other, api), { ...digest, message: /sha256 differs/ })
  const absent = { ...plan, variant: { ...plan.variant, file: 'absent.onnx' } }
  await t.rejects(verifyPlan(absent, api), { ...digest, message: /is missing/ })
  const tensorrt = { ...plan, rung: 'tensorrt' } as const
  await t.rejects(verifyPlan(tensorrt, api), { code: 'NS_ENGINE_MISSING', message: /build one/ })
  const key: EngineKey = {
    modelSha256: plan.variant.sha256,
    precision: 'fp16',
    flags: {},
    profile: { min: {}, opt: {}, max: {} },
    computeCapability: '1.0',
    tensorrt: '10.6.0',
    onnxruntime: '1.29.0'
  }
  const files = [{ path: 'model.onnx', sha256: plan.variant.sha256 }]
  const engine = { dir: plan.dir, key, model: 'model.onnx', files, whole: true }
  const foreign = HAS_GPU ? 'NS_ENGINE_FOREIGN' : 'NS_RUNG_NO_GPU'
  await t.rejects(verifyPlan({ ...tensorrt, engine }, api), { code: foreign })
  const damaged = { ...engine, files: [{ path: 'model.onnx', sha256: 'x' }] }
  const missing = { code: 'NS_ENGINE_MISSING', message: /damaged or incomplete \(model\.onnx\)/ }
  await t.rejects(verifyPlan({ ...tensorrt, engine: damaged }, api), missing)
})

test('an executor without its providers says which are missing', async (t) => {
  const folder = t.testdir({ 'libonnxruntime_providers_shared.so': 'no library' })
  const none = await refused(planOf(t, { rung: 'tensorrt', libraries: [folder] }))
  t.match(none, { code: 'NS_RUNG_LIBRARY', message: /_tensorrt\.so are missing/, detail: null })
})

const NO_COMPILER =
  spawnSync('cc', ['--version']).status === 0 ? false : 'SKIPPED: there is no C compiler (cc)'

test('an executor gives the words of the loader', { skip: NO_COMPILER }, async (t) => {
  const plan = planOf(t)
  const folder = join(plan.dir, 'libraries')
  mkdirSync(folder)
  symlinkSync(SHIPPED, join(folder, 'libonnxruntime.so.1'))
  const source = join(folder, 'empty.c')
  writeFileSync(source, 'int needed(void) { return 1; }')
  const cc = (out: string, ...args: string[]): void =>
    void execFileSync('cc', ['-shared', '-fPIC', '-o', join(folder, out), source, ...args])
  cc('libcudnn.so.9', '-Wl,-soname,libcudnn.so.9')
  const link = ['-Wl,--no-as-needed', `-L${folder}`, '-l:libcudnn.so.9']
  for (const name of ['shared', 'cuda']) cc(`libonnxruntime_providers_${name}.so`, ...link)
  rmSync(join(folder, 'libcudnn.so.9'))
  const { code, message, detail } = await refused({ ...plan, rung: 'cuda', libraries: [folder] })
  t.equal(code, 'NS_RUNG_LIBRARY')
  t.match(message, /A library that the rung cuda needs cannot be loaded/)
  t.match(detail, /^libcudnn\.so\.9: cannot open shared object file/)
})

test('a model that ONNX Runtime cannot read is refused on every binding', async (t) => {
  const plan = planOf(t)
  writeFileSync(join(plan.dir, 'model.onnx'), 'no model')
  const sha256 = createHash('sha256').update('no model').digest('hex')
  const broken = { ...plan, variant: { file: 'model.onnx', sha256 } }
  const ffi = await refused(broken)
  t.match(ffi, { code: 'NS_INFERENCE_FAILED', message: /cannot load it on the rung cpu/ })
  t.match(ffi.detail, /Protobuf parsing failed/)
  const webgpu = openSession({ ...broken, rung: 'webgpu', binding: 'stock' })
  await t.rejects(webgpu, { code: 'NS_RUNG_LIBRARY', message: /WebGPU/ })
})
