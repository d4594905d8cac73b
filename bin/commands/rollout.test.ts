// nearside fleet and nearside rollout as a user runs them: processes, exit codes, sentences.

import { spawn } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import type { InstallReport, RolloutDetail } from '../../contract/index.ts'
import { FakeDevice } from '../../test/harness/fake-device.ts'
import { FleetProcess } from '../../test/harness/fleet-process.ts'
import { testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'

const MAIN = join(import.meta.dirname, '..', 'nearside.ts')
const home = await mkdtemp(join(tmpdir(), 'nearside-rollout-'))
const fleet = await FleetProcess.start(home)
const device = await FakeDevice.enrolled(fleet.url, 'Press 7')
await device.connect()
await device.appear()

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

function nearside(...args: string[]): Promise<Ran> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const text = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    text.out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    text.err += chunk.toString()
  })
  return new Promise((resolve) =>
    child.once('close', (code) => resolve({ code: code ?? -1, ...text }))
  )
}

const rollout = (...args: string[]): Promise<Ran> => nearside('rollout', ...args, '--home', home)

async function bundle(version: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'nearside-bundle-'))
  await writeTinyBundle({ dir, key: testKey(), version })
  return dir
}

/** The device ends every install that it is asked for from now on with this step. */
async function answer(step: InstallReport['step'], reason: string): Promise<void> {
  const known = device.desired?.gen ?? 0
  await device.until(() => (device.desired?.gen ?? 0) > known)
  const { gen = 0, models = [] } = device.desired ?? {}
  const installs = models.map(({ name: model, version, rollout: id }) => {
    return {
      gen,
      rollout: id,
      model,
      version,
      step,
      progress: 1,
      code: null,
      reason,
      at: Date.now()
    }
  })
  await device.state({ gen, installs })
}

test('a folder is published, rolled out and waited for', async (t) => {
  const answered = answer('committed', 'It serves.')
  const { code, out, err } = await rollout('create', '--bundle', await bundle('1.0.0'), '--wait')
  await answered
  t.equal(code, 0, err)
  t.match(err, /^Published tiny 1\.0\.0, signed by the key [0-9a-f]{16}\.\n/)
  t.match(
    out,
    /finished +tiny 1\.0\.0 +Finished: tiny 1\.0\.0 runs on 1 of 1 device\.\n +Press 7 +committed +It serves\.\n$/
  )
})

test('a rollout that a device refuses ends with exit code 2 and the reason', async (t) => {
  const answered = answer('rejected', 'The key is not trusted.')
  const { code, out } = await rollout('create', '--bundle', await bundle('1.0.1'), '--wait')
  await answered
  t.equal(code, 2)
  t.match(out, /Failed on 1 of 1 device\. Press 7: The key is not trusted\./)
})

test('status lists rollouts, or shows one as JSON', async (t) => {
  const created = await rollout('create', 'tiny@1.0.0', '--device', 'press-7', '--json')
  t.equal(created.code, 0, created.err)
  const { id, state } = JSON.parse(created.out) as RolloutDetail
  t.equal(state, 'running')
  const shown = await rollout('status', id, '--json')
  t.match(JSON.parse(shown.out), { id, devices: [{ device: 'press-7', state: 'sent' }] })
  const list = await rollout('status')
  t.equal(list.out.trim().split('\n').length, 3)
  t.match((await rollout('status', 'nothing')).err, /^There is no rollout nothing/)
})

test('wrong use is one sentence and exit code 2', async (t) => {
  const broken = await bundle('1.0.3')
  await writeFile(join(broken, 'golden.json'), '{}')
  const cases: [string[], RegExp][] = [
    [['create'], /^Give either a model/],
    [['create', 'tiny@1.0.0', '--bundle', broken], /^Give either a model/],
    [['create', 'tiny'], /as in sentence-roles@1\.0\.1/],
    [['create', 'tiny@9.9.9'], /^There is no tiny 9\.9\.9 in the registry/],
    [['create', 'tiny@1.0.0', '--device', 'nobody'], /^There is no device nobody/],
    [['create', '--bundle', broken], /^golden\.json: /],
    [['create', '--bundle', join(home, 'nowhere')], /no folder/]
  ]
  for (const [args, sentence] of cases) {
    const { code, err } = await rollout(...args)
    t.equal(code, 2, args.join(' '))
    t.match(err, sentence)
  }
})

test('a fleet that is not there is named, and is a fault of nobody’s input', async (t) => {
  const gone = await nearside('rollout', 'status', '--fleet', 'http://127.0.0.1:9')
  t.equal(gone.code, 2)
  t.match(gone.err, /^The fleet manager at http:\/\/127\.0\.0\.1:9 does not answer; start it/)
  const other = await nearside('rollout', 'status', '--fleet', `${fleet.url}/blobs`)
  t.equal(other.code, 2)
})

test('the fleet says its addresses, refuses to open itself, and ends in order', async (t) => {
  const open = await nearside('fleet', '--home', `${home}-2`, '--host', '0.0.0.0', '--port', '0')
  t.equal(open.code, 2)
  t.match(open.err, /needs TLS and sign-in/)
  const twice = await nearside('fleet', '--home', home, '--port', '0', '--mqtt-port', '0')
  t.equal(twice.code, 2)
  t.match(twice.err, /already runs on/)
  t.match((await nearside('fleet', '--port', 'x')).err, /A port is a number/)
  const run = JSON.parse(await readFile(join(home, 'fleet', 'run.json'), 'utf8'))
  t.same(run, { pid: fleet.pid, url: fleet.url, mqttUrl: fleet.mqttUrl })
  await device.end()
  t.equal(await fleet.end('SIGINT'), 0)
})
