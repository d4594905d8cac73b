// The CUDA driver by foreign function calls (CUDA driver API, cuda.h): facts about the GPU, pinned memory, copies
// and graphs. Loaded in child processes only. The primary context is the one that ONNX Runtime uses as well.
//
// Lifetimes: the context and the stream live as long as the process. Memory lives until its `release`, which must
// come after the tensors over it are gone; `bytes` must not be read after it.

import type { GpuDriver, GpuMemory, GpuRecording } from './gpu-port.ts'
import { loadLibrary, memoryAt, OUT, OUT_INT, OUT_SIZE, P, typesOf } from './native-library.ts'
import { tensorrtVersion } from './ort-constants.ts'
import { type GpuFacts, OrtFailure, type Pointer } from './ort-port.ts'
import { Refusal } from './refusal.ts'

const DRIVER = 'libcuda.so.1'

/** Function → argument types; each answers with a CUresult, 0 when all is well. */
const CALLS = {
  cuInit: ['uint'],
  cuDeviceGet: [OUT_INT, 'int'],
  cuDeviceGetAttribute: [OUT_INT, 'int', 'int'],
  cuDeviceGetName: ['uint8_t *', 'int', 'int'],
  cuDeviceTotalMem_v2: [OUT_SIZE, 'int'],
  cuDriverGetVersion: [OUT_INT],
  cuDevicePrimaryCtxRetain: [OUT, 'int'],
  cuCtxSetCurrent: [P],
  cuMemHostAlloc: [OUT, 'size_t', 'uint'],
  cuMemFreeHost: [P],
  cuMemAlloc_v2: [OUT, 'size_t'],
  cuMemFree_v2: [P],
  cuMemcpyHtoDAsync_v2: [P, P, 'size_t', P],
  cuMemcpyDtoHAsync_v2: [P, P, 'size_t', P],
  cuStreamCreate: [OUT, 'uint'],
  cuStreamSynchronize: [P],
  cuStreamBeginCapture_v2: [P, 'int'],
  cuStreamEndCapture: [P, OUT],
  cuGraphInstantiateWithFlags: [OUT, P, 'uint64_t'],
  cuGraphDestroy: [P],
  cuGraphLaunch: [P, P],
  cuGraphExecDestroy: [P]
} as const satisfies Record<string, readonly string[]>

type CallName = keyof typeof CALLS
type Native = ReturnType<ReturnType<typeof loadLibrary>['func']>

const functions = new Map<CallName, Native>()

function native(name: CallName): Native {
  const known = functions.get(name) ?? loadLibrary(DRIVER).func(name, 'int', typesOf(CALLS[name]))
  functions.set(name, known)
  return known
}

const failed = (name: CallName, code: number): OrtFailure =>
  new OrtFailure(code, `CUDA failure ${code} in ${name}`)

/** @throws OrtFailure with the CUresult */
function must(name: CallName, ...args: readonly unknown[]): void {
  const code: number = native(name)(...args)
  if (code !== 0) throw failed(name, code)
}

/** As `must`, for a function whose first argument takes its result. */
function make(name: CallName, ...args: readonly unknown[]): Pointer {
  const out: [Pointer | null] = [null]
  must(name, out, ...args)
  return out[0] ?? 0n
}

function number(name: CallName, ...args: readonly unknown[]): number {
  const out = [0]
  must(name, out, ...args)
  return Number(out[0])
}

/** As `make`, on a thread of its own. */
function makeAside(name: CallName, ...args: readonly unknown[]): Promise<Pointer> {
  const out: [Pointer | null] = [null]
  return new Promise((resolve, reject) => {
    native(name).async(out, ...args, (error: Error | null, code: number) => {
      if (error) reject(error)
      else if (code === 0) resolve(out[0] ?? 0n)
      else reject(failed(name, code))
    })
  })
}

const NO_GPU = 'No GPU answers through the NVIDIA driver; compare with nvidia-smi.'

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
 * Reads the facts without making a CUDA context.
 * @throws Refusal NS_RUNG_NO_GPU when there is no driver or no GPU
 */
export function readGpuFacts(): GpuFacts {
  try {
    must('cuInit', 0)
    const device = number('cuDeviceGet', 0)
    const label = new Uint8Array(128)
    must('cuDeviceGetName', label, label.length, device)
    const cuda = number('cuDriverGetVersion')
    const attribute = (id: number): number => number('cuDeviceGetAttribute', id, device)
    return {
      name: Buffer.from(label.subarray(0, label.indexOf(0))).toString('utf8'),
      computeCapability: `${attribute(MAJOR)}.${attribute(MINOR)}`,
      memoryBytes: number('cuDeviceTotalMem_v2', device),
      cuda: `${Math.floor(cuda / 1000)}.${(cuda % 1000) / 10}`,
      tensorrt: readTensorrt()
    }
  } catch (cause) {
    throw new Refusal('NS_RUNG_NO_GPU', NO_GPU, { cause })
  }
}

/** CU_STREAM_NON_BLOCKING: not ordered with the default stream, on which nothing of ours runs. */
const NON_BLOCKING = 1
/** CU_STREAM_CAPTURE_MODE_RELAXED: what allocates while it is recorded may do so. */
const RELAXED = 2

class CudaDriver implements GpuDriver {
  readonly memoryName = 'Cuda'
  readonly stream: Pointer

  constructor(stream: Pointer) {
    this.stream = stream
  }

  allocate(bytes: number): GpuMemory {
    const { stream } = this
    const size = Math.max(1, bytes)
    const host = make('cuMemHostAlloc', size, 0)
    try {
      const device = make('cuMemAlloc_v2', size)
      return {
        ...{ bytes: memoryAt(host, bytes), device },
        upload: () => must('cuMemcpyHtoDAsync_v2', device, host, bytes, stream),
        download: () => must('cuMemcpyDtoHAsync_v2', host, device, bytes, stream),
        release: () => {
          must('cuMemFree_v2', device)
          must('cuMemFreeHost', host)
        }
      }
    } catch (error) {
      must('cuMemFreeHost', host)
      throw error
    }
  }

  wait(): void {
    must('cuStreamSynchronize', this.stream)
  }

  record(work: () => void): GpuRecording {
    must('cuStreamBeginCapture_v2', this.stream, RELAXED)
    let graph: Pointer
    try {
      work()
    } finally {
      // Also after a failure: the queue must not stay in the state of recording.
      graph = this.#endCapture()
    }
    const executable = make('cuGraphInstantiateWithFlags', graph, 0)
    must('cuGraphDestroy', graph)
    return {
      launch: () => must('cuGraphLaunch', executable, this.stream),
      release: () => must('cuGraphExecDestroy', executable)
    }
  }

  #endCapture(): Pointer {
    const out: [Pointer | null] = [null]
    must('cuStreamEndCapture', this.stream, out)
    return out[0] ?? 0n
  }
}

/**
 * Makes the context of the GPU that this process sees first, on a thread of its own, which takes 0.2 s.
 * @throws Refusal NS_RUNG_NO_GPU
 */
export async function openCudaDriver(): Promise<GpuDriver> {
  try {
    must('cuInit', 0)
    const context = await makeAside('cuDevicePrimaryCtxRetain', number('cuDeviceGet', 0))
    must('cuCtxSetCurrent', context)
    return new CudaDriver(make('cuStreamCreate', NON_BLOCKING))
  } catch (cause) {
    throw new Refusal('NS_RUNG_NO_GPU', NO_GPU, { cause })
  }
}
