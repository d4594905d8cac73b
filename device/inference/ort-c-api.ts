// ONNX Runtime's C API by foreign function calls: libraries, their check, sessions. It knows no bundles and no
// executors. A wrong pointer ends the process, so it is loaded in child processes only (reference:
// onnxruntime_c_api.h).
//
// Lifetimes: the library and its environment live as long as the process. A session is released by `close`,
// after its bindings and tensors. A binding keeps its tensors alive, but not their views: `bytes` of a tensor
// is native memory and must not be read after `release`.

import koffi from 'koffi'
import { GpuMemories } from './gpu-binding.ts'
import { loadLibrary, P } from './native-library.ts'
import { hostBinding, type OpenSession } from './ort-binding.ts'
import { ELEMENT_TYPES, SELF_TEST_MODEL } from './ort-constants.ts'
import type { NativePort, NativeSession, OrtApi, Pointer, SessionSetup } from './ort-port.ts'
import { describe, Table, tensorOf } from './ort-table.ts'
import { Refusal } from './refusal.ts'

/** Releases whose table and behaviour were tested; a newer one is refused until it was. */
const KNOWN_RELEASES: readonly string[] = ['1.29', '1.30']
const API_VERSION = 11

function readPorts({ table, session, host }: OpenSession, side: 'input' | 'output'): NativePort[] {
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

function wrapSession(opened: OpenSession, gpu: SessionSetup['gpu']): NativeSession {
  const { table, session, host, hostInfo } = opened
  const memories = gpu && new GpuMemories(opened, gpu)
  return {
    inputs: readPorts(opened, 'input'),
    outputs: readPorts(opened, 'output'),
    allocate: (datatype, shape) => {
      if (memories) return memories.allocate(datatype, shape)
      const dims = BigInt64Array.from(shape, BigInt)
      const type = ELEMENT_TYPES[datatype].onnx
      return tensorOf(table, table.make('createTensor', host, dims, shape.length, type))
    },
    bind: () => memories?.bind() ?? hostBinding(opened),
    close: () => {
      memories?.release()
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
      return wrapSession({ table, session, host, hostInfo }, setup.gpu)
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
