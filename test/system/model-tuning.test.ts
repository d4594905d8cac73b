// How a model is run, set at the command line and over HTTP: in force at once, after a restart, and gone again.

import { test } from 'tap'
import { ModelTuning } from '../../contract/index.ts'
import { runNearside, startUp } from '../harness/nearside-process.ts'

const MODEL = 'sentence-roles'

test('settings of a model are in force at once and after a restart, until they are taken back', async (t) => {
  let up = await startUp()
  t.teardown(() => up.stop())
  const { home } = up
  const tune = async (...args: string[]): Promise<ModelTuning> => {
    const ran = await runNearside(['models', 'tune', MODEL, '--home', home, '--json', ...args])
    t.equal(ran.code, 0, ran.stderr)
    return ModelTuning.parse(JSON.parse(ran.stdout))
  }
  const automatic = await tune()
  t.strictSame(automatic.set, {})
  t.equal(automatic.inForce.instances, 1)
  const set = await tune('--instances', '2', '--threads', '1')
  t.match(set, { set: { instances: 2, threads: 1 }, inForce: { instances: 2, threads: 1 } })
  const more = await tune('--max-batch', '4', '--max-wait', '0')
  t.strictSame(more.set, { instances: 2, threads: 1, maxBatch: 4, maxWaitMs: 0 }, 'the rest stays')
  t.equal(
    (await fetch(`${up.device}/v2/repository/models/${MODEL}/load`, { method: 'POST' })).status,
    200
  )

  await up.stop()
  up = await startUp(home)
  t.strictSame(await tune(), more, 'after a restart')
  const { stdout } = await runNearside(['models', 'tune', MODEL, '--home', home])
  t.match(stdout, /Instances +2 +set\n.*Threads of each +1 +set\n.*Largest batch +4 +set/s)
  t.strictSame(await tune('--automatic'), automatic)
  await up.stop()
  up = await startUp(home)
  t.strictSame(await tune(), automatic)
})

test('what cannot be set is refused in a sentence, and nothing changes', async (t) => {
  const up = await startUp()
  t.teardown(() => up.stop())
  const address = `${up.device}/api/v1/models/${MODEL}/tuning`
  const put = async (body: unknown): Promise<{ status: number; code: string }> => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(address, { method: 'PUT', headers, body: JSON.stringify(body) })
    const { code = '' } = (await answer.json()) as { code?: string }
    return { status: answer.status, code }
  }
  for (const body of [{ instances: 0 }, { threads: 1.5 }, { maxBatch: '8' }, { speed: 9 }, []])
    t.match(await put(body), { status: 400, code: 'NS_REQUEST_INVALID' }, JSON.stringify(body))
  const unknown = await fetch(`${up.device}/api/v1/models/absent/tuning`)
  t.equal(unknown.status, 404)
  t.strictSame(ModelTuning.parse(await (await fetch(address)).json()).set, {})
  const cli = (...args: string[]) => runNearside(['models', 'tune', ...args, '--home', up.home])
  const absent = await cli('absent')
  t.equal(absent.code, 2)
  t.match(absent.stderr, /There is no model named absent/)
  const mixed = await cli(MODEL, '--automatic', '--threads', '2')
  t.match(mixed.stderr, /--automatic alone/)
  t.match((await cli(MODEL, '--instances', 'many')).stderr, /whole number/)
  await up.stop()
  const off = await cli(MODEL)
  t.match(off.stderr, /No device runs/)
})
