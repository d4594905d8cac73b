// Bundles cut into parts by the product's own code and signed, for tests of models that are served in parts.

import { openTensorExecutor, type Tensors, tensorFrom } from '../../device/inference/index.ts'
import { readBundle, signManifest, splitBundle } from '../../models/index.ts'
import type { TestKey } from './tiny-model.ts'

interface SplitOptions {
  /** Folder of the bundle in one piece. */
  readonly dir: string
  /** New folder. */
  readonly out: string
  readonly parts: number
  readonly key: TestKey
}

/** Proves parts against the whole in real executors. */
export const SPLIT_OPENER = {
  open: async (from: string, file: string) => {
    const executor = await openTensorExecutor({ dir: from, file })
    return {
      run: async (inputs: Tensors) => (await executor.run(inputs)).outputs,
      close: () => executor.close()
    }
  },
  tensor: tensorFrom
}

/** Cuts by operations, proves the parts against the whole, and signs. */
export async function writeSplitBundle({ dir, out, parts, key }: SplitOptions): Promise<string> {
  await splitBundle({
    ...{ bundle: await readBundle(dir), out, parts, by: 'time' },
    opener: SPLIT_OPENER
  })
  await signManifest(out, key.privateKey)
  return out
}
