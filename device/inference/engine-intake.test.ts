// Taking in an engine against a fleet that is made up: what is refused before a byte is fetched, what stays after
// a cut, what is remembered over a restart.

import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { type EngineFault, type EngineMachine, NearsideError } from '../../contract/index.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import type { EngineExchange, OfferedEngine } from './engine-exchange.ts'
import { EngineIntake, type WantedEngine } from './engine-intake.ts'
import type { EngineKey } from './engine-key.ts'
import { EngineOffers } from './engine-offers.ts'
import { EngineStore, type StoredEngine } from './engine-store.ts'

const KEY: EngineKey = {
  modelSha256: 'a'.repeat(64),
  precision: 'fp16',
  flags: {},
  profile: { min: { x: [1] }, opt: { x: [4] }, max: { x: [8] } },
  computeCapability: '9.0',
  tensorrt: '10.6.0',
  onnxruntime: '1.29.0'
}
const MACHINE: EngineMachine = { platform: 'linux-x64', l4t: null, gpu: 'NVIDIA H200' }
const FILES = { 'model.onnx': 'wrapper', 'graph.engine': 'plan' }
const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')

function offeredEngine(change: { statement?: string; paths?: string[]; size?: number } = {}) {
  const { statement = 'one', paths = Object.keys(FILES), size } = change
  const text = (path: string): string => FILES[path as keyof typeof FILES] ?? 'plan'
  const files = paths.map((path) => ({
    ...{ path, sha256: sha256Of(text(path)), size: size ?? text(path).length }
  }))
  const record = {
    ...{ schemaVersion: 1 as const, key: KEY, machine: MACHINE, model: 'model.onnx', whole: true },
    ...{ files, gpu: MACHINE.gpu, builtAt: 1, buildMs: 1 }
  }
  const payload = Buffer.from(statement).toString('base64')
  return {
    id: 'b'.repeat(64),
    statementSha256: sha256Of(statement),
    statement: { model: { name: 'tiny', version: '1.0.0' }, record, builder: 'press-a' },
    envelope: { payloadType: 'x', payload, signatures: [], certificate: '' }
  } as unknown as OfferedEngine
}

class MadeUpFleet implements EngineExchange {
  offered: OfferedEngine | undefined = offeredEngine()
  /** Thrown once, after the first file. */
  cut: Error | undefined
  away: Error | undefined
  readonly fetched: string[] = []
  readonly faults: Omit<EngineFault, 'device'>[] = []

  async ask(): Promise<OfferedEngine | undefined> {
    return this.offered
  }

  async fetch({ statement }: OfferedEngine, folder: string): Promise<void> {
    for (const { path } of statement.record.files) {
      if (readdirSync(folder).includes(path)) continue
      this.fetched.push(path)
      writeFileSync(join(folder, path), FILES[path as keyof typeof FILES] ?? 'plan')
      const { cut } = this
      this.cut = undefined
      if (cut) throw cut
    }
  }

  async report(fault: Omit<EngineFault, 'device'>): Promise<void> {
    if (this.away) throw this.away
    this.faults.push(fault)
  }

  async offer(): Promise<boolean> {
    return true
  }
}

async function setting(t: Test, maxBytes?: number) {
  const folder = join(t.testdir(), 'engines')
  const store = new EngineStore({ folder, ...(maxBytes && { maxBytes }) })
  await store.open()
  const fleet = new MadeUpFleet()
  const clock = new ManualClock()
  const intake = new EngineIntake({ store, exchange: fleet, clock })
  const wanted: WantedEngine = {
    ...{ key: KEY, machine: MACHINE, signal: new AbortController().signal },
    prove: async () => undefined
  }
  const left = (): string[] => readdirSync(folder).filter((name) => name.startsWith('incoming-'))
  return { folder, store, fleet, clock, intake, wanted, left }
}

const lost = new NearsideError('NS_INSTALL_DOWNLOAD', 'The connection ended early.')
const wrong = new NearsideError('NS_RUNG_GOLDEN', 'The outputs differ.')

test('an engine is fetched, proved where it lies, and kept with its origin', async (t) => {
  const { store, fleet, intake, wanted, left, clock } = await setting(t)
  let proved = ''
  const prove: WantedEngine['prove'] = async ({ dir, files }) => {
    proved = await readFile(join(dir, files[1]?.path ?? ''), 'utf8')
    t.strictSame(await store.list(), [], 'it is not among the engines before it is proved')
  }
  const taken = await intake.obtain({ ...wanted, prove })
  t.equal(proved, 'plan')
  t.equal(taken?.builder, 'press-a')
  t.equal((await store.find(KEY, clock.now())).digest, taken?.engine.digest)
  t.strictSame(left(), [])
  fleet.offered = undefined
  t.equal(await intake.obtain(wanted), undefined)
})

test('what came before a cut stays, also after a restart, unless another engine is on offer', async (t) => {
  const { store, fleet, clock, intake, wanted, left } = await setting(t)
  fleet.cut = lost
  await t.rejects(intake.obtain(wanted), { code: 'NS_INSTALL_DOWNLOAD' })
  t.equal(left().length, 1)
  await store.open()
  const again = new EngineIntake({ store, exchange: fleet, clock })
  fleet.cut = lost
  fleet.offered = offeredEngine({ statement: 'two' })
  await t.rejects(again.obtain(wanted), { code: 'NS_INSTALL_DOWNLOAD' })
  t.strictSame(fleet.fetched, ['model.onnx', 'model.onnx'], 'the other one from its beginning')
  t.ok(await again.obtain(wanted))
  t.strictSame(fleet.fetched.slice(2), ['graph.engine'], 'this one from where it was cut')
})

test('a device that was killed between proof and keeping fetches the engine anew', async (t) => {
  const { folder, fleet, intake, wanted } = await setting(t)
  fleet.cut = lost
  await t.rejects(intake.obtain(wanted), { code: 'NS_INSTALL_DOWNLOAD' })
  rmSync(join(folder, `incoming-${'b'.repeat(64)}`, '.statement'))
  t.ok(await intake.obtain(wanted))
  t.strictSame(fleet.fetched, ['model.onnx', 'model.onnx', 'graph.engine'])
})

test('a fetch that was left a week ago goes', async (t) => {
  const { folder, clock, intake, wanted, left } = await setting(t)
  const old = join(folder, `incoming-${'c'.repeat(64)}`)
  mkdirSync(old)
  const young = join(folder, `incoming-${'d'.repeat(64)}`)
  mkdirSync(young)
  const at = clock.now() / 1000
  utimesSync(old, at - 8 * 86_400, at - 8 * 86_400)
  utimesSync(young, at - 6 * 86_400, at - 6 * 86_400)
  await intake.obtain(wanted)
  t.strictSame(left(), [`incoming-${'d'.repeat(64)}`])
})

test('an engine that fails is not asked for again, and the fleet is told when it is back', async (t) => {
  const { store, fleet, clock, intake, wanted, left } = await setting(t)
  fleet.away = new NearsideError('NS_FLEET_UNREACHABLE', 'The fleet does not answer.')
  const prove = async (): Promise<void> => {
    throw wrong
  }
  await t.rejects(intake.obtain({ ...wanted, prove }), { code: 'NS_RUNG_GOLDEN' })
  t.strictSame(left(), [])
  const again = new EngineIntake({ store, exchange: fleet, clock })
  t.equal(await again.obtain(wanted), undefined, 'it is remembered over a restart')
  await t.rejects(again.tellFaults(), { code: 'NS_FLEET_UNREACHABLE' })
  fleet.away = undefined
  await again.tellFaults()
  await again.tellFaults()
  t.match(fleet.faults, [{ code: 'NS_RUNG_GOLDEN', statementSha256: sha256Of('one') }])
  t.equal(fleet.faults.length, 1, 'once')
  writeFileSync(join(store.folder, 'faults.json'), '{')
  t.ok(await new EngineIntake({ store, exchange: fleet, clock }).obtain(wanted))
})

test('bytes that are wrong are told, but not held against the engine', async (t) => {
  const { fleet, intake, wanted, left } = await setting(t)
  fleet.cut = new NearsideError('NS_BUNDLE_DIGEST', 'The digest differs.')
  await t.rejects(intake.obtain(wanted), { code: 'NS_BUNDLE_DIGEST' })
  t.match(fleet.faults, [{ code: 'NS_BUNDLE_DIGEST' }])
  t.strictSame(left(), [])
  t.ok(await intake.obtain(wanted))
})

test('a fault of the machine is not held against the engine', async (t) => {
  const { fleet, intake, wanted } = await setting(t)
  const prove = async (): Promise<void> => {
    throw new NearsideError('NS_INFERENCE_MEMORY', 'There is too little memory.')
  }
  await t.rejects(intake.obtain({ ...wanted, prove }), { code: 'NS_INFERENCE_MEMORY' })
  t.strictSame(fleet.faults, [])
  t.ok(await intake.obtain(wanted))
})

test('a file that changes while it is proved is not kept', async (t) => {
  const { store, intake, wanted } = await setting(t)
  const prove: WantedEngine['prove'] = async ({ dir }) =>
    writeFileSync(join(dir, 'graph.engine'), 'evil')
  await t.rejects(intake.obtain({ ...wanted, prove }), { code: 'NS_ENGINE_DAMAGED' })
  t.strictSame(await store.list(), [])
})

test('what does not fit is refused before a byte is fetched', async (t) => {
  const { fleet, intake, wanted } = await setting(t, 1000)
  const other = { ...KEY, tensorrt: '10.7.0' }
  await t.rejects(intake.obtain({ ...wanted, key: other }), { code: 'NS_ENGINE_FOREIGN' })
  const orin = { ...MACHINE, gpu: 'Orin' }
  await t.rejects(intake.obtain({ ...wanted, machine: orin }), { code: 'NS_ENGINE_FOREIGN' })
  for (const paths of [
    ['model.onnx', 'key.json'],
    ['model.onnx', 'origin.json'],
    ['model.onnx', 'model.onnx']
  ]) {
    fleet.offered = offeredEngine({ paths })
    await t.rejects(intake.obtain(wanted), { code: 'NS_ENGINE_DAMAGED' })
  }
  for (const size of [501, 1e15]) {
    fleet.offered = offeredEngine({ size })
    await t.rejects(intake.obtain(wanted), { code: 'NS_INSTALL_SPACE' })
  }
  t.strictSame(fleet.fetched, [])
})

test('engines are offered once, again after a fault that may pass, and not by who did not build them', async (t) => {
  const { store, fleet, clock, intake, wanted } = await setting(t)
  const own = async (tensorrt: string): Promise<StoredEngine> => {
    const dir = await store.stage()
    for (const [path, text] of Object.entries(FILES)) writeFileSync(join(dir, path), text)
    const about = { model: 'model.onnx', whole: true, gpu: 'any', builtAt: 1, buildMs: 1 }
    return store.commit(dir, { ...about, key: { ...KEY, tensorrt }, machine: MACHINE })
  }
  await intake.obtain(wanted)
  await own('10.7.0')
  const offered: string[] = []
  const faults: string[] = []
  let failure: NearsideError | undefined = lost
  const offers = new EngineOffers({
    ...{ store, clock },
    exchange: {
      offer: async ({ record }) => {
        offered.push(record.key.tensorrt)
        if (failure) throw failure
        return true
      }
    },
    modelOf: () => ({ name: 'tiny', version: '1.0.0' }),
    onFault: ({ code }) => faults.push(code)
  })
  await offers.offerAll()
  t.strictSame([offered, faults], [['10.7.0'], ['NS_INSTALL_DOWNLOAD']])
  failure = undefined
  await clock.advanceAsync(15 * 60_000)
  await offers.offerAll()
  t.strictSame(offered, ['10.7.0', '10.7.0'], 'again after a quarter of an hour, then settled')
  failure = new NearsideError('NS_ENGINE_NOT_SHARED', 'This fleet does not share.')
  await offers.restart()
  await offers.offerAll()
  t.equal(offered.length, 3, 'a refusal is an answer')
  t.equal(clock.pending, 0)
  await offers.stop()
  await offers.restart()
  t.equal(offered.length, 3)
  t.equal(fleet.faults.length, 0)
})

test('engines of models that are gone go', async (t) => {
  const { store, intake, wanted } = await setting(t)
  await intake.obtain(wanted)
  t.equal(await store.keepModels(new Set([KEY.modelSha256])), 0)
  t.equal(await store.keepModels(new Set()), 1)
  t.strictSame(await store.list(), [])
})
