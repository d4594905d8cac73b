// Which tensors a run of a session reads and writes, in memory of the host. A GPU's are in gpu-binding.ts.

import koffi from 'koffi'
import { P } from './native-library.ts'
import type { NativeBinding, NativeTensor, Pointer } from './ort-port.ts'
import { type Table, tensorOf } from './ort-table.ts'

/** A session with what belongs to it. */
export interface OpenSession {
  readonly table: Table
  readonly session: Pointer
  /** The library's own allocator of host memory; never released. */
  readonly host: Pointer
  readonly hostInfo: Pointer
}

/** Outputs of the last run in the order in which they were bound. */
export function boundOutputs({ table, host }: OpenSession, binding: Pointer): NativeTensor[] {
  const list: [Pointer | null] = [null]
  const count = [0]
  table.must('boundOutputs', binding, host, list, count)
  if (list[0] === null) return []
  const values: Pointer[] = koffi.decode(list[0], koffi.array(P, Number(count[0])))
  table.must('allocatorFree', host, list[0])
  return values.map((value) => tensorOf(table, value))
}

export function hostBinding(opened: OpenSession): NativeBinding {
  const { table, session, hostInfo } = opened
  const binding = table.make('createBinding', session)
  return {
    bindInput: (name, { value }) => table.must('bindInput', binding, name, value),
    bindOutput: (name, { value }) => table.must('bindOutput', binding, name, value),
    bindFreshOutput: (name) => table.must('bindOutputToDevice', binding, name, hostInfo),
    clearOutputs: () => void table.call('clearOutputs', binding),
    run: () => table.must('runWithBinding', session, null, binding),
    outputs: () => boundOutputs(opened, binding),
    release: () => void table.call('releaseBinding', binding)
  }
}
