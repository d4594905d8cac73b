// A model update as a fleet operator makes it: signed on the spot, rolled out by the command, refused with the
// reason when anything is wrong, while the device goes on serving.

import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import type { DeviceModels, FleetOverview, Job, RolloutDetail } from '../../contract/index.ts'
import {
  getJson,
  newHome,
  postJson,
  runNearside,
  startUp,
  type Up,
  until
} from '../harness/nearside-process.ts'

const SHIPPED = join(
  import.meta.dirname,
  '..',
  '..',
  'models',
  'quantized',
  'sentence-roles',
  '1.0.0'
)
const SENTENCES =
  'We set out to compare two filters. Forty pumps were watched for a year. The new filter lasted 31 % longer (p < 0.01). It should replace the old one.'

interface Workshop {
  readonly up: Up
  readonly folder: string
  readonly key: string
}

async function sign({ folder, key }: Workshop, version: string, from = SHIPPED): Promise<string> {
  const out = join(folder, version)
  const signed = await runNearside([
    'models',
    'sign',
    from,
    '--key',
    key,
    '--version',
    version,
    '--out',
    out
  ])
  if (signed.code !== 0) throw new Error(signed.stderr)
  return out
}

function rollOut({ up }: Workshop, bundle: string): ReturnType<typeof runNearside> {
  return runNearside([
    'rollout',
    'create',
    '--bundle',
    bundle,
    '--fleet',
    up.console,
    '--wait',
    '--json'
  ])
}

async function serving({ up }: Workshop): Promise<string | undefined> {
  const { models } = await getJson<DeviceModels>(`${up.device}/api/v1/models`)
  return models.find((model) => model.name === 'sentence-roles')?.version
}

/** Jobs one after the other, until told to stop; every one of them must succeed. */
function load({ up }: Workshop): { stop(): Promise<Job[]> } {
  let stopping = false
  const running = (async () => {
    const done: Job[] = []
    while (!stopping) {
      const texts = [1, 2, 3].map((n) => ({ name: `note-${n}.txt`, text: SENTENCES }))
      const { body } = await postJson<Job>(`${up.device}/api/v1/jobs`, { kind: 'text', texts })
      const ended = await until(
        up.device,
        () => getJson<Job>(`${up.device}/api/v1/jobs/${body.id}`),
        (job) => job.endedAt !== null
      )
      done.push(ended)
    }
    return done
  })()
  return {
    stop: () => {
      stopping = true
      return running
    }
  }
}

test('a version signed on the spot takes over under load, and everything wrong is refused', async (t) => {
  const up = await startUp()
  t.teardown(() => up.stop())
  const shop: Workshop = {
    up,
    folder: newHome(),
    key: join(up.home, 'release-key', 'release.key.pem')
  }
  const jobs = load(shop)

  const good = await rollOut(shop, await sign(shop, '1.0.1'))
  t.equal(good.code, 0, good.stderr)
  t.match(JSON.parse(good.stdout), {
    state: 'finished',
    version: '1.0.1',
    devices: [{ state: 'committed', previousVersion: '1.0.0' }]
  })
  t.equal(await serving(shop), '1.0.1')

  await t.test('an unknown key', async (t) => {
    await runNearside(['models', 'keygen', '--out', join(shop.folder, 'stranger')])
    const stranger = { ...shop, key: join(shop.folder, 'stranger', 'release.key.pem') }
    const refused = await rollOut(shop, await sign(stranger, '1.0.2'))
    t.equal(refused.code, 2)
    t.match(JSON.parse(refused.stdout), {
      state: 'failed',
      devices: [{ state: 'rejected', code: 'NS_BUNDLE_KEY_UNKNOWN', reason: /not trusted/ }]
    })
  })

  await t.test('golden outputs that do not come out', async (t) => {
    const wrong = join(shop.folder, 'wrong')
    cpSync(SHIPPED, wrong, { recursive: true })
    const golden = JSON.parse(readFileSync(join(wrong, 'golden.json'), 'utf8')) as {
      cases: { outputs: Record<string, { data: number[] }> }[]
    }
    for (const { outputs } of golden.cases)
      for (const output of Object.values(outputs)) output.data.reverse()
    writeFileSync(join(wrong, 'golden.json'), JSON.stringify(golden))
    await runNearside(['models', 'sign', wrong, '--key', shop.key]) // brings the digests up to date
    const refused = await rollOut(shop, await sign(shop, '1.0.3', wrong))
    t.equal(refused.code, 2)
    t.match(JSON.parse(refused.stdout), {
      devices: [{ state: 'rejected', code: 'NS_GOLDEN_MISMATCH' }]
    })
  })

  await t.test('one byte changed before it is published', async (t) => {
    const bundle = await sign(shop, '1.0.4')
    flipByte(join(bundle, 'model.int8.onnx'))
    const refused = await rollOut(shop, bundle)
    t.equal(refused.code, 2)
    t.match(
      refused.stderr,
      'model.int8.onnx: sha256 differs from the manifest; install the bundle again.'
    )
  })

  await t.test('one byte changed in the store of the fleet', async (t) => {
    const bundle = await sign(shop, '1.0.5')
    const manifest = JSON.parse(readFileSync(join(bundle, 'manifest.json'), 'utf8')) as {
      files: { path: string; sha256: string }[]
    }
    const card = manifest.files.find((file) => file.path === 'CARD.md')?.sha256 ?? ''
    writeFileSync(
      join(bundle, 'CARD.md'),
      `${readFileSync(join(bundle, 'CARD.md'), 'utf8')}\nOur own.\n`
    )
    await runNearside(['models', 'sign', bundle, '--key', shop.key])
    const again = JSON.parse(readFileSync(join(bundle, 'manifest.json'), 'utf8')) as typeof manifest
    const own = again.files.find((file) => file.path === 'CARD.md')?.sha256 ?? ''
    t.not(own, card)
    const published = await runNearside([
      'rollout',
      'create',
      '--bundle',
      bundle,
      '--device',
      'nobody',
      '--fleet',
      up.console
    ])
    t.equal(published.code, 2) // no such device; the bundle is in the registry now
    flipByte(join(up.home, 'fleet', 'blobs', own.slice(0, 2), own))
    const refused = await runNearside([
      'rollout',
      'create',
      'sentence-roles@1.0.5',
      '--fleet',
      up.console,
      '--wait',
      '--json'
    ])
    t.equal(refused.code, 2)
    const { id, devices } = JSON.parse(refused.stdout) as RolloutDetail
    t.match(devices, [{ state: 'rejected', reason: /\w+/ }])
    const { attention } = await getJson<FleetOverview>(`${up.console}/api/v1/overview`)
    t.ok(
      attention.some((item) => item.action.href.includes(id)),
      'the console shows the refusal'
    )
  })

  t.equal(await serving(shop), '1.0.1', 'the old version kept serving')
  const ended = await jobs.stop()
  t.ok(ended.length > 2)
  t.same(
    ended.filter((job) => job.state !== 'done' || job.progress.failed > 0),
    [],
    'not one request failed'
  )

  const back = await runNearside([
    'rollout',
    'create',
    '--bundle',
    SHIPPED,
    '--fleet',
    up.console,
    '--wait',
    '--json'
  ])
  t.equal(back.code, 0, back.stderr)
  t.equal(await serving(shop), '1.0.0', 'an older version is a legal target')
})

function flipByte(path: string): void {
  const bytes = readFileSync(path)
  const middle = Math.floor(bytes.length / 2)
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  writeFileSync(path, bytes)
}
