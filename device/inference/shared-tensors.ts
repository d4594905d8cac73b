// A file in memory that the agent and one executor share, for tensors that are too large for the pipe between
// them: two copies in place of five. It has no name, is gone with both, and only one of them uses it at a time,
// because an executor runs one batch at a time.

import { closeSync, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { FromExecutor, ToExecutor } from './executor-protocol.ts'
import { allocate, bytesOf, elementsOf, type Tensor, type Tensors } from './tensor-arrays.ts'

/** Below it a message is as fast (measured: 16 KB the same, 256 KB half the time, 1 MB a quarter). */
const LEAST_BYTES = 64 * 1024
/** Most that is passed at a time; what is beyond it takes the pipe. */
const MOST_BYTES = 64 * 1024 * 1024
/** Memory that stays for the next batch. */
const KEPT_BYTES = 32 * 1024 * 1024

/** Linux keeps its files in memory. */
const FOLDER = '/dev/shm'
/** Tells an executor under which number it has inherited the file. */
const VARIABLE = 'NEARSIDE_TENSOR_FILE'

/** A tensor whose numbers lie in the file. */
interface Passed extends Omit<Tensor, 'data'> {
  readonly at: number
}

const isPassed = (tensor: Tensor | Passed): tensor is Passed => 'at' in tensor

export class SharedTensors {
  readonly fd: number
  #open = true

  constructor(fd: number) {
    this.fd = fd
  }

  /** Puts what is large into the file; the rest stays as it is, and all of it when there is no room. */
  pass(tensors: Tensors): Tensors {
    let end = 0
    const passed: Record<string, Tensor | Passed> = {}
    for (const [name, tensor] of Object.entries(tensors)) {
      const bytes = bytesOf(tensor.data)
      const fits = bytes.length >= LEAST_BYTES && end + bytes.length <= MOST_BYTES
      if (fits && this.#write(bytes, end)) {
        passed[name] = { datatype: tensor.datatype, shape: tensor.shape, at: end }
        end += bytes.length
      } else passed[name] = tensor
    }
    return passed as Tensors
  }

  #write(bytes: Uint8Array, at: number): boolean {
    // The number may be another file's by now.
    if (!this.#open) return false
    try {
      return writeSync(this.fd, bytes, 0, bytes.length, at) === bytes.length
    } catch {
      return false // a container's /dev/shm may be small
    }
  }

  /** What `pass` of the other side was given. @throws Error when the file is shorter than it said */
  take(tensors: Tensors): Tensors {
    let end = 0
    const taken: Record<string, Tensor> = {}
    for (const [name, tensor] of Object.entries(tensors as Record<string, Tensor | Passed>)) {
      if (!isPassed(tensor)) {
        taken[name] = tensor
        continue
      }
      const { datatype, shape, at } = tensor
      const data = allocate(datatype, elementsOf(shape))
      const bytes = bytesOf(data)
      if (readSync(this.fd, bytes, 0, bytes.length, at) !== bytes.length)
        throw new Error('The memory shared with an executor is shorter than was said.')
      taken[name] = { datatype, shape, data }
      end = Math.max(end, at + bytes.length)
    }
    if (end > KEPT_BYTES) ftruncateSync(this.fd, KEPT_BYTES)
    return taken
  }

  close(): void {
    if (this.#open) closeSync(this.fd)
    this.#open = false
  }
}

let opened = 0

/** A new file; undefined where the system has none in memory. */
export function openSharedTensors(folder = FOLDER): SharedTensors | undefined {
  opened += 1
  const path = join(folder, `nearside-${process.pid}-${opened}`)
  try {
    const fd = openSync(path, 'wx+', 0o600)
    unlinkSync(path)
    return new SharedTensors(fd)
  } catch {
    return undefined
  }
}

/** What an executor must find in its environment; always set, since an agent may be a child itself. */
export function sharedEnvironment(number: number | undefined): Readonly<Record<string, string>> {
  return { [VARIABLE]: number === undefined ? '' : String(number) }
}

/** The file that this process has inherited. */
export function inheritedTensors(environment = process.env): SharedTensors | undefined {
  const number = environment[VARIABLE]
  return number ? new SharedTensors(Number(number)) : undefined
}

type Message = ToExecutor | FromExecutor

function changed<T extends Message>(message: T, change: (tensors: Tensors) => Tensors): T {
  if (message.type === 'run' && message.work.kind === 'tensors')
    return { ...message, work: { ...message.work, inputs: change(message.work.inputs) } }
  if (message.type === 'done' && message.result.kind === 'tensors')
    return { ...message, result: { ...message.result, outputs: change(message.result.outputs) } }
  return message
}

/** A message as it is sent. */
export function packed<T extends Message>(message: T, shared: SharedTensors | undefined): T {
  return shared ? changed(message, (tensors) => shared.pass(tensors)) : message
}

/** A message as it was before it was sent; undefined when its tensors are not there. */
export function unpacked<T extends Message>(
  message: T,
  shared: SharedTensors | undefined
): T | undefined {
  try {
    return shared ? changed(message, (tensors) => shared.take(tensors)) : message
  } catch {
    return undefined
  }
}
