// Runs one ONNX Runtime session through the C API. Memory of inputs and outputs is allocated once per shape and
// used again. Lives in a child process (executor-main.ts).

import type { OnnxSession } from './onnx-session.ts'
import {
  type NativeBinding,
  type NativeSession,
  type NativeTensor,
  OrtFailure
} from './ort-port.ts'
import { noHistory, RecordedRuns, RecordingFailure, type RunHistory } from './recorded-runs.ts'
import { Refusal } from './refusal.ts'
import {
  allocate,
  arrayOver,
  bytesOf,
  elementsOf,
  type Tensor,
  type Tensors
} from './tensor-arrays.ts'

/** Shapes whose memory is kept; the one that was not used longest goes first. */
const KEPT_SHAPES = 16
/** Bytes of kept memory above which older shapes go, so that a few huge batches do not stay for ever. */
const KEPT_BYTES = 256 * 2 ** 20

/** Memory and binding of one combination of input shapes. */
interface Slot {
  readonly binding: NativeBinding
  readonly inputs: ReadonlyMap<string, NativeTensor>
  /** Undefined until a run has told the shapes, and for models whose output shapes depend on the values. */
  outputs: ReadonlyMap<string, NativeTensor> | undefined
  /** True once the outputs of these input shapes had more than one shape. */
  fresh: boolean
  readonly bytes: number
  readonly history: RunHistory
}

const mismatch = (cause?: unknown): Refusal =>
  new Refusal(
    'NS_INFERENCE_INPUT',
    'The input tensors do not fit the model; compare names, types and shapes.',
    { cause }
  )

/** What leaves a CUDA context unusable for good: only the end of the process helps. */
const BROKEN =
  /illegal memory access|unspecified launch failure|device-side assert|CUDA failure (?:7\d\d|46)\b|Xid/i
const GPU_WORDS = /out of memory|failed to allocate memory|CUDA failure|CUBLAS|CUDNN/i

const LOST = 'The GPU lost the context of the executor.'

/** Says whose fault a failed run is. Its words may quote values of the input and stay the cause. */
function failure(error: OrtFailure): Refusal {
  if (BROKEN.test(error.message)) return new Refusal('NS_WORKER_FAILED', LOST, { cause: error })
  if (GPU_WORDS.test(error.message)) {
    const sentence =
      'The GPU could not run the batch, most likely for lack of memory; try fewer rows.'
    return new Refusal('NS_INFERENCE_FAILED', sentence, { cause: error })
  }
  return mismatch(error)
}

/** A copy in memory of JavaScript: the native one is used again by the next run. */
function copyOf({ datatype, shape, bytes }: NativeTensor): Tensor {
  const data = allocate(datatype, elementsOf(shape))
  bytesOf(data).set(bytes)
  return { datatype, shape: [...shape], data }
}

/** The native memory itself. */
function viewOf({ datatype, shape, bytes }: NativeTensor): Tensor {
  return { datatype, shape, data: arrayOver(datatype, bytes) }
}

export class FfiSession implements OnnxSession {
  #session: NativeSession
  #slots = new Map<string, Slot>()
  #recorded = new RecordedRuns()
  readonly #reopen: (() => NativeSession) | undefined

  /** @param reopen a session that records nothing, for when this one could not be recorded */
  constructor(session: NativeSession, reopen?: () => NativeSession) {
    this.#session = session
    this.#reopen = reopen
  }

  /** Combinations of shapes whose memory is kept now. */
  get keptShapes(): number {
    return this.#slots.size
  }

  /**
   * @throws Refusal NS_INFERENCE_INPUT for tensors that do not fit, NS_INFERENCE_FAILED when the GPU lacks
   *   memory, NS_WORKER_FAILED when its context is lost and the process has to end
   */
  async run(inputs: Tensors): Promise<Tensors> {
    return this.#run(inputs, copyOf)
  }

  /** As `run`, without the last copy: the outputs hold until the next run only. */
  async borrow(inputs: Tensors): Promise<Tensors> {
    return this.#run(inputs, viewOf)
  }

  #run(inputs: Tensors, take: (native: NativeTensor) => Tensor): Tensors {
    try {
      try {
        return this.#results(this.#fill(inputs), take)
      } catch (error) {
        if (!(error instanceof RecordingFailure)) throw error
        this.#openAgain()
        return this.#results(this.#fill(inputs), take)
      }
    } catch (error) {
      if (error instanceof OrtFailure) throw failure(error)
      throw error
    }
  }

  /** A run that could not be recorded leaves the session as it may be: another one does without. */
  #openAgain(): void {
    try {
      this.#releaseAll()
      this.#session.close()
      if (!this.#reopen) throw new OrtFailure(1, 'a session without a GPU was recorded')
      this.#session = this.#reopen()
    } catch (cause) {
      throw new Refusal('NS_WORKER_FAILED', LOST, { cause })
    }
  }

  #fill(inputs: Tensors): Slot {
    const slot = this.#slot(inputs)
    for (const [name, native] of slot.inputs) {
      const tensor = inputs[name]
      if (tensor) native.bytes.set(bytesOf(tensor.data))
    }
    return slot
  }

  #results(slot: Slot, take: (native: NativeTensor) => Tensor): Tensors {
    const { outputs } = slot
    if (!outputs) return this.#runFresh(slot)
    try {
      this.#recorded.run(slot.binding, slot.history, { inputs: slot.inputs, outputs })
    } catch (error) {
      // Either the input is at fault, and fails again, or the outputs have another shape this time.
      if (!(error instanceof OrtFailure)) throw error
      this.#dropOutputs(slot)
      const results = this.#runFresh(slot, false)
      slot.fresh = true
      return results
    }
    const results: Record<string, Tensor> = {}
    for (const [name, native] of outputs) results[name] = take(native)
    return results
  }

  /** Lets the library allocate the outputs, and unless their shapes vary, keeps memory of those shapes. */
  #runFresh(slot: Slot, keep = !slot.fresh): Tensors {
    const names = this.#session.outputs.flatMap(({ name, datatype }) => (datatype ? [name] : []))
    slot.binding.clearOutputs()
    for (const name of names) slot.binding.bindFreshOutput(name)
    slot.binding.run()
    const results: Record<string, Tensor> = {}
    for (const [index, native] of slot.binding.outputs().entries()) {
      results[names[index] ?? ''] = copyOf(native)
      native.release()
    }
    slot.binding.clearOutputs()
    if (keep) this.#keepOutputs(slot, results)
    return results
  }

  #keepOutputs(slot: Slot, results: Tensors): void {
    const outputs = new Map<string, NativeTensor>()
    for (const [name, { datatype, shape }] of Object.entries(results)) {
      const native = this.#session.allocate(datatype, shape)
      outputs.set(name, native)
      slot.binding.bindOutput(name, native)
    }
    slot.outputs = outputs
  }

  #dropOutputs(slot: Slot): void {
    slot.binding.clearOutputs()
    for (const tensor of slot.outputs?.values() ?? []) tensor.release()
    slot.outputs = undefined
  }

  #slot(inputs: Tensors): Slot {
    const ports = this.#session.inputs
    for (const { name, datatype } of ports)
      if (!inputs[name] || inputs[name].datatype !== datatype) throw mismatch()
    const key = ports.map(({ name }) => inputs[name]?.shape.join('x')).join(' ')
    const known = this.#slots.get(key)
    // Put back at the end: a Map keeps the order of insertion, so the first is the oldest.
    if (known) this.#slots.delete(key)
    const slot = known ?? this.#open(inputs)
    this.#slots.set(key, slot)
    this.#evict()
    return slot
  }

  #open(inputs: Tensors): Slot {
    const natives = new Map<string, NativeTensor>()
    let bytes = 0
    try {
      for (const { name } of this.#session.inputs) {
        const tensor = inputs[name]
        if (!tensor || elementsOf(tensor.shape) !== tensor.data.length) throw mismatch()
        const native = this.#session.allocate(tensor.datatype, tensor.shape)
        natives.set(name, native)
        bytes += native.bytes.length
      }
      const binding = this.#bind(natives)
      return {
        ...{ binding, inputs: natives, outputs: undefined },
        ...{ fresh: false, bytes, history: noHistory() }
      }
    } catch (error) {
      for (const native of natives.values()) native.release()
      if (error instanceof OrtFailure) throw failure(error)
      throw error
    }
  }

  #bind(inputs: ReadonlyMap<string, NativeTensor>): NativeBinding {
    const binding = this.#session.bind()
    try {
      for (const [name, native] of inputs) binding.bindInput(name, native)
      return binding
    } catch (error) {
      binding.release()
      throw error
    }
  }

  #evict(): void {
    for (const [key, slot] of this.#slots) {
      if (this.#slots.size <= 1) return
      if (this.#slots.size <= KEPT_SHAPES && this.#bytes() <= KEPT_BYTES) return
      this.#slots.delete(key)
      this.#release(slot)
    }
  }

  #bytes(): number {
    let sum = 0
    for (const { bytes, outputs } of this.#slots.values()) {
      sum += bytes
      for (const tensor of outputs?.values() ?? []) sum += tensor.bytes.length
    }
    return sum
  }

  #release(slot: Slot): void {
    slot.binding.release()
    for (const tensor of slot.inputs.values()) tensor.release()
    for (const tensor of slot.outputs?.values() ?? []) tensor.release()
  }

  #releaseAll(): void {
    for (const slot of this.#slots.values()) this.#release(slot)
    this.#slots.clear()
  }

  async close(): Promise<void> {
    this.#releaseAll()
    this.#session.close()
  }
}
