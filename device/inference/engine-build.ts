// Builds TensorRT engines in the background: one at a time, in a process that stands back, within a budget of
// memory, with progress and cancelling. The models go on answering on another rung meanwhile.

import { copyFile, mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type EngineBuild,
  type EngineMachine,
  NearsideError,
  toNearsideError
} from '../../contract/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { BuilderChild } from './engine-build-child.ts'
import { ENGINE_MODEL } from './engine-build-main.ts'
import type { MachineFacts } from './engine-build-protocol.ts'
import type { EngineKey, EngineProfile } from './engine-key.ts'
import { BuildProgress } from './engine-progress.ts'
import { type EngineStore, enginePlan, type StoredEngine } from './engine-store.ts'
import type { EnginePlan } from './executor-protocol.ts'
import { fileDigest } from './file-digest.ts'
import { availableMemory, residentMemory } from './memory-file.ts'
import { Serial } from './serial.ts'

export interface EngineRequest {
  readonly model: { readonly name: string; readonly version: string }
  /** The ONNX file and its digest in the manifest. */
  readonly file: string
  readonly sha256: string
  /** Bytes of the file: the memory of a build grows with it. */
  readonly size: number
  readonly precision: EngineKey['precision']
  /** Shapes that the engine is to accept; one entry for each input with a variable dimension. */
  readonly profile: EngineProfile
  /** More options of the provider, as in `trt_builder_optimization_level`. */
  readonly flags?: Readonly<Record<string, string>>
  readonly libraries: readonly string[]
  readonly deviceId: number
  /** Release of Jetson Linux, null elsewhere; without it the engine stays on this device. */
  readonly l4t?: string | null
  /** Host memory that the build may use, bytes; an estimate by the file's size when undefined. */
  readonly budgetBytes?: number
  /** Proves the engine before it counts, e.g. with golden inputs; it is removed when this rejects. */
  readonly check?: (engine: EnginePlan) => Promise<void>
}

export interface BuildHandle {
  readonly status: EngineBuild
  /** Never rejects: the status says how it ended, the engine is there when it is `ready`. */
  readonly done: Promise<{ readonly status: EngineBuild; readonly engine: EnginePlan | null }>
  /** Ends the build; the process is killed. Harmless when it is over. */
  cancel(): void
}

export interface EngineBuilderOptions {
  readonly store: EngineStore
  readonly clock: Clock
  /** After each change of a build. */
  readonly onChange?: (build: EngineBuild) => void
  readonly availableMemory?: () => Promise<number | undefined>
  /** Module of the process that builds. */
  readonly script?: URL
}

/** Builds whose status is remembered. */
const REMEMBERED = 32
/** Between two looks at memory and clock, ms. */
const WATCH_MS = 1000
/** Memory that a build must leave to the machine, bytes. */
const RESERVE = 256 * 2 ** 20
/** TensorRT 10.6 took more than 6 GB on an H200 for a file of 219 MB and 7 to 9 GB for one of 438 MB, libraries included. */
const BASE_BYTES = 7 * 2 ** 30
const PER_MODEL_BYTE = 12
const WORKSPACE = 1 << 30

/** Host memory that building an engine is expected to take, bytes. */
export function buildMemory(modelBytes: number): number {
  return BASE_BYTES + PER_MODEL_BYTE * modelBytes
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1)

const cancelled = (): NearsideError =>
  new NearsideError('NS_JOB_CANCELLED', 'The build of the engine was cancelled.')

/** One build, from the queue to its end. */
class Build implements BuildHandle {
  readonly done: BuildHandle['done']
  readonly request: EngineRequest
  #options: EngineBuilderOptions
  #status: EngineBuild
  #child: BuilderChild | undefined
  #cancelled = false
  #pressure: NearsideError | undefined
  #peakBytes = 0
  #settle: (engine: EnginePlan | null) => void = () => undefined

  constructor(request: EngineRequest, options: EngineBuilderOptions) {
    this.request = request
    this.#options = options
    this.#status = {
      model: request.model.name,
      version: request.model.version,
      precision: request.precision,
      state: 'waiting',
      progress: 0,
      startedAt: null,
      endedAt: null,
      code: null,
      sentence: 'Waits for its turn; one engine is built at a time.'
    }
    this.done = new Promise((resolve) => {
      this.#settle = (engine) => resolve({ status: this.#status, engine })
    })
  }

  get status(): EngineBuild {
    return this.#status
  }

  /** Most memory that its process was seen to hold, bytes. */
  get peakBytes(): number {
    return this.#peakBytes
  }

  get over(): boolean {
    return this.#status.endedAt !== null
  }

  cancel(): void {
    this.#cancelled = true
    void this.#child?.kill()
    if (this.#status.state === 'waiting') this.#end(cancelled())
  }

  #set(change: Partial<EngineBuild>): void {
    this.#status = { ...this.#status, ...change }
    this.#options.onChange?.(this.#status)
  }

  #now(): number {
    return this.#options.clock.now()
  }

  #end(error: NearsideError | null, engine: EnginePlan | null = null): void {
    if (this.over) return
    const endedAt = this.#now()
    if (!error) {
      const sentence = 'The engine is built, checked and stored.'
      this.#set({ state: 'ready', progress: 1, endedAt, code: null, sentence })
    } else {
      const state = error.code === 'NS_JOB_CANCELLED' ? 'cancelled' : 'failed'
      const detail = error.details['detail']
      const sentence = detail ? `${error.message} (${detail})` : error.message
      this.#set({ state, endedAt, code: error.code, sentence })
    }
    this.#settle(engine)
  }

  /** Runs the build when its turn has come. Never rejects. */
  async run(): Promise<void> {
    if (this.over) return
    try {
      const stored = await this.#build()
      this.#end(null, enginePlan(stored))
    } catch (error) {
      const known = this.#cancelled ? cancelled() : (this.#pressure ?? toNearsideError(error))
      this.#end(known)
    }
  }

  async #build(): Promise<StoredEngine> {
    const { request } = this
    const sentence = 'TensorRT searches the fastest kernels for this GPU.'
    this.#set({ state: 'building', startedAt: this.#now(), sentence })
    await this.#checkFile()
    const progress = new BuildProgress()
    const startedMs = this.#options.clock.monotonicMs()
    const elapsed = (): number => this.#options.clock.monotonicMs() - startedMs
    const child = new BuilderChild({
      script: this.#options.script ?? new URL('./engine-build-process.ts', import.meta.url),
      libraries: request.libraries,
      deviceId: request.deviceId,
      onLog: (chunk) => progress.add(chunk, elapsed())
    })
    this.#child = child
    if (this.#cancelled) void child.kill() // it was asked while the file was read
    const stop = this.#watch(child, () => progress.at(elapsed()))
    try {
      return await this.#buildWith(child)
    } finally {
      stop()
      await child.kill()
      this.#child = undefined
    }
  }

  async #checkFile(): Promise<void> {
    const { file, sha256, size, budgetBytes = buildMemory(size) } = this.request
    const free = await (this.#options.availableMemory ?? availableMemory)()
    if (free !== undefined && free < budgetBytes + RESERVE) {
      const sentence = `Building the engine needs about ${gigabytes(budgetBytes)} GB of memory and ${gigabytes(free)} GB are available; free some, or build on a larger device with the same GPU generation and TensorRT and import the engine.`
      throw new NearsideError('NS_ENGINE_BUILD', sentence)
    }
    if ((await fileDigest(file)) === sha256) return
    const sentence =
      'The model file is missing or differs from its manifest; install the bundle again.'
    throw new NearsideError('NS_BUNDLE_DIGEST', sentence)
  }

  /** Shows the progress and guards the machine's memory while the child works. */
  #watch(child: BuilderChild, progress: () => number): () => void {
    const { size, budgetBytes = buildMemory(size) } = this.request
    const look = async (): Promise<void> => {
      const free = await (this.#options.availableMemory ?? availableMemory)()
      const held = child.pid === undefined ? undefined : await residentMemory(child.pid)
      this.#peakBytes = Math.max(this.#peakBytes, held ?? 0)
      const tooMuch = held !== undefined && held > budgetBytes
      if (!tooMuch && (free === undefined || free >= RESERVE)) return
      const why = tooMuch
        ? `it took more than its ${gigabytes(budgetBytes)} GB`
        : 'the machine ran out of it'
      const sentence = `The build of the engine was ended for its memory: ${why}; build on a larger device with the same GPU generation and TensorRT and import the engine.`
      this.#pressure ??= new NearsideError('NS_ENGINE_BUILD', sentence)
      void child.kill()
    }
    return this.#options.clock.every(WATCH_MS, () => {
      const at = Math.max(this.#status.progress, progress())
      if (this.#status.state === 'building' && at > this.#status.progress)
        this.#set({ progress: at })
      void look()
    })
  }

  async #buildWith(child: BuilderChild): Promise<StoredEngine> {
    const { store, clock } = this.#options
    const { request } = this
    const { libraries, check } = request
    const answer = await child.ask({ type: 'facts', libraries })
    if (answer.type !== 'facts') throw outOfTurn()
    const key = keyOf(request, answer.facts)
    const known = await store.find(key, clock.now()).catch(() => undefined)
    const stored = known ?? (await this.#buildNew({ child, key, facts: answer.facts }))
    if (!check) return stored
    this.#set({ state: 'checking', sentence: 'The engine is compared with the golden outputs.' })
    try {
      await check(enginePlan(stored))
      if (this.#cancelled) throw cancelled()
    } catch (error) {
      await store.remove(stored.digest)
      throw error
    }
    return stored
  }

  async #buildNew(about: {
    child: BuilderChild
    key: EngineKey
    facts: MachineFacts
  }): Promise<StoredEngine> {
    const { child, key, facts } = about
    const { store, clock } = this.#options
    const { libraries, file, l4t } = this.request
    const dir = await store.stage()
    const timingDir = await store.stage()
    const kept = join(store.folder, `timing-${key.computeCapability}-${key.tensorrt}`)
    try {
      await copyFiles(kept, timingDir)
      const plan = { file, key, dir, timingDir, workspaceBytes: WORKSPACE }
      const answer = await child.ask({ type: 'build', libraries, plan })
      if (answer.type !== 'built') throw outOfTurn()
      await keepTiming(timingDir, kept)
      const { whole, buildMs } = answer
      const builtAt = clock.now()
      const { name: gpu } = facts
      const machine = l4t === undefined ? {} : { machine: machineOf(facts, l4t) }
      const record = { key, model: ENGINE_MODEL, whole, gpu, ...machine, builtAt, buildMs }
      return await store.commit(dir, record)
    } finally {
      await store.discard(dir)
      await store.discard(timingDir)
    }
  }
}

const outOfTurn = (): NearsideError =>
  new NearsideError('NS_INTERNAL', 'The builder answered out of turn; the log holds the details.')

/** The key of what is asked for on the machine that the facts describe. */
export function keyOf(
  request: Pick<EngineRequest, 'sha256' | 'precision' | 'profile' | 'flags'>,
  facts: MachineFacts
): EngineKey {
  if (facts.tensorrt === null) {
    const sentence =
      'libnvinfer cannot be loaded; install TensorRT, or name its folder in NEARSIDE_GPU_LIBRARIES.'
    throw new NearsideError('NS_RUNG_LIBRARY', sentence)
  }
  return {
    modelSha256: request.sha256,
    precision: request.precision,
    flags: request.flags ?? {},
    profile: request.profile,
    computeCapability: facts.computeCapability,
    tensorrt: facts.tensorrt,
    onnxruntime: facts.onnxruntime
  }
}

/** What else must be equal for another device to use an engine of this machine. */
export function machineOf({ name }: MachineFacts, l4t: string | null): EngineMachine {
  return { platform: `${process.platform}-${process.arch}`, l4t, gpu: name }
}

async function copyFiles(from: string, to: string): Promise<void> {
  for (const name of await readdir(from).catch(() => []))
    await copyFile(join(from, name), join(to, name))
}

/** Each file by a rename: a build that is killed meanwhile leaves the old timings whole. */
async function keepTiming(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const name of await readdir(from)) await rename(join(from, name), join(to, name))
}

export class EngineBuilder {
  #options: EngineBuilderOptions
  #builds: Build[] = []
  #turn = new Serial()

  constructor(options: EngineBuilderOptions) {
    this.#options = options
  }

  /** Queues a build; one that runs or waits for the same model and precision is given instead. */
  request(request: EngineRequest): BuildHandle {
    const { sha256, precision } = request
    const same = this.#builds.find(
      ({ over, request: other }) =>
        !over && other.sha256 === sha256 && other.precision === precision
    )
    if (same) return same
    const build = new Build(request, this.#options)
    this.#builds = [build, ...this.#builds.filter(({ over }, at) => !over || at < REMEMBERED - 1)]
    void this.#turn.run(() => build.run())
    return build
  }

  /** Newest first. */
  list(): EngineBuild[] {
    return this.#builds.map(({ status }) => status)
  }

  /** Most host memory that the newest build was seen to hold, bytes. */
  get peakBytes(): number {
    return this.#builds[0]?.peakBytes ?? 0
  }

  /** Cancels the build of a model that waits or runs; true when there was one. */
  cancel(model: string, precision?: EngineKey['precision']): boolean {
    const found = this.#builds.filter(
      ({ over, status }) =>
        !over && status.model === model && (!precision || status.precision === precision)
    )
    for (const build of found) build.cancel()
    return found.length > 0
  }

  /** Cancels everything and waits until the processes are gone. */
  async close(): Promise<void> {
    for (const build of this.#builds) if (!build.over) build.cancel()
    await this.#turn.run(async () => undefined)
  }

  /**
   * What GPU, driver and libraries say, asked in a process of its own.
   * @throws NearsideError NS_RUNG_NO_GPU, NS_RUNG_LIBRARY; `details.detail` has the library's own words
   */
  async facts(libraries: readonly string[], deviceId: number): Promise<MachineFacts> {
    const script = this.#options.script ?? new URL('./engine-build-process.ts', import.meta.url)
    const child = new BuilderChild({ script, libraries, deviceId, onLog: () => undefined })
    try {
      const answer = await child.ask({ type: 'facts', libraries })
      if (answer.type !== 'facts') throw outOfTurn()
      return answer.facts
    } finally {
      await child.kill()
    }
  }
}
