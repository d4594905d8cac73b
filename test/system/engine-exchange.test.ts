// Engines from device to device through a real fleet: what is equal is taken, what is not is built, and nothing
// that was changed on the way is loaded. No GPU: libraries and golden checks answer as recorded.

import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import type { SharedEngine } from '../../contract/index.ts'
import { startFleet } from '../../fleet/index.ts'
import { engineDevice, recordedBundle } from '../harness/engine-device.ts'
import { eventually } from '../harness/fake-device.ts'

const newHome = (): Promise<string> => mkdtemp(join(tmpdir(), 'nearside-engines-fleet-'))
const quiet = { port: 0, mqttPort: 0, logLevel: 'silent' } as const
const until = (holds: () => boolean): Promise<unknown> =>
  eventually(
    async () => holds(),
    (held) => held
  )

async function listed(url: string): Promise<SharedEngine[]> {
  return (await (await fetch(`${url}/api/v1/engines`)).json()) as SharedEngine[]
}

test('an engine is built once for equal devices, and anew for another GPU', async (t) => {
  const home = await newHome()
  const fleet = await startFleet({ ...quiet, home })
  t.teardown(() => fleet.stop())
  const { bundle, builds } = await recordedBundle()
  const about = { fleet: fleet.url, bundles: [bundle] }
  const a = await engineDevice({ ...about, name: 'Press A' })
  t.teardown(() => a.stop())
  await a.engines.obtain(bundle)
  await until(() => a.seen.ready.length > 0)
  t.equal(await builds(), 1)
  const [shared] = await eventually(
    () => listed(fleet.url),
    ([engine]) => engine?.state === 'ready'
  )
  t.match(shared, { model: 'tiny', builder: 'press-a', computeCapability: '9.0', taken: 0 })

  const b = await engineDevice({ ...about, name: 'Press B' })
  t.teardown(() => b.stop())
  await b.engines.obtain(bundle)
  t.strictSame(b.seen.ready, ['tiny'])
  t.equal(await builds(), 1, 'nothing was built')
  t.equal(b.seen.proved.length, 1, 'it was proved here')
  const [own] = await a.store.list()
  const [taken] = await b.store.list()
  t.strictSame(taken?.record, own?.record)
  t.strictSame(
    await readFile(join(taken?.dir ?? '', 'graph_sm90.engine')),
    await readFile(join(own?.dir ?? '', 'graph_sm90.engine'))
  )
  t.match(taken && (await b.store.origin(taken)), { signatures: [{ keyid: 'press-a' }] })
  t.strictSame(b.seen.audit, ['engine-taken tiny A TensorRT engine built by press-a.'])

  const c = await engineDevice({ ...about, name: 'Press C', gpu: { computeCapability: '8.7' } })
  t.teardown(() => c.stop())
  await c.engines.obtain(bundle)
  await until(() => c.seen.ready.length > 0)
  t.equal(await builds(), 2)
  const both = await eventually(
    () => listed(fleet.url),
    (engines) => engines.filter(({ state }) => state === 'ready').length === 2
  )
  t.strictSame(both.map(({ builder }) => builder).sort(), ['press-a', 'press-c'])
  t.equal(both.find(({ builder }) => builder === 'press-a')?.taken, 1)
})
