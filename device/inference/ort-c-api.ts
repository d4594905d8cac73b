// ONNX Runtime's C API by foreign function calls: the only file that touches native pointers. It knows no
// bundles and no executors. A wrong pointer ends the process, so it is loaded in child processes only
// (reference: onnxruntime_c_api.h, an append-only table of functions; positions below are those of version 11).
//
// Lifetimes: the library and its environment live as long as the process. A session is released by `close`,
// after its bindings and tensors. A binding keeps its tensors alive, but not their views: `bytes` of a tensor
// is native memory and must not be read after `release`.

import koffi from 'koffi'
import { CALLS, type CallName, OUT, OUT_INT, OUT_SIZE, P, TABLE_LENGTH } from './ort-calls.ts'
import { ELEMENT_TYPES, numericTypeOf, SELF_TEST_MODEL, tensorrtVersion } from './ort-constants.ts'
import type {
  GpuFacts,
  NativeBinding,
  NativePort,
  NativeSession,
  NativeTensor,
  OrtApi,
  Pointer,
  SessionSetup
} from './ort-port.ts'
import { OrtFailure } from './ort-port.ts'
import { Refusal } from './refusal.ts'
import { elementsOf, type NumericType } from './tensor-arrays.ts'

/** Releases whose table and behaviour were tested; a newer one is refused until it was. */
const KNOWN_RELEASES: readonly string[] = ['1.29', '1.30']
const API_VERSION = 11

// ONNX Runtime's GPU providers overflow koffi's own stack of 128 KiB, and an engine build needs more than its
// 2 MiB for certain models. This must come before the first library is loaded, or koffi refuses it.
koffi.config({ sync_stack_size: 8 << 20, async_stack_size: 8 << 20 })

/** Loaded libraries: koffi closes one whose handle is collected, under the feet of its decoded functions. */
const libraries = new Map<string, ReturnType<typeof koffi.load>>()

function loadLibrary(path: string) {
  const library = libraries.get(path) ?? koffi.load(path)
  libraries.set(path, library)
  return library
}

const OUTS: Readonly<Record<string, string>> = {
  [OUT]: 'void *',
  [OUT_INT]: 'int',
  [OUT_SIZE]: 'size_t'
}

/** Types as koffi takes them. */
function typesOf(args: readonly string[]) {
  return args.map((arg) => {
    const inner = OUTS[arg]
    return inner ? koffi.out(koffi.pointer(inner)) : arg
  })
}

type Native = (...args: readonly unknown[]) => unknown

/** The table of functions, decoded when first used. */
class Table {
  #table: readonly Pointer[]
  #decoded = new Map<CallName, Native>()

  constructor(api: Pointer) {
    this.#table = koffi.decode(api, koffi.array(P, TABLE_LENGTH))
  }

  call(name: CallName, ...args: readonly unknown[]): unknown {
    const native = this.#decoded.get(name) ?? this.#decode(name)
    return native(...args)
  }

  #decode(name: CallName): Native {
    const [position, result, ...args] = CALLS[name]
    const native: Native = koffi.decode(this.#table[position], koffi.proto(result, typesOf(args)))
    this.#decoded.set(name, native)
    return native
  }

  /**
   * Calls a function that answers with an OrtStatus.
   * @throws OrtFailure with the library's code and words
   */
  must(name: CallName, ...args: readonly unknown[]): void {
    const status = this.call(name, ...args)
    if (status === null) return
    const code = Number(this.call('getErrorCode', status))
    const message = String(this.call('getErrorMessage', status))
    this.call('releaseStatus', status)
    throw new OrtFailure(code, message)
  }

  /** As `must`, for a function whose last argument takes its result. */
  make(name: CallName, ...args: readonly unknown[]): Pointer {
    const out: [Pointer | null] = [null]
    this.must(name, ...args, out)
    return out[0] ?? 0n
  }

  count(name: CallName, ...args: readonly unknown[]): number {
    const out = [0]
    this.must(name, ...args, out)
    return Number(out[0])
  }
}

/** Type and shape behind an OrtTensorTypeAndShapeInfo. */
function describe(table: Table, info: Pointer): { datatype?: NumericType; shape: number[] } {
  const datatype = numericTypeOf(table.count('elementType', info))
  const rank = table.count('rank', info)
  const dims = new BigInt64Array(rank)
  if (rank > 0) table.must('dimensions', info, dims, rank)
  const shape = [...dims].map(Number)
  return datatype ? { datatype, shape } : { shape }
}

/** A tensor whose memory the library owns. */
function tensorOf(table: Table, value: Pointer): NativeTensor {
  const info = table.make('tensorInfoOfValue', value)
  try {
    const { datatype, shape } = describe(table, info)
    if (!datatype) throw new OrtFailure(0, 'a tensor is of a type that cannot be carried')
    const size = elementsOf(shape) * ELEMENT_TYPES[datatype].bytes
    const data = size > 0 ? table.make('tensorData', value) : 0n
    const bytes = new Uint8Array(size > 0 ? koffi.view(data, size) : new ArrayBuffer(0))
    return { value, datatype, shape, bytes, release: () => table.call('releaseValue', value) }
  } finally {
    table.call('releaseTensorInfo', info)
  }
}

interface Opened {
  readonly table: Table
  readonly session: Pointer
  /** The library's own allocator of host memory; never released. */
  readonly host: Pointer
  readonly hostInfo: Pointer
}

function openBinding({ table, session, host, hostInfo }: Opened): NativeBinding {
  const binding = table.make('createBinding', session)
  return {
    bindInput: (name, { value }) => table.must('bindInput', binding, name, value),
    bindOutput: (name, { value }) => table.must('bindOutput', binding, name, value),
    bindFreshOutput: (name) => table.must('bindOutputToDevice', binding, name, hostInfo),
    clearOutputs: () => void table.call('clearOutputs', binding),
    run: () => table.must('runWithBinding', session, null, binding),
    outputs: () => {
      const list: [Pointer | null] = [null]
      const count = [0]
      table.must('boundOutputs', binding, host, list, count)
      if (list[0] === null) return []
      const values: Pointer[] = koffi.decode(list[0], koffi.array(P, Number(count[0])))
      table.must('allocatorFree', host, list[0])
      return values.map((value) => tensorOf(table, value))
    },
    release: () => void table.call('releaseBinding', binding)
  }
}

function readPorts({ table, session, host }: Opened, side: 'input' | 'output'): NativePort[] {
  const count = table.count(`${side}Count`, session)
  return Array.from({ length: count }, (_, index) => {
    const text = table.make(`${side}Name`, session, index, host)
    const name = koffi.decode.string(text)
    table.must('allocatorFree', host, text)
    const type = table.make(`${side}Type`, session, index)
    const out: [Pointer | null] = [null]
    table.must('tensorInfoOfType', type, out)
    // Null for a sequence or a map. The tensor's part belongs to `type` and is not released on its own.
    const described = out[0] === null ? { shape: [] } : describe(table, out[0])
    table.call('releaseTypeInfo', type)
    return { name, ...described }
  })
}

/** Memory that a GPU copies from and to at full speed; undefined where the provider has none. */
function pinnedAllocator(table: Table, session: Pointer): Pointer | undefined {
  const DEVICE_ALLOCATOR = 0
  const CPU_OUTPUT = -1
  try {
    const info = table.make('createMemoryInfo', 'CudaPinned', DEVICE_ALLOCATOR, 0, CPU_OUTPUT)
    try {
      return table.make('createAllocator', session, info)
    } finally {
      table.call('releaseMemoryInfo', info)
    }
  } catch (error) {
    if (error instanceof OrtFailure) return undefined
    throw error
  }
}

function wrapSession(opened: Opened, onGpu: boolean): NativeSession {
  const { table, session, host, hostInfo } = opened
  const pinned = onGpu ? pinnedAllocator(table, session) : undefined
  return {
    inputs: readPorts(opened, 'input'),
    outputs: readPorts(opened, 'output'),
    pinned: pinned !== undefined,
    allocate: (datatype, shape) => {
      const dims = BigInt64Array.from(shape, BigInt)
      const type = ELEMENT_TYPES[datatype].onnx
      return tensorOf(table, table.make('createTensor', pinned ?? host, dims, shape.length, type))
    },
    bind: () => openBinding(opened),
    close: () => {
      if (pinned !== undefined) table.call('releaseAllocator', pinned)
      table.call('releaseMemoryInfo', hostInfo)
      table.call('releaseSession', session)
    }
  }
}

const PROVIDER_CALLS = {
  cuda: ['createCudaOptions', 'updateCudaOptions', 'appendCuda', 'releaseCudaOptions'],
  tensorrt: [
    'createTensorrtOptions',
    'updateTensorrtOptions',
    'appendTensorrt',
    'releaseTensorrtOptions'
  ]
} as const

function appendProvider(
  table: Table,
  options: Pointer,
  { name, options: entries }: SessionSetup['providers'][number]
): void {
  const [create, update, append, release] = PROVIDER_CALLS[name]
  const provider = table.make(create)
  try {
    const keys = Object.keys(entries)
    table.must(update, provider, keys, Object.values(entries), keys.length)
    table.must(append, options, provider)
  } finally {
    table.call(release, provider)
  }
}

/** The options of a session, released by the caller once the session is made. */
function makeOptions(table: Table, setup: SessionSetup): Pointer {
  const options = table.make('createSessionOptions')
  try {
    table.must('setLogSeverity', options, setup.logSeverity ?? 3)
    table.must('setIntraThreads', options, setup.threads)
    table.must('setInterThreads', options, 1)
    // The file is written when the session is released.
    if (setup.profile !== undefined) table.must('enableProfiling', options, setup.profile)
    // Entries before providers: a provider reads them when it is appended.
    for (const [key, value] of Object.entries(setup.config ?? {}))
      table.must('addConfigEntry', options, key, value)
    for (const provider of setup.providers) appendProvider(table, options, provider)
    return options
  } catch (error) {
    table.call('releaseSessionOptions', options)
    throw error
  }
}

class CApi implements OrtApi {
  readonly version: string
  readonly library: string
  #table: Table
  #env: Pointer

  constructor(about: { library: string; version: string; logSeverity: number }, api: Pointer) {
    this.library = about.library
    this.version = about.version
    this.#table = new Table(api)
    this.#env = this.#table.make('createEnv', about.logSeverity, 'nearside')
  }

  createSession(source: string | Uint8Array, setup: SessionSetup): NativeSession {
    const table = this.#table
    const options = makeOptions(table, setup)
    try {
      const session =
        typeof source === 'string'
          ? table.make('createSession', this.#env, source, options)
          : table.make('createSessionFromArray', this.#env, source, source.length, options)
      const host = table.make('defaultAllocator')
      const hostInfo = table.make('createCpuMemoryInfo', 0, 0)
      return wrapSession({ table, session, host, hostInfo }, setup.providers.length > 0)
    } finally {
      table.call('releaseSessionOptions', options)
    }
  }
}

/** Four numbers through the whole path: a table that is not what was expected shows before any model is loaded. */
function selfTest(api: OrtApi): boolean {
  const session = api.createSession(SELF_TEST_MODEL, { threads: 1, providers: [] })
  const input = session.allocate('FP32', [4])
  const binding = session.bind()
  try {
    new Float32Array(input.bytes.buffer).set([1, 2, 3, 4])
    binding.bindInput('x', input)
    binding.bindFreshOutput('y')
    binding.run()
    const [output] = binding.outputs()
    const sums = output ? [...new Float32Array(output.bytes.buffer)] : []
    output?.release()
    return sums.join() === '2,4,6,8'
  } finally {
    binding.release()
    input.release()
    session.close()
  }
}

function refuse(library: string, reason: string, cause?: unknown): Refusal {
  const sentence = `${library} ${reason}; use the ONNX Runtime ${KNOWN_RELEASES.join(' or ')} that came with Nearside or its GPU package.`
  return new Refusal('NS_RUNG_LIBRARY', sentence, { cause })
}

function loadTable(library: string): { version: string; api: Pointer } {
  let base: Pointer
  try {
    base = loadLibrary(library).func('OrtGetApiBase', P, [])()
  } catch (cause) {
    throw refuse(library, 'cannot be loaded as ONNX Runtime', cause)
  }
  // OrtApiBase: GetApi(version), GetVersionString().
  const [getApi, getVersion]: Pointer[] = koffi.decode(base, koffi.array(P, 2))
  const version: string = koffi.decode(getVersion, koffi.proto('str', []))()
  if (!KNOWN_RELEASES.includes(version.split('.').slice(0, 2).join('.')))
    throw refuse(library, `is ONNX Runtime ${version}, which this version does not know`)
  const api: Pointer | null = koffi.decode(getApi, koffi.proto(P, ['uint32_t']))(API_VERSION)
  if (api === null) throw refuse(library, `does not offer version ${API_VERSION} of its interface`)
  return { version, api }
}

const opened = new Map<string, OrtApi>()

/**
 * Loads a library, compares its version and runs a model of four numbers before anything else may use it.
 * Once a process and library: a second call gives the same.
 * @param options.logSeverity of the environment, see SessionSetup
 * @throws Refusal NS_RUNG_LIBRARY in one sentence, the loader's words as its cause
 */
export function openOrtApi(library: string, { logSeverity = 3 } = {}): OrtApi {
  const known = opened.get(library)
  if (known) return known
  const { version, api: table } = loadTable(library)
  const api = new CApi({ library, version, logSeverity }, table)
  if (!selfTest(api)) throw refuse(library, 'gives wrong sums for a model of four numbers')
  opened.set(library, api)
  return api
}

const MAJOR = 75
const MINOR = 76

function readTensorrt(): string | null {
  for (const name of ['libnvinfer.so.11', 'libnvinfer.so.10', 'libnvinfer.so.8', 'libnvinfer.so']) {
    try {
      return tensorrtVersion(loadLibrary(name).func('getInferLibVersion', 'int', [])())
    } catch {
      // Not this one; which of them is there shows by loading only.
    }
  }
  return null
}

/**
 * Reads the facts without making a CUDA context (CUDA driver API: cuInit, cuDeviceGetAttribute).
 * @throws Refusal NS_RUNG_NO_GPU when there is no driver or no GPU
 */
export function readGpuFacts(): GpuFacts {
  try {
    const driver = loadLibrary('libcuda.so.1')
    const ask = (name: string, types: string[], ...args: unknown[]): void => {
      const code: number = driver.func(name, 'int', typesOf(types))(...args)
      if (code !== 0) throw new OrtFailure(code, `${name} answered ${code}`)
    }
    const number = (name: string, types: string[], ...args: unknown[]): number => {
      const out = [0]
      ask(name, types, out, ...args)
      return Number(out[0])
    }
    ask('cuInit', ['uint'], 0)
    const device = number('cuDeviceGet', [OUT_INT, 'int'], 0)
    const attribute = (id: number): number =>
      number('cuDeviceGetAttribute', [OUT_INT, 'int', 'int'], id, device)
    const label = new Uint8Array(128)
    ask('cuDeviceGetName', ['uint8_t *', 'int', 'int'], label, label.length, device)
    const cuda = number('cuDriverGetVersion', [OUT_INT])
    return {
      name: Buffer.from(label.subarray(0, label.indexOf(0))).toString('utf8'),
      computeCapability: `${attribute(MAJOR)}.${attribute(MINOR)}`,
      memoryBytes: number('cuDeviceTotalMem_v2', [OUT_SIZE, 'int'], device),
      cuda: `${Math.floor(cuda / 1000)}.${(cuda % 1000) / 10}`,
      tensorrt: readTensorrt()
    }
  } catch (cause) {
    const sentence = 'No GPU answers through the NVIDIA driver; compare with nvidia-smi.'
    throw new Refusal('NS_RUNG_NO_GPU', sentence, { cause })
  }
}
