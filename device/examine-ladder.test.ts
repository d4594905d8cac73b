// The doctor's lines about the ladder, over made-up trials, and its whole examination of this machine.

import { join } from 'node:path'
import { test } from 'tap'
import { NearsideError } from '../contract/index.ts'
import { scratchFolder, writeFiles, writeTool } from '../test/harness/fake-tool.ts'
import { Trials, trialError } from '../test/harness/fake-trials.ts'
import { fullMachine, machine } from '../test/harness/ladder-bundle.ts'
import { testKey, writeTinyBundle } from '../test/harness/tiny-model.ts'
import { examine } from './examination.ts'
import { examineLadder } from './examine-ladder.ts'

test('each rung of each model is one line, best first, with all that is known', async (t) => {
  const { openTrial, clock } = new Trials({
    'webgpu/fp16': { open: trialError('NS_RUNG_LIBRARY', 'libX.so: cannot open') }
  })
  const deps = { openTrial, clock, facts: fullMachine() }
  const checks = await examineLadder(t.testdir(), deps)
  t.strictSame(
    checks.map(({ rung }) => rung.rung),
    ['tensorrt', 'cuda', 'webgpu', 'cpu']
  )
  t.match(checks[1], {
    title: 'Rung cuda (sentence-roles)',
    mend: null,
    model: { name: 'sentence-roles' }
  })
  t.match(checks[3], { state: 'broken', rung: { code: 'NS_RUNG_GOLDEN' } }, 'runs on no rung')
})

test('a machine that lacks only the engine is told how it gets one', async (t) => {
  const { openTrial, clock } = new Trials({})
  const providers = ['shared', 'cuda', 'tensorrt'].map(
    (name) => `libonnxruntime_providers_${name}.so`
  )
  const files = ['libonnxruntime.so.1', ...providers].map((name) => [name, ''])
  const libraries = t.testdir({ libraries: Object.fromEntries(files) })
  const facts = { ...fullMachine(), libraryFolders: [join(libraries, 'libraries')] }
  const missing = new NearsideError('NS_ENGINE_MISSING', 'No TensorRT engine was built yet.')
  const engine = () => Promise.reject(missing)
  const [tensorrt] = await examineLadder(libraries, { openTrial, clock, facts, engine })
  t.match(tensorrt, {
    ...{ rung: { rung: 'tensorrt', code: 'NS_ENGINE_MISSING' }, mend: /^Start the device/ }
  })
  // Without a stand-in the engines of the home are looked at, here with libraries that no GPU answers.
  const [own] = await examineLadder(libraries, { openTrial, clock, facts })
  t.match(own, { rung: { rung: 'tensorrt', code: /^NS_RUNG_/ }, mend: null })
})

test('a rung that is absent is no fault while the model runs on another', async (t) => {
  const checks = await examineLadder(t.testdir(), { facts: machine(), budgetMs: 0 })
  t.match(
    checks.map(({ state, rung }) => [rung.rung, state]),
    [
      ['tensorrt', 'optional'],
      ['cuda', 'optional'],
      ['webgpu', 'optional'],
      ['cpu', 'fine']
    ]
  )
  t.match(checks[3]?.sentence, /^Runs as \w+ on the CPU/)
})

test('a bundle that nobody trusts is left to the check of models', async (t) => {
  const home = t.testdir()
  const dir = join(home, 'models', 'tiny', '1.0.0')
  await writeTinyBundle({ dir, key: testKey() })
  t.strictSame(await examineLadder(home, { models: join(home, 'models'), facts: machine() }), [])
  const control = new AbortController()
  control.abort()
  const cancelled = examineLadder(home, { facts: machine(), signal: control.signal })
  await t.rejects(cancelled, { code: 'NS_JOB_CANCELLED' })
})

test('the doctor looks at everything and says what mends it', async (t) => {
  const checks = await examine(t.testdir())
  const titles = checks.map(({ title }) => title)
  for (const title of ['Machine', 'ONNX Runtime', 'Models', 'GPU', 'Home folder', 'Disk', 'Fleet'])
    t.ok(titles.includes(title), title)
  t.ok(checks.every(({ sentence }) => sentence.endsWith('.')))
})

test('a GPU is named with what it can, a home that cannot be written is broken', async (t) => {
  const root = writeFiles(scratchFolder(t), {
    'dev/nvidia0': '',
    'etc/nv_tegra_release': '# R36 (release), REVISION: 4.3, GCID: 1\n',
    'usr/lib/libvulkan.so.1': '',
    'etc/vulkan/icd.d/nvidia_icd.json': '{}',
    home: 'a file'
  })
  const row = 'GPU-1, NVIDIA H100, 9.0, 81559, 580.65'
  const nvidiaSmi = writeTool(root, 'nvidia-smi', `echo '${row}'`)
  const find = async (title: string, home: string) =>
    (await examine(home, { root, nvidiaSmi, env: {} })).find((check) => check.title === title)
  t.equal(
    (await find('GPU', root))?.sentence,
    'NVIDIA H100 (compute capability 9.0); Vulkan drivers nvidia_icd, driver 580.65, Jetson Linux 36.4.3.'
  )
  t.match(await find('Home folder', join(root, 'home')), {
    state: 'broken',
    sentence: /cannot be written/,
    mend: /--home DIR/
  })
  writeFiles(root, { 'device/identity/device.pem': '' })
  t.match(await find('Fleet', root), { state: 'fine', sentence: /enrolled/ })
  const unnamed = writeFiles(scratchFolder(t), { 'dev/nvidia0': '' })
  const checks = await examine(root, { root: unnamed, nvidiaSmi: join(root, 'absent'), env: {} })
  t.match(checks[4], { title: 'GPU', state: 'fine', sentence: /does not name\.$/ })
})
