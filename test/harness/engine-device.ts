// A device with recorded libraries in a real fleet: real enrolment, link, engine store and exchange; only the
// GPU, the library that builds and the golden check are made up.

import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type NearsideError, TokenAnswer } from '../../contract/index.ts'
import { type EnginePlan, EngineStore, ModelEngines } from '../../device/inference/index.ts'
import { type DeviceIdentity, type Enrolment, enrol, MqttLink } from '../../device/link/index.ts'
import { shareEngines } from '../../device/share-engines.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { VerifiedBundle } from '../../models/index.ts'
import { fullMachine, writeLadderBundle } from './ladder-bundle.ts'
import type { RecordedModel } from './recorded-builder.ts'

const RECORDED = pathToFileURL(join(import.meta.dirname, 'recorded-builder.ts'))

/** A bundle whose one file is what the recorded library reads, and the file that counts its builds. */
export async function recordedBundle(
  about: Partial<RecordedModel> = {}
): Promise<{ bundle: VerifiedBundle; builds: () => Promise<number> }> {
  const dir = await mkdtemp(join(tmpdir(), 'nearside-recorded-'))
  const counter = join(dir, 'counter')
  const model = Buffer.from(
    JSON.stringify({ mode: 'good', counter, ...about } satisfies RecordedModel)
  )
  const folder = join(dir, 'bundle')
  await mkdir(folder)
  const variants = [{ precision: 'fp16', rungs: ['tensorrt', 'cpu'] }] as const
  const whole = await writeLadderBundle({ dir: folder, variants })
  // No ONNX model any more, so after the bundle was read.
  await writeFile(join(folder, 'fp16.onnx'), model)
  const sha256 = createHash('sha256').update(model).digest('hex')
  const changed = whole.manifest.variants.map((known) => ({ ...known, sha256, size: model.length }))
  const manifest = { ...whole.manifest, variants: changed }
  const bundle = { ...whole, manifest, signer: { id: 'test', name: 'test' } } as VerifiedBundle
  const builds = async (): Promise<number> =>
    (await readFile(counter, 'utf8').catch(() => '')).split('\n').filter(Boolean).length
  return { bundle, builds }
}

/** Enrols a device of that name as `nearside enroll` does. */
export async function enrolled(
  fleet: string,
  name: string
): Promise<DeviceIdentity & { readonly enrolment: Enrolment }> {
  const answer = await fetch(`${fleet}/api/v1/enrolment-tokens`, { method: 'POST' })
  const { token } = TokenAnswer.parse(await answer.json())
  const home = await mkdtemp(join(tmpdir(), 'nearside-device-'))
  const identity = await enrol({ home, fleet, token, name, clock: systemClock })
  const { enrolment } = identity
  if (!enrolment) throw new Error('the device is not enrolled')
  return { ...identity, enrolment }
}

interface EngineDeviceOptions {
  readonly fleet: string
  readonly name: string
  readonly bundles: readonly VerifiedBundle[]
  /** What differs from an H200 with TensorRT 10.6. */
  readonly gpu?: Readonly<Record<string, string>>
  readonly l4t?: string | null
  /** Stands for the address that the fleet gave. */
  readonly address?: string
  readonly pieceBytes?: number
  /** Folder of the engines; default a fresh one. */
  readonly folder?: string
}

const STATE = {
  gen: 0,
  models: [],
  installs: [],
  outbox: { events: 0, bytes: 0, oldestAt: null },
  alarms: { p1: 0, p2: 0, p3: 0, p4: 0 },
  disk: { freeBytes: 1, totalBytes: 1 },
  lastError: null
}
const HELLO = {
  ...{ version: '0.1.0', platform: 'linux', cpu: 'any', cores: 4, memoryBytes: 1e9, gpus: [] },
  ...{ startedAt: 0, gen: 0 }
}

/** Folder that looks like the libraries of a machine with that GPU. */
async function libraryFolder(gpu: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'nearside-libraries-'))
  await writeFile(join(folder, 'libonnxruntime.so.1'), '')
  for (const name of ['shared', 'cuda', 'tensorrt'])
    await writeFile(join(folder, `libonnxruntime_providers_${name}.so`), '')
  await writeFile(join(folder, 'facts.json'), JSON.stringify(gpu))
  return folder
}

/** What a device did and met. */
class Sightings {
  /** Models that got an engine. */
  readonly ready: string[] = []
  readonly audit: string[] = []
  readonly warnings: string[] = []
  /** Engines that were compared with golden outputs. */
  readonly proved: EnginePlan[] = []
  /** What the golden check says of the next engine; null when it matches. */
  verdict: NearsideError | null = null
}

export async function engineDevice(options: EngineDeviceOptions) {
  const { fleet, name, bundles, gpu = {}, l4t = null, address } = options
  const known = await enrolled(fleet, name)
  const enrolment = { ...known.enrolment, ...(address ? { fleet: address } : {}) }
  const identity = { ...known, enrolment }
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'nearside-engines-')))
  const store = new EngineStore({ folder })
  await store.open()
  const seen = new Sightings()
  const facts = fullMachine({ libraryFolders: [await libraryFolder(gpu)], l4t })
  const engines = new ModelEngines({
    store,
    facts: async () => facts,
    onChange: () => undefined,
    onReady: (model) => seen.ready.push(model),
    builder: { script: RECORDED, availableMemory: async () => 64 * 2 ** 30 },
    prove: async (_bundle, engine) => {
      seen.proved.push(engine)
      for (const { path } of engine.files) await readFile(join(engine.dir, path))
      const { verdict } = seen
      seen.verdict = null
      if (verdict) throw verdict
    }
  })
  const link = new MqttLink({
    ...{ deviceId: identity.deviceId, enrolment, clock: systemClock },
    hello: () => ({ ...HELLO, name }),
    state: () => STATE
  })
  const sharing = shareEngines({
    ...{ identity, engines, store, clock: systemClock },
    bundles: () => bundles,
    ...(options.pieceBytes && { pieceBytes: options.pieceBytes }),
    audit: { record: (...words) => seen.audit.push(words.join(' ')) },
    logger: {
      warn: (about: unknown, what?: unknown) =>
        void seen.warnings.push(`${(about as { code: string }).code}: ${what}`)
    }
  })
  const release = sharing.follow(link)
  link.start()
  const stop = async (): Promise<void> => {
    release()
    await sharing.stop()
    await engines.close()
    await link.stop()
  }
  return { identity, store, engines, link, sharing, seen, stop }
}
