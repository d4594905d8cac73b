import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { type InstallReport, NearsideError } from '../../contract/index.ts'
import { key, setUpInstalls, steps, temporary } from '../../test/harness/install-setup.ts'
import { publish } from '../../test/harness/published-bundle.ts'
import { currentBundle, currentBundles, modelPaths, restorePrevious } from './index.ts'

test('a new version is downloaded, checked, activated and current, step by step', async (t) => {
  const device = await setUpInstalls(t)
  const { installs, server, home, builtins, reports } = device
  const next = await publish(server, { key, version: '1.0.1', scale: 2 })
  t.equal(await device.current(), '1.0.0')
  installs.start()
  t.equal(installs.desire(device.desire(1, next.model)), true)
  t.equal(installs.finishedGen, 0)
  await installs.idle()
  t.same(steps(reports), [
    'offered',
    'downloading',
    'verifying',
    'golden',
    'switching',
    'committed'
  ])
  t.ok(reports.some(({ progress, step }) => step === 'downloading' && progress > 0 && progress < 1))
  t.match(installs.reports(), [
    { gen: 1, step: 'committed', progress: 1, code: null, rollout: 'rollout-1' }
  ])
  t.equal(installs.finishedGen, 1)
  t.match(await currentBundles(home, builtins), [
    { name: 'tiny', version: '1.0.1', origin: 'installed', previousVersion: '1.0.0' }
  ])
  t.same(readdirSync(join(home, 'device/models')), ['tiny'], 'no blobs are left')

  const third = await publish(server, { key, version: '1.0.2', scale: 3 })
  installs.desire(device.desire(2, third.model))
  await installs.idle()
  const fourth = await publish(server, { key, version: '1.0.3', scale: 4 })
  installs.desire(device.desire(3, fourth.model))
  await installs.idle()
  t.same(device.activated, ['1.0.1', '1.0.2', '1.0.3'])
  t.same(readdirSync(join(home, 'device/models/tiny')).sort(), ['1.0.2', '1.0.3', 'current.json'])

  t.equal(installs.desire(device.desire(3, fourth.model)), false, 'finished: never run again')
  t.equal(installs.desire(device.desire(2, third.model)), false, 'an older wish is no wish')
  const restarted = device.make()
  restarted.start()
  await restarted.idle()
  t.equal(device.activated.length, 3)
  t.equal(restarted.reports().length, 3)
  t.equal(await restorePrevious(home, 'tiny'), '1.0.2')
  t.equal(await device.current(), '1.0.2')
  t.equal(await restorePrevious(home, 'tiny'), undefined)
  t.equal(await restorePrevious(home, 'unknown'), undefined)
})

test('going back needs no download: to the builtin version, and to the previous one', async (t) => {
  const device = await setUpInstalls(t)
  const { installs, server, home } = device
  const next = await publish(server, { key, version: '1.0.1', scale: 2 })
  installs.start()
  installs.desire(device.desire(1, next.model))
  await installs.idle()
  const before = server.requests.length
  installs.desire(device.desire(2, device.builtin.model))
  await installs.idle()
  t.equal(await device.current(), '1.0.0')
  t.match(await currentBundle(home, 'tiny', device.builtins), {
    origin: 'builtin',
    dir: device.builtin.dir
  })
  installs.desire(device.desire(3, next.model))
  await installs.idle()
  t.equal(await device.current(), '1.0.1')
  t.equal(server.requests.length, before)
  installs.desire(device.desire(4, device.builtin.model))
  await installs.idle()
  appendFileSync(join(modelPaths(home).version('tiny', '1.0.1'), 'golden.json'), ' ')
  installs.desire(device.desire(5, next.model))
  await installs.idle()
  t.ok(server.requests.length > before, 'a version that was damaged meanwhile is fetched again')
  t.equal(await device.current(), '1.0.1')
  installs.desire(device.desire(6, next.model))
  await installs.idle()
  t.match(installs.reports().at(-1), { step: 'committed', reason: /is the current one/ })
  t.same(device.activated, ['1.0.1', '1.0.0', '1.0.1', '1.0.0', '1.0.1'])
})

test('a newer wish takes the place of one that still downloads', async (t) => {
  const device = await setUpInstalls(t)
  const { installs, server, reports } = device
  const slow = await publish(server, { key, version: '1.0.1', scale: 2 })
  const next = await publish(server, { key, version: '1.0.2', scale: 3 })
  const shared = new Set(next.model.files.map(({ sha256 }) => sha256))
  const own = slow.model.files.filter(({ sha256 }) => !shared.has(sha256))
  server.answer = (request, response) => {
    if (!own.some(({ sha256 }) => request.url?.endsWith(sha256))) return false
    response.writeHead(503).end()
    return true
  }
  installs.start()
  const waiting = new Promise<void>((resolve) =>
    installs.events.on('changed', ([report]) => {
      if (report?.reason.includes('Tries again')) resolve()
    })
  )
  installs.desire(device.desire(1, slow.model))
  await waiting
  installs.desire(device.desire(2, next.model))
  await installs.idle()
  t.match(installs.reports(), [
    { gen: 1, step: 'superseded', reason: /Generation 2/ },
    { gen: 2, step: 'committed' }
  ])
  t.equal(await device.current(), '1.0.2')
  t.match(
    reports.find(({ reason }) => reason.includes('Tries again')),
    { reason: /status 503/ }
  )
  t.same(device.activated, ['1.0.2'])
})

test('a wish that comes while the device is off is met at its start; stopping ends a download cleanly', async (t) => {
  const device = await setUpInstalls(t)
  const { installs, server } = device
  const next = await publish(server, { key, version: '1.0.1', scale: 2 })
  server.answer = (_request, response) => Boolean(response.writeHead(500).end())
  installs.desire(device.desire(1, next.model))
  t.same(installs.reports(), [])
  const waiting = new Promise<void>((resolve) =>
    installs.events.on('changed', ([report]) => {
      if (report?.reason.includes('Tries again')) resolve()
    })
  )
  installs.start()
  await waiting
  await installs.stop()
  t.match(installs.reports(), [{ step: 'downloading' }])
  server.answer = () => false
  const again = device.make()
  again.start()
  await again.idle()
  t.equal(await device.current(), '1.0.1')
  const third = await publish(server, { key, version: '1.0.2', scale: 3 })
  device.journal.accept(device.desire(2, third.model))
  device.journal.write({ ...(again.reports()[0] as InstallReport), gen: 2, step: 'golden' })
  device.journal.accept(device.desire(3, third.model)) // crashed before the old one was closed
  const last = device.make()
  last.start()
  await last.idle()
  t.same(
    last.reports().map(({ step }) => step),
    ['committed', 'superseded', 'committed']
  )
})

test('a journal that cannot be written is told, and the work goes on at the next start', async (t) => {
  const device = await setUpInstalls(t)
  const next = await publish(device.server, { key, version: '1.0.1', scale: 2 })
  const failures: unknown[] = []
  device.installs.events.on('failed', (error) => failures.push(error))
  device.journal.accept(device.desire(1, next.model))
  const write = device.journal.write.bind(device.journal)
  device.journal.write = () => {
    throw new NearsideError('NS_STORAGE_FULL', 'The disk is full.')
  }
  device.installs.start()
  await device.installs.idle()
  t.match(failures, [{ code: 'NS_STORAGE_FULL' }])
  device.journal.write = write
  const again = device.make()
  again.start()
  await again.idle()
  t.equal(await device.current(), '1.0.1')
})

test('what is current falls back to what can be read', async (t) => {
  const device = await setUpInstalls(t)
  const { home, builtins } = device
  const next = await publish(device.server, { key, version: '1.0.1', scale: 2 })
  device.installs.start()
  device.installs.desire(device.desire(1, next.model))
  await device.installs.idle()
  const paths = modelPaths(home)
  const text = readFileSync(paths.slots('tiny'), 'utf8')
  rmSync(paths.version('tiny', '1.0.1'), { recursive: true })
  t.equal(await device.current(), '1.0.0', 'the folder is gone: the previous one')
  writeFileSync(paths.slots('tiny'), '{ damaged')
  t.equal(await device.current(), '1.0.0', 'the note is damaged: the one that ships')
  writeFileSync(paths.slots('tiny'), text)
  t.equal(await currentBundle(home, 'unknown', builtins), undefined)
  const gone = [{ name: 'lost', version: '1.0.0', dir: join(home, 'nowhere') }]
  t.same(
    (await currentBundles(home, [...builtins, ...gone])).map(({ name }) => name),
    ['tiny']
  )
  t.same(await currentBundles(temporary(), []), [])
  t.notOk(existsSync(paths.candidate('tiny')))
})

test('a model that the device did not have before is installed too', async (t) => {
  const device = await setUpInstalls(t)
  const fresh = await publish(device.server, { key, name: 'fresh', version: '2.0.0' })
  device.installs.start()
  device.installs.desire(device.desire(1, fresh.model))
  await device.installs.idle()
  t.match(await currentBundle(device.home, 'fresh', []), {
    version: '2.0.0',
    previousVersion: null
  })
})
