// The models of a device at its start, when installed ones are damaged: the version before takes over, and where
// there is none, whoever asks for the model hears why.

import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createLogger } from '../kernel/logger.ts'
import { type TestKey, testKey, writeTinyBundle } from '../test/harness/tiny-model.ts'
import { openModels } from './open-models.ts'

interface Installed {
  readonly home: string
  readonly key: TestKey
  readonly name: string
  readonly versions: readonly string[]
}

/** Installs versions of a model, the newest first. */
async function install({ home, key, name, versions }: Installed): Promise<void> {
  const folder = join(home, 'device', 'models', name)
  const slots = []
  for (const version of versions) {
    const dir = join(folder, version)
    await writeTinyBundle({ dir, key, name, version })
    const manifest = await readFile(join(dir, 'manifest.json'))
    const manifestSha256 = createHash('sha256').update(manifest).digest('hex')
    slots.push({ version, manifestSha256, origin: 'installed' })
  }
  const [current, previous = null] = slots
  await writeFile(join(folder, 'current.json'), JSON.stringify({ current, previous }))
}

async function trusting(t: Test): Promise<{ readonly home: string; readonly key: TestKey }> {
  const home = t.testdir()
  const key = testKey()
  const keys = join(home, 'device', 'trusted-keys')
  await mkdir(keys, { recursive: true })
  await writeFile(join(keys, 'test.pem'), key.trusted.key.export({ type: 'spki', format: 'pem' }))
  return { home, key }
}

t.test(
  'a damaged model gives way to the version before it, or says why it is not there',
  async (t) => {
    const { home, key } = await trusting(t)
    await install({ home, key, name: 'both', versions: ['1.0.1', '1.0.0'] })
    await install({ home, key, name: 'lone', versions: ['1.0.0'] })
    await install({ home, key, name: 'gone', versions: ['1.0.1', '1.0.0'] })
    for (const path of ['both/1.0.1', 'lone/1.0.0', 'gone/1.0.1', 'gone/1.0.0'])
      await writeFile(join(home, 'device', 'models', path, 'CARD.md'), 'changed')
    const logger = createLogger({ name: 'test', level: 'silent' })
    const { pool } = await openModels({ home, logger, onChange: () => undefined })
    t.teardown(() => pool.close())
    t.equal(pool.manifest('both').version, '1.0.0')
    for (const name of ['lone', 'gone'])
      t.throws(() => pool.manifest(name), {
        code: 'NS_MODEL_UNKNOWN',
        message: `The model ${name} was left out: CARD.md: sha256 differs from the manifest; install the bundle again.`
      })
    t.ok(pool.names().includes('sentence-roles'), 'others are there')
  }
)
