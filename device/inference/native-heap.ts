// Gives memory that the C library keeps for later back to the system: tensors and bodies come and go in all
// sizes, and their holes stay with the process. Touches no pointer; where the call is missing it does nothing.

type Trim = (keepBytes: number) => Promise<unknown>

let trim: Trim | undefined

/**
 * Trims the heap in another thread; takes about 100 ms for a gigabyte (malloc_trim(3), glibc only).
 * @returns whether there was something to call
 */
export async function trimNativeHeap(): Promise<boolean> {
  if (process.platform !== 'linux') return false
  trim ??= await findTrim()
  await trim?.(0)
  return trim !== undefined
}

async function findTrim(): Promise<Trim | undefined> {
  try {
    const { default: koffi } = await import('koffi')
    const call = koffi.load('libc.so.6').func('malloc_trim', 'int', ['size_t'])
    return (keepBytes) => new Promise((resolve) => call.async(keepBytes, () => resolve(undefined)))
  } catch {
    return undefined // musl keeps less, and has no such call
  }
}
