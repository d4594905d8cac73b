// The built pages as they are served: every gzip form is its file, and the kiosk keeps to its weight.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { test } from 'tap'
import { weighPage } from '../../ui/page-weight.ts'

const DIST = join(import.meta.dirname, '..', '..', 'ui', 'dist')
const ASSETS = join(DIST, 'assets')

test('each gzip form unpacks to the file beside it', async (t) => {
  const packed = readdirSync(ASSETS).filter((name) => name.endsWith('.gz'))
  t.ok(packed.length > 5)
  for (const name of packed) {
    const plain = readFileSync(join(ASSETS, name.slice(0, -3)))
    t.ok(gunzipSync(readFileSync(join(ASSETS, name))).equals(plain), name)
    t.notOk(
      plain.includes('__VITE_PRELOAD__'),
      `${name}: nothing is left for the bundler to fill in`
    )
  }
})

test('the pages keep to their weight', async (t) => {
  const budgets = { kiosk: 60_000, console: 120_000, workbench: 150_000 }
  for (const [page, bytes] of Object.entries(budgets))
    t.ok(weighPage(DIST, page).firstLoad <= bytes, page)
})
