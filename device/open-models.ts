// The models of the device at its start: those that ship, and over them those that a rollout installed. An
// installed one that cannot be trusted any more gives way to the version before it.

import type { Logger } from '../kernel/logger.ts'
import { BUILTIN_MODELS, findBundles, loadTrustedKeys, trustedKeyFolders } from '../models/index.ts'
import { ModelPool, registerBuiltin } from './inference/index.ts'
import { type BuiltinBundle, currentBundles, restorePrevious } from './installs/index.ts'

export interface Models {
  readonly pool: ModelPool
  readonly builtins: readonly BuiltinBundle[]
}

interface ModelOptions {
  readonly home: string
  readonly logger: Logger
  readonly onChange: () => void
}

export async function openModels({ home, logger, onChange }: ModelOptions): Promise<Models> {
  const trustedKeys = () => loadTrustedKeys(trustedKeyFolders(home))
  const pool = new ModelPool({ trustedKeys, onChange })
  await registerBuiltin(pool, logger)
  const builtins = (await findBundles(BUILTIN_MODELS)).map(({ name, version, dir }) => ({
    name,
    version,
    dir
  }))
  for (const bundle of await currentBundles(home, builtins)) {
    if (bundle.origin === 'builtin') continue
    try {
      await pool.register(bundle.dir, 'installed')
    } catch (error) {
      const restored = await restorePrevious(home, bundle.name)
      logger.error(
        { err: error, model: bundle.name, version: bundle.version, restored },
        'an installed model is left out'
      )
    }
  }
  return { pool, builtins }
}
