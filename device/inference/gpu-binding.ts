// Which tensors a run of a session on a GPU reads and writes: each has memory on both sides of the bus and is
// copied before and after the run. A run can be recorded, so that the next one is launched as a whole in place
// of kernel by kernel (CUDA C++ Programming Guide, CUDA Graphs).

import type { GpuMemory, GpuRecording, GpuUse } from './gpu-port.ts'
import { boundOutputs, type OpenSession } from './ort-binding.ts'
import { ELEMENT_TYPES } from './ort-constants.ts'
import type { NativeBinding, NativeRecorder, NativeTensor, Pointer } from './ort-port.ts'
import { elementsOf, type NumericType } from './tensor-arrays.ts'

/** Recordings that ONNX Runtime keeps of a session; it offers no way to drop one. */
const MOST_RECORDINGS = 32

/** Options of a run (onnxruntime_run_options_config_keys.h). */
const GRAPH_ID = 'gpu_graph_id'
const NO_GRAPH = '-1'
const ONLY_BEGUN = 'disable_synchronize_execution_providers'

/** The tensors of one session on its GPU, and how it is run. */
export class GpuMemories {
  readonly opened: OpenSession
  readonly use: GpuUse
  /** What ran last. */
  last: GpuBinding | undefined
  /** Changes with it: the state of an engine, and with it a recording, belongs to the shapes of its last run. */
  turn = 0
  /** Recordings that the library was asked for. */
  recordings = 0
  readonly #deviceInfo: Pointer
  readonly #memories = new Map<Pointer, GpuMemory>()
  readonly #options: Pointer[] = []
  /** Options of a run whose outputs the library allocates on the host. */
  readonly waited: Pointer | null
  /** Options of a run between tensors on the GPU. */
  readonly plain: Pointer | null

  constructor(opened: OpenSession, use: GpuUse) {
    this.opened = opened
    this.use = use
    this.#deviceInfo = opened.table.make('createMemoryInfo', use.driver.memoryName, 0, 0, 0)
    const { recordedBy } = use
    this.waited = recordedBy === 'library' ? this.runOptions(GRAPH_ID, NO_GRAPH) : null
    this.plain = recordedBy === 'driver' ? this.runOptions(ONLY_BEGUN, '1') : this.waited
  }

  allocate(datatype: NumericType, shape: readonly number[]): NativeTensor {
    const { table } = this.opened
    const { onnx, bytes: width } = ELEMENT_TYPES[datatype]
    const memory = this.use.driver.allocate(elementsOf(shape) * width)
    const { bytes, device } = memory
    const dims = BigInt64Array.from(shape, BigInt)
    const place = [this.#deviceInfo, device, bytes.length] as const
    const value = table.make('createTensorOver', ...place, dims, shape.length, onnx)
    this.#memories.set(value, memory)
    const release = (): void => {
      this.#memories.delete(value)
      table.call('releaseValue', value)
      memory.release()
    }
    return { value, datatype, shape, bytes, release }
  }

  bind(): NativeBinding {
    return new GpuBinding(this)
  }

  /** Notes which binding runs. */
  runs(binding: GpuBinding): void {
    if (this.last !== binding) this.turn += 1
    this.last = binding
  }

  memoryOf({ value }: NativeTensor): GpuMemory {
    const memory = this.#memories.get(value)
    if (!memory) throw new TypeError('a tensor of another session was bound')
    return memory
  }

  /** Options that live as long as the session. */
  runOptions(key: string, value: string): Pointer {
    const { table } = this.opened
    const options = table.make('createRunOptions')
    this.#options.push(options)
    table.must('addRunConfigEntry', options, key, value)
    return options
  }

  /** Tensors and bindings must have been released. */
  release(): void {
    const { table } = this.opened
    for (const options of this.#options) table.call('releaseRunOptions', options)
    table.call('releaseMemoryInfo', this.#deviceInfo)
  }
}

class GpuBinding implements NativeBinding {
  readonly recorder?: Recorder
  readonly #shared: GpuMemories
  readonly #binding: Pointer
  readonly #inputs = new Map<string, GpuMemory>()
  readonly #outputs = new Map<string, GpuMemory>()

  constructor(shared: GpuMemories) {
    this.#shared = shared
    this.#binding = shared.opened.table.make('createBinding', shared.opened.session)
    const { recordedBy } = shared.use
    if (recordedBy === 'driver') this.recorder = new DriverRecorder(shared, this)
    if (recordedBy === 'library') this.recorder = new LibraryRecorder(shared, this)
  }

  bindInput(name: string, tensor: NativeTensor): void {
    this.#inputs.set(name, this.#shared.memoryOf(tensor))
    this.#shared.opened.table.must('bindInput', this.#binding, name, tensor.value)
  }

  bindOutput(name: string, tensor: NativeTensor): void {
    this.#outputs.set(name, this.#shared.memoryOf(tensor))
    this.#shared.opened.table.must('bindOutput', this.#binding, name, tensor.value)
  }

  bindFreshOutput(name: string): void {
    const { table, hostInfo } = this.#shared.opened
    table.must('bindOutputToDevice', this.#binding, name, hostInfo)
  }

  clearOutputs(): void {
    this.#outputs.clear()
    this.#shared.opened.table.call('clearOutputs', this.#binding)
  }

  run(): void {
    const { opened, use, waited } = this.#shared
    this.#shared.runs(this)
    if (this.#outputs.size > 0) this.begin()
    else {
      this.#upload()
      use.driver.wait()
      opened.table.must('runWithBinding', opened.session, waited, this.#binding)
    }
    use.driver.wait()
  }

  /** Copies in, computes and copies out; the driver's `wait` returns when all of it is done. */
  begin(options = this.#shared.plain): void {
    const { opened, use } = this.#shared
    this.#upload()
    // Only where the driver records does the provider compute in its queue, behind the copies.
    if (use.recordedBy !== 'driver') use.driver.wait()
    opened.table.must('runWithBinding', opened.session, options, this.#binding)
    for (const memory of this.#outputs.values()) memory.download()
  }

  #upload(): void {
    for (const memory of this.#inputs.values()) memory.upload()
  }

  outputs(): NativeTensor[] {
    return boundOutputs(this.#shared.opened, this.#binding)
  }

  release(): void {
    this.recorder?.release()
    this.#shared.opened.table.call('releaseBinding', this.#binding)
  }
}

interface Recorder extends NativeRecorder {
  release(): void
}

/**
 * The driver records copies and run; valid until another binding runs (TensorRT developer guide, CUDA graphs: a
 * graph belongs to one input size and one state of the execution context).
 */
class DriverRecorder implements Recorder {
  readonly mayRecord = true
  readonly #shared: GpuMemories
  readonly #binding: GpuBinding
  #recording: GpuRecording | undefined
  #turn = 0

  constructor(shared: GpuMemories, binding: GpuBinding) {
    this.#shared = shared
    this.#binding = binding
  }

  get isLast(): boolean {
    return this.#shared.last === this.#binding
  }

  get valid(): boolean {
    return this.#recording !== undefined && this.#turn === this.#shared.turn
  }

  record(): void {
    this.release()
    this.#shared.runs(this.#binding)
    this.#turn = this.#shared.turn
    this.#recording = this.#shared.use.driver.record(() => this.#binding.begin())
    this.replay()
  }

  replay(): void {
    this.#recording?.launch()
    this.#shared.use.driver.wait()
  }

  /** Such values are part of the state of an engine, too. */
  forget(): void {
    this.release()
  }

  release(): void {
    this.#recording?.release()
    this.#recording = undefined
  }
}

/** ONNX Runtime records the run under a number; valid as long as the session. */
class LibraryRecorder implements Recorder {
  readonly isLast = true
  readonly #shared: GpuMemories
  readonly #binding: GpuBinding
  #options: Pointer | undefined

  constructor(shared: GpuMemories, binding: GpuBinding) {
    this.#shared = shared
    this.#binding = binding
  }

  get mayRecord(): boolean {
    return this.#shared.recordings < MOST_RECORDINGS
  }

  get valid(): boolean {
    return this.#options !== undefined
  }

  record(): void {
    this.#shared.recordings += 1
    const options = this.#shared.runOptions(GRAPH_ID, String(this.#shared.recordings))
    this.#run(options)
    this.#options = options
  }

  replay(): void {
    if (this.#options !== undefined) this.#run(this.#options)
  }

  #run(options: Pointer): void {
    this.#binding.begin(options)
    this.#shared.use.driver.wait()
  }

  release(): void {
    this.#options = undefined
  }
}
