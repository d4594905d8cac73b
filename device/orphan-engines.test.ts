import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { testKey, writeTinyBundle } from '../test/harness/tiny-model.ts'
import { removeOrphans } from './orphan-engines.ts'

test('engines stay as long as a bundle on the device has their model file', async (t) => {
  const home = t.testdir()
  const key = testKey()
  const at = (folder: string, version: string): string => {
    const dir = join(home, folder, 'tiny', version)
    mkdirSync(dir, { recursive: true })
    return dir
  }
  const builtin = { name: 'tiny', version: '1.0.0', dir: at('builtin', '1.0.0') }
  const first = await writeTinyBundle({ dir: builtin.dir, key, scale: 1 })
  const installed = at('device/models', '1.1.0')
  const second = await writeTinyBundle({ dir: installed, key, scale: 3, version: '1.1.0' })
  const asked: string[][] = []
  const store = {
    keepModels: async (kept: ReadonlySet<string>) => {
      asked.push([...kept].sort())
      return 2
    }
  }
  const about = { home, store, builtins: [builtin] }
  t.equal(await removeOrphans(about), 2)
  const digests = [first, second].flatMap(({ variants }) => variants.map(({ sha256 }) => sha256))
  t.strictSame(asked, [digests.sort()])
  writeFileSync(join(installed, 'manifest.json'), '{')
  t.equal(await removeOrphans(about), 0, 'a manifest that cannot be read keeps everything')
  t.equal(asked.length, 1)
})
