import { test } from 'tap'
import type { ModelManifest } from '../../contract/index.ts'
import { readBundle, readGolden } from '../../models/index.ts'
import { testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'
import { inputMaker } from './benchmark-inputs.ts'
import {
  cellId,
  completePlan,
  executorsOf,
  lineUpId,
  type Machine,
  planCells,
  settingName
} from './benchmark-plan.ts'

const MACHINE: Machine = {
  ...{ cpu: 'A CPU', cores: 4, memoryBytes: 8e9, gpus: [] },
  ...{ driver: null, runtime: 'ONNX Runtime 1.30.0', platform: 'Linux' }
}
const SITE = { machine: MACHINE, refusal: () => '' }
const ROLES = 'models/quantized/sentence-roles/1.0.0'

async function manifestOf(changes: Partial<ModelManifest> = {}): Promise<ModelManifest> {
  const { manifest } = await readBundle(ROLES)
  return { ...manifest, ...changes }
}

test('a plan without wishes is short and knows the model', async (t) => {
  const manifest = await manifestOf()
  const plan = completePlan(manifest, {}, SITE)
  t.match(plan, {
    rungs: ['tensorrt', 'cuda', 'webgpu', 'cpu'],
    precisions: ['int8', 'fp16'],
    batches: [1, 4, 16],
    instances: [1, 2],
    gpus: [1],
    repeats: 5,
    method: 'grid',
    goalMs: 20
  })
  const windows = planCells(plan, manifest, SITE).filter(({ refusal }) => refusal === '').length * 5
  t.ok(plan.seconds * windows < 60, `${plan.seconds} s`)
  const small = completePlan(await manifestOf({ batching: { maxBatch: 2 } }), {}, SITE)
  t.same(small.batches, [1, 2])
  const one = completePlan(manifest, {}, { ...SITE, machine: { ...MACHINE, cores: 1 } })
  t.same(one.instances, [1])
  const many = { ...MACHINE, gpus: ['a', 'b', 'c'] }
  t.same(completePlan(manifest, {}, { ...SITE, machine: many }).gpus, [1, 3])
  t.equal(completePlan(manifest, { seconds: 7, repeats: 3 }, SITE).seconds, 7)
})

test('the threads of the processor are shared out, and never more than there are', async (t) => {
  const manifest = await manifestOf()
  const shared = planCells(
    completePlan(
      manifest,
      { rungs: ['cpu'], precisions: ['int8'], batches: [1], instances: [1, 3, 8] },
      SITE
    ),
    manifest,
    SITE
  )
  t.same(
    shared.map(({ setting: { instances, threads }, refusal }) => [instances, threads, refusal]),
    [
      [1, 4, ''],
      [3, 1, ''],
      [8, 1, '8 instances of 1 thread need 8 cores; this machine has 4.']
    ]
  )
  const stated = planCells(
    completePlan(
      manifest,
      { rungs: ['cpu'], precisions: ['int8'], batches: [1], instances: [2], threads: [1, 2, 3] },
      SITE
    ),
    manifest,
    SITE
  )
  t.same(
    stated.map(({ refusal }) => refusal),
    ['', '', '2 instances of 3 threads need 6 cores; this machine has 4.']
  )
})

test('a cell that cannot run says why', async (t) => {
  const manifest = await manifestOf()
  const machine = { ...MACHINE, gpus: ['a'] }
  const refusal = (rung: string): string => (rung === 'tensorrt' ? 'No NVIDIA GPU was found.' : '')
  const site = { machine, refusal }
  const cells = planCells(
    completePlan(
      manifest,
      { precisions: ['fp16', 'fp32'], batches: [1, 64], instances: [1], gpus: [1, 2] },
      site
    ),
    manifest,
    site
  )
  const why = (id: string): string | undefined => cells.find((cell) => cell.id === id)?.refusal
  t.equal(why('tensorrt/fp16/g1/i1/b1/t1'), 'No NVIDIA GPU was found.')
  t.equal(why('cuda/fp32/g1/i1/b1/t1'), 'sentence-roles 1.0.0 has no FP32 variant for CUDA.')
  t.equal(why('cpu/fp16/g0/i1/b64/t4'), 'The bundle allows batches of at most 16.')
  t.equal(why('cpu/fp16/g0/i1/b1/t4'), '')
  const any = await manifestOf()
  const everywhere = {
    ...any,
    variants: any.variants.map((one) => ({ ...one, rungs: ['cuda' as const, 'webgpu' as const] }))
  }
  const gpu = planCells(
    completePlan(
      everywhere,
      { batches: [1], instances: [1], gpus: [1, 2], precisions: ['fp16'] },
      site
    ),
    everywhere,
    site
  )
  t.match(
    gpu.find(({ id }) => id === 'cuda/fp16/g2/i1/b1/t1')?.refusal,
    '2 GPUs are asked for; this machine has 1.'
  )
  t.match(
    gpu.find(({ id }) => id === 'webgpu/fp16/g2/i1/b1/t1')?.refusal,
    'WebGPU reaches one GPU only.'
  )
})

test('settings have names for programs and for people', async (t) => {
  const cpu = {
    rung: 'cpu',
    precision: 'int8',
    gpus: 0,
    instances: 2,
    batch: 8,
    threads: 1
  } as const
  t.equal(cellId(cpu), 'cpu/int8/g0/i2/b8/t1')
  t.equal(lineUpId(cpu), 'cpu/int8/g0/i2/t1')
  t.equal(settingName(cpu), 'CPU, INT8, 2 instances of 1 thread, batch 8')
  t.equal(executorsOf(cpu), 2)
  const gpu = {
    rung: 'tensorrt',
    precision: 'fp16',
    gpus: 2,
    instances: 2,
    batch: 8,
    threads: 1
  } as const
  t.equal(settingName(gpu), 'TensorRT, 2 GPUs, FP16, 2 instances a GPU, batch 8')
  t.equal(executorsOf(gpu), 4)
  t.equal(settingName({ ...gpu, gpus: 1 }), 'TensorRT, FP16, 2 instances, batch 8')
})

async function roles(shape: Record<string, number[]> = {}, seed = 1) {
  const { manifest, dir } = await readBundle(ROLES)
  return inputMaker({ manifest, golden: await readGolden(dir), shape, seed })
}

test('the inputs of the shipped model are full windows with ids of its vocabulary', async (t) => {
  const maker = await roles()
  t.equal(maker.shape, 'input_ids[128] sentence_ids[128] positions[6]')
  const { input_ids: ids, sentence_ids: owners, positions } = maker.make(3)
  t.same(ids?.shape, [3, 128])
  const numbers = [...(ids?.data ?? [])].map(Number)
  t.ok(numbers.every((id) => id >= 1 && id < 12_000))
  t.ok(new Set(numbers).size > 100)
  const places = [...(owners?.data ?? [])].map(Number).slice(0, 128)
  t.equal(places[0], 1)
  t.equal(places.at(-1), 6)
  t.same(
    places,
    [...places].sort((a, b) => a - b)
  )
  t.same(
    [...(positions?.data ?? [])].slice(0, 6).map((one) => Math.round(Number(one) * 10) / 10),
    [0, 0.2, 0.4, 0.6, 0.8, 1]
  )
  t.same((await roles()).make(3), (await roles()).make(3), 'the same seed, the same inputs')
  t.notSame((await roles({}, 2)).make(3), (await roles()).make(3))
})

test('a stated shape is taken, and refused where it does not fit', async (t) => {
  const maker = await roles({ input_ids: [48] })
  t.equal(maker.shape, 'input_ids[48] sentence_ids[48] positions[2]')
  await t.rejects(roles({ words: [3] }), {
    code: 'NS_OPTIONS_INVALID',
    message: /has no input words; it has input_ids/
  })
  await t.rejects(roles({ input_ids: [3, 4] }), {
    code: 'NS_OPTIONS_INVALID',
    message: /3x4 does not fit the input input_ids/
  })
})

test('inputs follow type and name', async (t) => {
  const dir = t.testdir()
  const { inputs: _inputs, ...manifest } = await writeTinyBundle({ dir, key: testKey() })
  const golden = await readGolden(dir)
  const spec = (name: string, datatype: string, shape: number[]) => ({ name, datatype, shape })
  const inputs = [
    spec('input_ids', 'INT64', [-1, -1]),
    spec('attention_mask', 'INT64', [-1, -1]),
    spec('token_type_ids', 'INT64', [-1, 4]),
    spec('position_ids', 'INT32', [-1, 4]),
    spec('image', 'FP32', [-1, 3, 2]),
    spec('half', 'FP16', [-1, 2]),
    spec('flag', 'BOOL', [-1, 2]),
    spec('bytes', 'UINT8', [-1, 2]),
    spec('x', 'FP32', [-1, -1])
  ] as ModelManifest['inputs']
  const pre = { id: 'none', settings: { maxTokens: 4, vocabularySize: 9 } }
  const maker = inputMaker({ manifest: { ...manifest, inputs, pre }, golden, shape: {}, seed: 7 })
  const made = maker.make(2)
  const values = (name: string): number[] => [...(made[name]?.data ?? [])].map(Number)
  t.same(made['input_ids']?.shape, [2, 4])
  t.ok(values('input_ids').every((id) => id >= 1 && id < 9))
  t.ok(values('attention_mask').every((one) => one === 1))
  t.ok(values('token_type_ids').every((one) => one === 0))
  t.same(values('position_ids'), [0, 1, 2, 3, 0, 1, 2, 3])
  t.ok(values('image').every((one) => one >= -1 && one < 1))
  t.ok(values('half').every((bits) => bits >= 0x3800 && bits < 0x3c00))
  t.ok(values('flag').every((one) => one === 1))
  t.ok(values('bytes').every((one) => one >= 1 && one < 127))
  t.same(made['x']?.shape, [2, 2], 'from the golden inputs')
  const bare = { id: 'none', settings: {} }
  const unknown = {
    name: 'm',
    inputs: [spec('signal', 'FP32', [-1, -1])] as ModelManifest['inputs'],
    pre: bare
  }
  t.equal(inputMaker({ manifest: unknown, golden, shape: {}, seed: 1 }).shape, 'signal[16]')
})
