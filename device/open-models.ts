// The models of the device at its start: those that ship, and over them those that a rollout installed. An
// installed one that cannot be trusted any more gives way to the version before it.

import { join } from 'node:path'
import { toNearsideError } from '../contract/index.ts'
import type { Logger } from '../kernel/logger.ts'
import { BUILTIN_MODELS, findBundles, loadTrustedKeys, trustedKeyFolders } from '../models/index.ts'
import {
  EngineStore,
  LadderCache,
  ModelEngines,
  ModelPool,
  RemoteSettings,
  readRungFacts,
  registerBuiltin
} from './inference/index.ts'
import {
  type BuiltinBundle,
  type CurrentBundle,
  currentBundle,
  currentBundles,
  restorePrevious
} from './installs/index.ts'
import { removeOrphans } from './orphan-engines.ts'

export interface Models {
  readonly pool: ModelPool
  readonly engines: ModelEngines
  readonly engineStore: EngineStore
  readonly builtins: readonly BuiltinBundle[]
  /** The servers that models are sent to. */
  readonly remotes: RemoteSettings
}

interface ModelOptions {
  readonly home: string
  readonly logger: Logger
  readonly onChange: () => void
}

interface Registering {
  readonly pool: ModelPool
  readonly home: string
  readonly builtins: readonly BuiltinBundle[]
  readonly logger: Logger
}

/** Registers an installed model, or the version before it, or says to whoever asks for it why it is not there. */
async function registerInstalled(bundle: CurrentBundle, options: Registering): Promise<void> {
  const { pool, home, builtins, logger } = options
  const { name, version, dir } = bundle
  try {
    await pool.register(dir, 'installed')
  } catch (error) {
    const restored = await restorePrevious(home, name)
    logger.error({ err: error, model: name, version, restored }, 'an installed model is left out')
    pool.leaveOut(name, toNearsideError(error).message)
    const back = restored === undefined ? undefined : await currentBundle(home, name, builtins)
    if (back?.origin === 'installed') await registerInstalled(back, options)
  }
}

export async function openModels({ home, logger, onChange }: ModelOptions): Promise<Models> {
  const trustedKeys = () => loadTrustedKeys(trustedKeyFolders(home))
  const folder = join(home, 'device')
  const store = new EngineStore({ folder: join(folder, 'engines') })
  await store.open()
  const engines = new ModelEngines({
    store,
    facts: readRungFacts,
    onChange,
    onReady: (model) => pool.climbAgain(model)
  })
  const remotes = await RemoteSettings.open(join(folder, 'remote-models.json'), logger)
  const pool: ModelPool = new ModelPool({
    trustedKeys,
    onChange,
    remote: (model) => remotes.get(model),
    ladder: {
      facts: readRungFacts,
      cache: new LadderCache(join(folder, 'ladder'), logger),
      engine: (bundle, variant) => engines.find(bundle, variant),
      onMissingEngine: (bundle) => {
        engines.obtain(bundle).catch((error: unknown) => {
          const { code, message: sentence } = toNearsideError(error)
          logger.warn({ code, sentence }, 'an engine is not built')
        })
      }
    }
  })
  await registerBuiltin(pool, logger)
  const builtins = (await findBundles(BUILTIN_MODELS)).map(({ name, version, dir }) => ({
    name,
    version,
    dir
  }))
  for (const bundle of await currentBundles(home, builtins)) {
    if (bundle.origin === 'installed')
      await registerInstalled(bundle, { pool, home, builtins, logger })
  }
  await removeOrphans({ home, store, builtins })
  return { pool, engines, engineStore: store, builtins, remotes }
}
