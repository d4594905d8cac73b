// What is used of a GPU's driver besides ONNX Runtime, as an interface: memory on both sides of the bus, copies,
// and work that is recorded once and then launched as a whole. Everything here blocks the thread that calls it.

import type { Pointer } from './ort-port.ts'

/** Memory of one tensor on both sides of the bus. */
export interface GpuMemory {
  /** Pinned memory of the host, which the GPU copies from and to at full speed; gone after `release`. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Address on the GPU. */
  readonly device: Pointer
  /** Begins to copy the host's side to the GPU, in the driver's queue. */
  upload(): void
  /** Begins to copy the GPU's side to the host, in the driver's queue. */
  download(): void
  release(): void
}

/** Work on the GPU that one call starts as a whole. */
export interface GpuRecording {
  /** Begins it; `wait` for the end. */
  launch(): void
  release(): void
}

/** Its methods throw OrtFailure. */
export interface GpuDriver {
  /** By which name ONNX Runtime knows memory of this GPU. */
  readonly memoryName: string
  /** The queue on which copies and recordings run, one after the other. */
  readonly stream: Pointer
  allocate(bytes: number): GpuMemory
  /** Returns when everything in the queue is done. */
  wait(): void
  /** Records what `work` puts into the queue in place of doing it. */
  record(work: () => void): GpuRecording
}

/** How a session uses its GPU. */
export interface GpuUse {
  readonly driver: GpuDriver
  /**
   * Who records runs. `driver`: the provider computes in the driver's queue, so that a run is recorded with its
   * copies; only the last shape stays valid, because an engine's state belongs to it. `library`: ONNX Runtime
   * keeps one recording for each shape. `nobody`: each run is launched kernel by kernel.
   */
  readonly recordedBy: 'driver' | 'library' | 'nobody'
}
