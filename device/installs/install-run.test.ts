import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { type DesiredModel, type InstallReport, NearsideError } from '../../contract/index.ts'
import type { InstallTask } from '../../test/harness/install-process.ts'
import { key, setUpInstalls, temporary } from '../../test/harness/install-setup.ts'
import { settle } from '../../test/harness/manual-clock.ts'
import { publish } from '../../test/harness/published-bundle.ts'
import { testKey } from '../../test/harness/tiny-model.ts'
import { InstallJournal, openDeviceDatabase } from '../store/index.ts'
import { modelPaths } from './index.ts'

const nobody = testKey('nobody')

test('what is not right is refused with the reason, and the old version stays', async (t) => {
  const golden = new NearsideError('NS_GOLDEN_MISMATCH', 'The answers differ.')
  let failure: unknown
  const device = await setUpInstalls(t, {
    activate: async () => {
      if (failure) throw failure
    }
  })
  const { installs, server, home } = device
  installs.start()
  let gen = 0
  const refused = async (model: DesiredModel): Promise<InstallReport | undefined> => {
    gen += 1
    installs.desire(device.desire(gen, model))
    await installs.idle()
    t.equal(await device.current(), '1.0.0')
    t.same(
      readdirSync(join(home, 'device/models')).filter((name) => name !== 'tiny'),
      []
    )
    return installs.reports().at(-1)
  }
  const good = await publish(server, { key, version: '1.0.1', scale: 2 })
  const flip = (dir: string): void => appendFileSync(join(dir, 'golden.json'), ' ')
  const changed = await publish(server, { key, version: '1.0.1', scale: 2, spoil: flip })
  t.match(await refused(changed.model), { step: 'rejected', code: 'NS_BUNDLE_DIGEST' })
  const strange = await publish(server, { key: nobody, version: '1.0.1', scale: 2 })
  t.match(await refused(strange.model), { step: 'rejected', code: 'NS_BUNDLE_KEY_UNKNOWN' })
  const bare = {
    ...good.model,
    files: good.model.files.filter(({ path }) => path !== 'manifest.sig')
  }
  t.match(await refused(bare), { step: 'rejected', code: 'NS_BUNDLE_UNSIGNED' })
  const other = { ...good.model, manifestSha256: 'a'.repeat(64) }
  t.match(await refused(other), {
    step: 'rejected',
    code: 'NS_BUNDLE_DIGEST',
    reason: /manifest.json/
  })
  const renamed = { ...good.model, version: '9.9.9' }
  t.match(await refused(renamed), {
    step: 'rejected',
    code: 'NS_BUNDLE_INVALID',
    reason: /not that of tiny 9.9.9/
  })
  failure = golden
  t.match(await refused(good.model), {
    step: 'rejected',
    code: 'NS_GOLDEN_MISMATCH',
    reason: 'The answers differ.'
  })
  failure = new Error('segmentation fault')
  t.match(await refused(good.model), { step: 'failed', code: 'NS_INTERNAL' })
  failure = undefined
  gen += 1
  installs.desire(device.desire(gen, good.model))
  await installs.idle()
  t.equal(await device.current(), '1.0.1')
  const twin = await publish(server, { key, version: '1.0.1', scale: 5 })
  installs.desire(device.desire(gen + 1, twin.model))
  await installs.idle()
  t.match(installs.reports().at(-1), { step: 'rejected', code: 'NS_MODEL_EXISTS' })
  rmSync(device.builtin.dir, { recursive: true })
})

test('a shipped version that was changed on the disk is refused, not fetched', async (t) => {
  const device = await setUpInstalls(t)
  const next = await publish(device.server, { key, version: '1.0.1', scale: 2 })
  device.installs.start()
  device.installs.desire(device.desire(1, next.model))
  await device.installs.idle()
  appendFileSync(join(device.builtin.dir, 'golden.json'), ' ')
  device.installs.desire(device.desire(2, device.builtin.model))
  await device.installs.idle()
  t.match(device.installs.reports().at(-1), { step: 'rejected', code: 'NS_BUNDLE_DIGEST' })
  t.equal(await device.current(), '1.0.1')
})

test('files are fetched from the fleet of the device and from nowhere else', async (t) => {
  const device = await setUpInstalls(t)
  const next = await publish(device.server, { key, version: '1.0.1', scale: 2 })
  const elsewhere = `http://localhost:${device.server.port}/blobs`
  device.installs.start()
  device.installs.desire({ ...device.desire(1, next.model), blobs: elsewhere })
  await device.installs.idle()
  t.match(device.installs.reports(), [
    { step: 'failed', code: 'NS_LINK_REFUSED', reason: /localhost/ }
  ])
  t.equal(device.server.requests.length, 0)
})

test('too little space is said with figures, and nothing is fetched', async (t) => {
  const device = await setUpInstalls(t, { freeBytes: async () => 1000 })
  const next = await publish(device.server, { key, version: '1.0.1', scale: 2 })
  device.installs.start()
  device.installs.desire(device.desire(1, next.model))
  await device.installs.idle()
  t.match(device.installs.reports(), [
    {
      step: 'failed',
      code: 'NS_INSTALL_SPACE',
      reason: /needs 0\.0 MiB, but only 0\.0 MiB are free/
    }
  ])
  t.equal(device.server.requests.length, 0)
})

test('a version that takes the device down three times is given up, and so is an endless loop', async (t) => {
  const device = await setUpInstalls(t)
  const next = await publish(device.server, { key, version: '1.0.1', scale: 2 })
  const row: InstallReport = {
    gen: 1,
    rollout: 'r',
    model: 'tiny',
    version: '1.0.1',
    step: 'golden',
    progress: 1,
    code: null,
    reason: 'x',
    at: 1
  }
  device.journal.accept(device.desire(1, next.model))
  for (let n = 0; n < 3; n += 1) device.journal.write(row)
  device.installs.start()
  await device.installs.idle()
  t.match(device.installs.reports(), [
    { step: 'failed', code: 'NS_INSTALL_LOOP', reason: /3 times/ }
  ])
  t.same(device.activated, [])
  device.journal.accept(device.desire(2, next.model))
  for (let n = 0; n < 40; n += 1) device.journal.write({ ...row, gen: 2, step: 'offered' })
  const again = device.make()
  again.start()
  await again.idle()
  t.match(again.reports().at(-1), {
    gen: 2,
    step: 'failed',
    code: 'NS_INSTALL_LOOP',
    reason: /too often/
  })
})

// Forty processes start here: let them share what V8 made of the sources.
const env = { ...process.env, NODE_COMPILE_CACHE: join(temporary(), 'compile-cache') }

/** Runs the device process and returns what it printed and the signal that ended it. */
async function runProcess(task: InstallTask): Promise<{ lines: string[]; signal: string | null }> {
  const file = join(temporary(), 'task.json')
  writeFileSync(file, JSON.stringify(task))
  const script = join(import.meta.dirname, '../../test/harness/install-process.ts')
  const child = spawn(process.execPath, [script, file], {
    env,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const ended = once(child, 'close')
  const lines = (await child.stdout.toArray()).join('').trim().split('\n')
  const [, signal] = (await ended) as [number | null, string | null]
  return { lines, signal }
}

test('killed before and after every step, the device starts whole and finishes the install once', async (t) => {
  const { server, builtins, desire, home: shared } = await setUpInstalls(t)
  const next = await publish(server, { key, version: '1.0.1', scale: 2 })
  const keys = join(shared, 'keys')
  mkdirSync(keys)
  writeFileSync(join(keys, 'test.pem'), key.trusted.key.export({ type: 'spki', format: 'pem' }))
  const desired = desire(1, next.model)
  const task = (home: string, dieAt: number): InstallTask => ({
    home,
    desired,
    keys,
    builtins,
    dieAt
  })
  let points = 0
  const dieAndRecover = async (dieAt: number): Promise<void> => {
    const home = temporary()
    const first = await runProcess(task(home, dieAt))
    if (first.signal === null) {
      t.equal(first.lines.at(-1), 'end 1.0.1', 'a run that nobody kills ends well')
      return
    }
    points += 1
    const at = `killed at point ${dieAt} (${first.lines.at(-1)})`
    t.equal(first.signal, 'SIGKILL', at)
    const second = await runProcess(task(home, -1))
    t.match(second.lines[0], /^current 1\.0\.[01]$/, `${at}: a start finds a whole bundle`)
    t.equal(second.lines.at(-1), 'end 1.0.1', at)
    const all = [...first.lines, ...second.lines]
    t.equal(all.filter((line) => line === 'step committed').length, 1, `${at}: one final result`)
    const journal = new InstallJournal(openDeviceDatabase(home))
    t.match(journal.latest(), [{ gen: 1, step: 'committed' }], at)
    t.ok(journal.count(1, 'tiny') <= 13, `${at}: few rows`)
    t.same(
      readdirSync(join(home, 'device/models/tiny')).sort(),
      ['1.0.1', 'current.json'],
      `${at}: nothing half-made is left`
    )
    t.same(readdirSync(join(home, 'device/models')), ['tiny'])
  }
  const pending = Array.from({ length: 18 }, (_, dieAt) => dieAt)
  const worker = async (): Promise<void> => {
    for (let dieAt = pending.shift(); dieAt !== undefined; dieAt = pending.shift())
      await dieAndRecover(dieAt)
  }
  await Promise.all([worker(), worker(), worker()])
  t.equal(points, 16, 'every point was met')
})

test('killed in the middle of a download, it goes on where it stopped', async (t) => {
  const { server, builtins, desire, home } = await setUpInstalls(t)
  const big = (dir: string): void =>
    writeFileSync(join(dir, 'CARD.md'), Buffer.alloc(4_000_000, 65))
  const next = await publish(server, { key, version: '1.0.1', scale: 2, spoil: big })
  const card = next.model.files.find(({ path }) => path === 'CARD.md')
  const keys = join(home, 'keys')
  mkdirSync(keys)
  writeFileSync(join(keys, 'test.pem'), key.trusted.key.export({ type: 'spki', format: 'pem' }))
  const sha256 = card?.sha256 ?? ''
  const part = join(modelPaths(home).blobs, `${sha256}.part`)
  let half: (() => void) | undefined
  const isHalf = new Promise<void>((resolve) => {
    half = resolve
  })
  server.answer = (request, response) => {
    if (!request.url?.endsWith(sha256)) return false
    response.writeHead(200, { 'content-length': 4_000_000, etag: `"${sha256}"` })
    response.write(Buffer.alloc(2_000_000, 65), () => half?.())
    return true // and then nothing more comes
  }
  const file = join(home, 'task.json')
  const desired = desire(1, next.model)
  writeFileSync(file, JSON.stringify({ home, desired, keys, builtins, dieAt: -1 }))
  const script = join(import.meta.dirname, '../../test/harness/install-process.ts')
  const child = spawn(process.execPath, [script, file], { stdio: 'ignore' })
  await isHalf
  while (!existsSync(part) || statSync(part).size < 1_000_000) await settle()
  child.kill('SIGKILL')
  await once(child, 'close')
  const kept = statSync(part).size
  server.answer = () => false
  const { lines } = await runProcess({ home, desired, keys, builtins, dieAt: -1 })
  t.match(lines.at(-2), /rejected/, 'the spoilt card is found out by the signature')
  const resumed = server.requests.filter(({ range }) => range !== undefined)
  t.match(resumed, [{ path: `/blobs/${sha256}`, range: `bytes=${kept}-` }])
})
