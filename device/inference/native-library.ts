// Native libraries by foreign function calls: loads each once and says which types results written through a
// pointer have. A wrong pointer ends the process, so whatever uses it is loaded in child processes only.

import koffi from 'koffi'

/** A pointer, and results written through the last argument: a pointer, an int, a size_t. */
export const P = 'void *'
export const OUT = 'out void *'
export const OUT_INT = 'out int'
export const OUT_SIZE = 'out size_t'

const OUTS: Readonly<Record<string, string>> = {
  [OUT]: 'void *',
  [OUT_INT]: 'int',
  [OUT_SIZE]: 'size_t'
}

// ONNX Runtime's GPU providers overflow koffi's own stack of 128 KiB, and an engine build needs more than its
// 2 MiB for certain models. This must come before the first library is loaded, or koffi refuses it.
koffi.config({ sync_stack_size: 8 << 20, async_stack_size: 8 << 20 })

/** Loaded libraries: koffi closes one whose handle is collected, under the feet of its decoded functions. */
const libraries = new Map<string, ReturnType<typeof koffi.load>>()

/** @throws the loader's own words when there is no such library */
export function loadLibrary(path: string): ReturnType<typeof koffi.load> {
  const library = libraries.get(path) ?? koffi.load(path)
  libraries.set(path, library)
  return library
}

/** Argument types as koffi takes them. */
export function typesOf(args: readonly string[]) {
  return args.map((arg) => {
    const inner = OUTS[arg]
    return inner ? koffi.out(koffi.pointer(inner)) : arg
  })
}

/** The memory itself at an address, not a copy. */
export function memoryAt(address: bigint, bytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes > 0 ? koffi.view(address, bytes) : new ArrayBuffer(0))
}
