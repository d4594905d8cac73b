// ONNX Runtime's table of functions, called by name, and what its answers say of tensors (reference:
// onnxruntime_c_api.h, an append-only table; positions are those of version 11).

import koffi from 'koffi'
import { memoryAt, P, typesOf } from './native-library.ts'
import { CALLS, type CallName, TABLE_LENGTH } from './ort-calls.ts'
import { ELEMENT_TYPES, numericTypeOf } from './ort-constants.ts'
import { type NativeTensor, OrtFailure, type Pointer } from './ort-port.ts'
import { elementsOf, type NumericType } from './tensor-arrays.ts'

type Native = (...args: readonly unknown[]) => unknown

/** The table of functions, decoded when first used. */
export class Table {
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
export function describe(table: Table, info: Pointer): { datatype?: NumericType; shape: number[] } {
  const datatype = numericTypeOf(table.count('elementType', info))
  const rank = table.count('rank', info)
  const dims = new BigInt64Array(rank)
  if (rank > 0) table.must('dimensions', info, dims, rank)
  const shape = [...dims].map(Number)
  return datatype ? { datatype, shape } : { shape }
}

/** A tensor whose memory the library owns. */
export function tensorOf(table: Table, value: Pointer): NativeTensor {
  const info = table.make('tensorInfoOfValue', value)
  try {
    const { datatype, shape } = describe(table, info)
    if (!datatype) throw new OrtFailure(0, 'a tensor is of a type that cannot be carried')
    const size = elementsOf(shape) * ELEMENT_TYPES[datatype].bytes
    const data = size > 0 ? table.make('tensorData', value) : 0n
    const bytes = memoryAt(data, size)
    return { value, datatype, shape, bytes, release: () => table.call('releaseValue', value) }
  } finally {
    table.call('releaseTensorInfo', info)
  }
}
