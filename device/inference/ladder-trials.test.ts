// The ladder over real child processes: libraries that are missing, damaged or crash, models that give wrong
// numbers or none, and WebGPU over a software GPU.

import { cpSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Test, test } from 'tap'
import type { Rung, RungStatus } from '../../contract/index.ts'
import { systemClock } from '../../kernel/clock.ts'
import { scratchFolder } from '../../test/harness/fake-tool.ts'
import {
  fullMachine,
  machine,
  quickModel,
  writeLadderBundle
} from '../../test/harness/ladder-bundle.ts'
import { linearModel } from '../../test/harness/tiny-model.ts'
import { shippedLibraryFolder } from './gpu-libraries.ts'
import { LadderCache } from './ladder-cache.ts'
import { type Climb, chooseVariant, climb, fallBack, rungDropped } from './provider-ladder.ts'
import { readRungFacts } from './rung-facts.ts'
import { rungPlan } from './rung-plan.ts'
import { type OpenTrial, processTrials } from './rung-probe.ts'
import { DEFAULT_INFERENCE_SETTINGS } from './settings.ts'

const SETTINGS = { ...DEFAULT_INFERENCE_SETTINGS, threads: 1 }
const CRASHING = pathToFileURL(join(import.meta.dirname, '../../test/harness/crashing-runtime.ts'))
const real: OpenTrial = processTrials({ clock: systemClock, settings: SETTINGS })

function status({ statuses }: Climb, rung: Rung): RungStatus | undefined {
  return statuses.find((candidate) => candidate.rung === rung)
}

test('a CUDA rung without its provider names the file, and the CPU serves', async (t) => {
  const variants = [{ precision: 'fp32', rungs: ['cpu', 'cuda'] }] as const
  const empty = t.testdir({ libraries: {} })
  const bundle = await writeLadderBundle({ dir: join(empty, 'b'), variants })
  const found = await climb(
    bundle,
    fullMachine({ libraryFolders: [join(empty, 'libraries')], vulkan: machine().vulkan }),
    { settings: SETTINGS, budgetMs: 0 }
  )
  t.equal(found.taken?.rung, 'cpu')
  t.match(status(found, 'cuda'), {
    taken: false,
    code: 'NS_RUNG_LIBRARY',
    sentence: /libonnxruntime_providers_cuda\.so.* missing in .*NEARSIDE_GPU_LIBRARIES/
  })
  t.match(status(found, 'tensorrt'), { code: 'NS_RUNG_NO_VARIANT', sentence: /tiny 1\.0\.0/ })
})

test('a damaged provider library is named by the words of the loader', async (t) => {
  const dir = t.testdir({ libraries: {} })
  const libraries = join(dir, 'libraries')
  symlinkSync(
    join(shippedLibraryFolder(), 'libonnxruntime.so.1'),
    join(libraries, 'libonnxruntime.so.1')
  )
  for (const name of ['shared', 'cuda'])
    writeFileSync(join(libraries, `libonnxruntime_providers_${name}.so`), 'no library')
  const variants = [
    { precision: 'fp16', rungs: ['cuda'] },
    { precision: 'fp32', rungs: ['cuda'] }
  ] as const
  const bundle = await writeLadderBundle({ dir: join(dir, 'b'), variants })
  const opened: string[] = []
  const openTrial: OpenTrial = (plan) => {
    opened.push(plan.variant.file)
    return real(plan)
  }
  const facts = fullMachine({ libraryFolders: [libraries], vulkan: machine().vulkan })
  const found = await climb(bundle, facts, { settings: SETTINGS, openTrial })
  t.equal(found.taken, undefined, 'the bundle has nothing for the CPU')
  t.equal(status(found, 'cpu')?.code, 'NS_RUNG_NO_VARIANT')
  t.match(status(found, 'cuda'), {
    code: 'NS_RUNG_LIBRARY',
    sentence: /libonnxruntime_providers_(shared|cuda)\.so/,
    detail: /(file too short|invalid ELF header|cannot open)/
  })
  t.strictSame(opened, ['fp16.onnx'], 'another file would fare no better')
})

test('a crashing library costs its trial, not the climb', async (t) => {
  const dir = t.testdir({ crashes: '99' })
  const runtime = `${CRASHING}?crashes=${join(dir, 'crashes')}`
  const variants = [
    { precision: 'int8', rungs: ['cpu'] },
    { precision: 'fp32', rungs: ['cpu'] }
  ] as const
  const bundle = await writeLadderBundle({ dir: join(dir, 'b'), variants, values: [666, 1, 2] })
  const openTrial: OpenTrial = (plan) =>
    real(plan.variant.file === 'int8.onnx' ? { ...plan, runtime } : plan)
  const found = await climb(bundle, machine(), { settings: SETTINGS, openTrial, budgetMs: 0 })
  t.equal(found.taken?.variant.precision, 'fp32', 'the next file of the rung is tried')
  const only = await climb(bundle, machine(), { settings: { ...SETTINGS, runtime } })
  t.equal(only.taken, undefined)
  t.match(status(only, 'cpu'), {
    code: 'NS_RUNG_CRASHED',
    sentence: /INT8 on the CPU ended unexpectedly/
  })
})

test('a trial that hangs is ended, and the rung refused', async (t) => {
  const variants = [{ precision: 'fp32', rungs: ['cpu'] }] as const
  const bundle = await writeLadderBundle({ dir: join(t.testdir(), 'b'), variants, spin: 1e15 })
  const found = await climb(bundle, machine(), { settings: { ...SETTINGS, batchDeadlineMs: 200 } })
  t.equal(found.taken, undefined)
  t.match(status(found, 'cpu'), {
    code: 'NS_INFERENCE_DEADLINE',
    sentence: /did not answer in time/,
    detail: /within 200 ms/
  })
})

test('wrong numbers keep a file from use, however fast', async (t) => {
  const variants = [
    { precision: 'int8', rungs: ['cpu'], model: quickModel(2.5) },
    { precision: 'fp32', rungs: ['cpu'] }
  ] as const
  const dir = t.testdir()
  const bundle = await writeLadderBundle({ dir: join(dir, 'both'), variants })
  const both = await climb(bundle, machine(), { settings: SETTINGS, budgetMs: 0 })
  t.equal(both.taken?.variant.precision, 'fp32')
  const wrong = await writeLadderBundle({ dir: join(dir, 'one'), variants: variants.slice(0, 1) })
  const one = await climb(wrong, machine(), { settings: SETTINGS, budgetMs: 0 })
  t.equal(one.taken, undefined)
  t.match(status(one, 'cpu'), {
    code: 'NS_RUNG_GOLDEN',
    sentence: /^INT8 on the CPU does not give the golden outputs .*output y differs at 0 by 0\.5/,
    precision: 'int8'
  })
})

const ICD = '/usr/lib/chromium/vk_swiftshader_icd.json'

/** Names a driver description of SwiftShader to the Vulkan loader, for the length of a test. */
function softwareGpu(t: Test): string {
  const path = join(scratchFolder(t), 'swiftshader.json')
  const library = join(ICD, '..', 'libvk_swiftshader.so')
  writeFileSync(path, readFileSync(ICD, 'utf8').replace('./libvk_swiftshader.so', library))
  const former = process.env['VK_DRIVER_FILES']
  process.env['VK_DRIVER_FILES'] = path
  t.teardown(() => {
    if (former === undefined) delete process.env['VK_DRIVER_FILES']
    else process.env['VK_DRIVER_FILES'] = former
  })
  return path
}

const { vulkan } = await readRungFacts()
const skip =
  existsSync(ICD) && vulkan.loader !== null
    ? false
    : 'WebGPU is NOT TESTED here: install libvulkan1, and chromium for its SwiftShader'

test('WebGPU is taken when it is faster, and falls with its driver', { skip }, async (t) => {
  const driver = softwareGpu(t)
  const dir = t.testdir()
  // The CPU's file counts to 30,000 first: slower than a software GPU on any machine.
  const variants = [
    { precision: 'int8', rungs: ['cpu'], model: linearModel(2) },
    { precision: 'fp32', rungs: ['webgpu'], model: quickModel(2) }
  ] as const
  const bundle = await writeLadderBundle({ dir: join(dir, 'b'), variants, spin: 30_000 })
  const cache = new LadderCache(join(dir, 'ladder'))
  const deps = { settings: SETTINGS, cache, budgetMs: 0 }
  const facts = await readRungFacts()
  t.strictSame(facts.vulkan.drivers, [driver])
  const first = await climb(bundle, facts, deps)
  t.match(first, { cached: false, before: null, taken: { rung: 'webgpu', deviceIds: [0] } })
  t.match(status(first, 'webgpu'), { taken: true, code: null, precision: 'fp32' })
  t.match(status(first, 'cpu'), {
    taken: false,
    code: null,
    sentence: /^Works as INT8 on the CPU .*WebGPU is faster/
  })
  const second = await climb(bundle, await readRungFacts(), deps)
  t.match(second, { cached: true, before: 'webgpu', taken: { rung: 'webgpu' } })
  t.equal(rungDropped(second.before, second), null)

  // The driver goes while the cached answer is already in hand: loading fails, the next rung is given.
  cpSync(driver, `${driver}.kept`)
  rmSync(driver)
  const { variant = chooseVariant(bundle.manifest) } = second.taken ?? {}
  const about = { bundle, variant, rung: 'webgpu', deviceId: 0 } as const
  const reason = await real(rungPlan({ ...about, libraryFolders: [], settings: SETTINGS })).catch(
    (error: unknown) => error
  )
  const fallen = await fallBack(second, reason, { bundle, facts, cache })
  t.match(fallen.taken, { rung: 'cpu', variant: { precision: 'int8' } })
  t.match(status(fallen, 'webgpu'), { code: 'NS_RUNG_LIBRARY', taken: false, detail: /./ })
  t.match(rungDropped('webgpu', fallen), {
    ...{ title: /runs on the CPU now instead of the GPU by WebGPU$/, cause: /Vulkan/ }
  })

  // It came back before the next start: a fallen answer is not believed.
  cpSync(`${driver}.kept`, driver)
  t.match(await climb(bundle, facts, deps), {
    cached: false,
    before: 'cpu',
    taken: { rung: 'webgpu' }
  })
  // It is gone at the next start.
  rmSync(driver)
  const third = await climb(bundle, await readRungFacts(), deps)
  t.match(third, { cached: false, before: 'webgpu', taken: { rung: 'cpu' } })
  t.match(status(third, 'webgpu'), { code: 'NS_RUNG_NO_GPU', sentence: /No Vulkan driver/ })
  t.match(rungDropped(third.before, third), {
    title: /^tiny 1\.0\.0 runs on the CPU now instead of the GPU by WebGPU$/
  })
})

test('WebGPU that is slower or wrong is refused with what was found', { skip }, async (t) => {
  softwareGpu(t)
  const dir = t.testdir()
  const facts = await readRungFacts()
  const slow = [
    { precision: 'int8', rungs: ['cpu'], model: quickModel(2) },
    { precision: 'fp32', rungs: ['webgpu'], model: linearModel(2) }
  ] as const
  const slower = await climb(
    await writeLadderBundle({ dir: join(dir, 'slow'), variants: slow, spin: 500 }),
    facts,
    { settings: SETTINGS }
  )
  t.equal(slower.taken?.rung, 'cpu')
  t.match(status(slower, 'webgpu'), {
    code: 'NS_RUNG_SLOWER',
    sentence: /^FP32 on the GPU by WebGPU takes [\d.]+ ms .* INT8 on the CPU with [\d.]+ ms/,
    detail: /All 3 golden cases match/
  })
  const wrong = [
    { precision: 'int8', rungs: ['cpu'] },
    { precision: 'fp32', rungs: ['webgpu'], model: quickModel(3) }
  ] as const
  const bundle = await writeLadderBundle({ dir: join(dir, 'wrong'), variants: wrong })
  const refused = await climb(bundle, facts, { settings: SETTINGS, budgetMs: 0 })
  t.match(status(refused, 'webgpu'), { code: 'NS_RUNG_GOLDEN', sentence: /WebGPU does not give/ })
})
