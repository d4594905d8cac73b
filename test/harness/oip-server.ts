// A device's inference door with real tiny models behind it: REST, and gRPC where it is asked for.

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  addOipRoutes,
  type InferDoor,
  openInferDoor,
  type ServingLimits,
  servingLimits
} from '../../device/http/index.ts'
import { type InferenceSettings, ModelPool } from '../../device/inference/index.ts'
import { type Clock, systemClock } from '../../kernel/clock.ts'
import { createHttpApp, type HttpApp, listen } from '../../kernel/http-server.ts'
import { createLogger } from '../../kernel/logger.ts'
import { type EchoType, writeEchoBundle } from './echo-bundle.ts'
import { type TestKey, testKey, writeTinyBundle } from './tiny-model.ts'

export interface OipServer {
  readonly url: string
  readonly app: HttpApp
  readonly door: InferDoor
  readonly pool: ModelPool
  /** Signs more bundles that it trusts. */
  readonly key: TestKey
  close(): Promise<void>
}

interface OipOptions {
  readonly limits?: Partial<ServingLimits>
  readonly settings?: Partial<InferenceSettings>
  readonly clock?: Clock
  readonly ready?: () => string | null
  readonly maxConnections?: number
}

/** Every datatype but the halves, which JSON cannot hold. */
export const JSON_TYPES: readonly EchoType[] = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP32',
  'FP64'
]

/**
 * Serves `tiny` (y = 2x, which spins on request), `echo` (one FP32 tensor), `types` (one of each that JSON
 * holds) and `half` (FP16).
 */
export async function openOipServer(options: OipOptions = {}): Promise<OipServer> {
  const key = testKey()
  const folder = await mkdtemp(join(tmpdir(), 'nearside-oip-'))
  const at = (name: string): string => join(folder, name)
  await writeTinyBundle({ dir: at('tiny'), key, scale: 2 })
  const echo = (name: string, types: readonly EchoType[]) =>
    writeEchoBundle({ dir: at(name), key, name, types, maxBatch: 1024 })
  await echo('echo', ['FP32'])
  await echo('types', JSON_TYPES)
  await echo('half', ['FP16'])
  const settings = { shell: 'thread' as const, threads: 1, ...options.settings }
  const pool = new ModelPool({ trustedKeys: [key.trusted], settings, nvidia: false })
  for (const name of ['tiny', 'echo', 'types', 'half']) await pool.register(at(name), 'builtin')
  const app = await createHttpApp({
    title: 'Test',
    version: '0.0.0',
    logger: createLogger({ name: 'test', level: 'silent' }),
    ...(options.maxConnections === undefined ? {} : { maxConnections: options.maxConnections })
  })
  const limits = { ...servingLimits(64 * 1024 * 1024), ...options.limits }
  const door = openInferDoor({
    serving: pool,
    limits,
    clock: options.clock ?? systemClock
  })
  await addOipRoutes(app, door, options.ready ?? (() => null))
  const url = await listen(app, { host: '127.0.0.1', port: 0 })
  return {
    ...{ url, app, door, pool, key },
    close: async () => {
      await app.close()
      await pool.close()
    }
  }
}
