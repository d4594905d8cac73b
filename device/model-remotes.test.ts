// Sending a model elsewhere through the real doors: two devices, HTTP, the command, a restart, the privacy page.

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import type { DeviceModels, PrivacyStatus, Problem, RemoteModel } from '../contract/index.ts'
import { runNearside } from '../test/harness/nearside-process.ts'
import { loadDeviceSettings, type RunningDevice, startDevice } from './index.ts'

const MODEL = 'sentence-roles'
const SECRET = 'a-token-that-nobody-may-read'

async function start(t: Test, home = mkdtempSync(join(tmpdir(), 'nearside-remote-'))) {
  const device = await startDevice({ home, settings: await loadDeviceSettings(home, { port: 0 }) })
  let running: RunningDevice | undefined = device
  const stop = async (): Promise<void> => {
    await running?.stop()
    running = undefined
  }
  t.teardown(stop)
  return { home, url: device.url, stop }
}

async function ask<T>(
  url: string,
  method = 'GET',
  body?: unknown
): Promise<T & { status: number }> {
  const answer = await fetch(url, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  })
  return { ...((await answer.json()) as T), status: answer.status }
}

const remoteAt = (url: string, model = MODEL): string => `${url}/api/v1/models/${model}/remote`

test('an administrator sends a model to a second device and takes it back', async (t) => {
  const [near, far] = await Promise.all([start(t), start(t)])
  const off = await ask<RemoteModel>(remoteAt(near.url))
  t.match(off, { status: 200, state: 'off' })
  t.match((await ask<PrivacyStatus>(`${near.url}/api/v1/privacy`)).connections, [])

  const set = await ask<RemoteModel>(remoteAt(near.url), 'PUT', {
    ...{ url: far.url, token: SECRET, headers: { 'x-tenant': 'hidden-value' }, timeoutMs: 60_000 }
  })
  t.match(set, {
    status: 200,
    state: 'serving',
    url: far.url,
    headers: ['authorization', 'x-tenant']
  })
  const models = await ask<DeviceModels>(`${near.url}/api/v1/models`)
  const [model] = models.models
  t.match(model, { name: MODEL, rung: 'remote', state: 'ready' })
  t.match(model?.sentence, /^Requests to sentence-roles leave this device/)

  const paper = join(near.home, 'paper.txt')
  writeFileSync(
    paper,
    'Little is known about sleep. We asked 40 adults twice. They slept longer.\n'
  )
  const made = await runNearside([
    ...['analyze', 'text', paper, '--home', near.home, '--format', 'json']
  ])
  t.equal(made.code, 0, made.stderr)
  const report = JSON.parse(made.stdout) as { models: { rung: string }[] }
  t.match(report.models, [{ name: MODEL, rung: 'remote' }])

  const privacy = await ask<PrivacyStatus>(`${near.url}/api/v1/privacy`)
  t.match(privacy.statement, /Except: an administrator has set.*sentence-roles/)
  t.match(privacy.connections, [{ to: far.url, purpose: /The inputs of sentence-roles/ }])
  t.match(
    privacy.audit.find(({ action }) => action === 'model-remote'),
    {
      ...{ subject: MODEL, detail: `Its requests are sent to ${far.url}.` }
    }
  )
  const seen = JSON.stringify([set, models, privacy, await ask(remoteAt(near.url))])
  for (const secret of [SECRET, 'hidden-value']) {
    t.notMatch(seen, secret)
    t.notMatch(readFileSync(join(near.home, 'device', 'device.log'), 'utf8'), secret)
  }

  await near.stop()
  const again = await start(t, near.home)
  t.match(await ask(remoteAt(again.url)), { state: 'waiting', url: far.url, timeoutMs: 60_000 })
  await ask(`${again.url}/api/v1/models/${MODEL}/load`, 'POST').catch(() => undefined) // 204 has no body
  t.match(await ask(remoteAt(again.url)), { state: 'serving' })

  await far.stop()
  const infer = () =>
    fetch(`${again.url}/v2/models/${MODEL}/infer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        inputs: [
          { name: 'input_ids', datatype: 'INT64', shape: [1, 4], data: [12, 87, 5, 1033] },
          { name: 'sentence_ids', datatype: 'INT64', shape: [1, 4], data: [1, 1, 1, 1] },
          { name: 'positions', datatype: 'FP32', shape: [1, 1], data: [0.5] }
        ]
      })
    })
  const here = await infer()
  t.equal(here.status, 200)
  t.equal(here.headers.get('nearside-rung'), 'cpu')
  await here.body?.cancel()
  const problems = await ask<{ problems: { sentence: string }[] }>(`${again.url}/api/v1/device`)
  t.ok(
    problems.problems.some(({ sentence }) => /until its inference server is back/.test(sentence))
  )

  t.match(await ask(remoteAt(again.url), 'DELETE'), { status: 200, state: 'off' })
  t.notMatch(readFileSync(join(near.home, 'device', 'remote-models.json'), 'utf8'), SECRET)
})

test('what cannot be set is refused, and nothing is kept of it', async (t) => {
  const { url, home } = await start(t)
  const put = (body: unknown, model = MODEL) => ask<Problem>(remoteAt(url, model), 'PUT', body)
  t.match(await put({ url: 'http://8.8.8.8:8000' }), {
    ...{ status: 400, code: 'NS_SETTINGS_INVALID', detail: /no private address/ }
  })
  t.match(await put({ url: 'https://user:pass@example.org' }), { status: 400 })
  t.match(await put({}), { status: 400 })
  t.match(await put({ url: 'https://example.org', tokken: 'x' }), { status: 400 })
  t.match(await put({ url: 'https://example.org', headers: { 'a b': 'x' } }), { status: 400 })
  t.match(await put({ url: 'https://example.org', headers: { Host: 'x' } }), { status: 400 })
  t.match(await put({ url: 'https://example.org', headers: { a: 'x\r\ny: z' } }), { status: 400 })
  t.match(await put({ url: 'https://example.org', timeoutMs: 1 }), { status: 400 })
  t.match(await put({ url: 'http://127.0.0.1:1' }, 'nope'), {
    status: 404,
    code: 'NS_MODEL_UNKNOWN'
  })
  t.match(await ask(remoteAt(url, 'nope')), { status: 404 })
  t.match(await ask(remoteAt(url, 'nope'), 'DELETE'), { status: 404 })
  const foreign = await fetch(remoteAt(url), {
    method: 'PUT',
    headers: { 'content-type': 'application/json', origin: 'https://evil.example' },
    body: JSON.stringify({ url: 'https://evil.example' })
  })
  t.equal(foreign.status, 403, 'a page of another site cannot set it')
  await foreign.body?.cancel()
  t.match(await ask(remoteAt(url)), { state: 'off' })
  t.throws(() => readFileSync(join(home, 'device', 'remote-models.json')), { code: 'ENOENT' })
})

test('the command sets, shows and ends it', async (t) => {
  const [near, far] = await Promise.all([start(t), start(t)])
  const run = (...args: string[]) =>
    runNearside(['models', 'remote', MODEL, '--home', near.home, ...args])
  const token = join(near.home, 'token.txt')
  writeFileSync(token, `${SECRET}\n`)
  t.match((await run()).stdout, /^Requests to sentence-roles are answered on this device\.\n$/)
  const set = await run(
    ...['--url', far.url, '--token-file', token, '--header', 'x-tenant: lab', '--timeout', '60']
  )
  t.equal(set.code, 0, set.stderr)
  t.match(set.stdout, new RegExp(`leave this device: ${far.url} answers them`))
  t.match(set.stdout, /Headers +authorization, x-tenant\n.*60 s/)
  t.notMatch(set.stdout, SECRET)
  t.match(JSON.parse((await run('--json')).stdout), { state: 'serving', url: far.url })
  const wrong = await run(
    '--url',
    far.url,
    '--model',
    'nowhere',
    '--number',
    '1',
    '--precision',
    'int8'
  )
  t.match(wrong.stdout, /until its inference server is back\. .*nowhere/)
  t.match(wrong.stdout, /Model there +nowhere, version 1\nPrecision +int8\n/)
  t.match(wrong.stdout, /Asked again at/)
  t.match((await run('--off')).stdout, /are answered on this device\.\n$/)
  const refused: [string[], RegExp][] = [
    [['--off', '--url', far.url], /Give --off alone/],
    [['--model', 'x'], /with --url/],
    [['--url', far.url, '--header', 'x'], /Give name and value/],
    [['--url', far.url, '--timeout', '0'], /Give seconds from/],
    [['--url', far.url, '--token-file', join(near.home, 'none')], /cannot be read/],
    [['--url', 'http://8.8.8.8'], /no private address/],
    [['--home', far.home, '--home', join(near.home, 'none')], /No device runs on/]
  ]
  for (const [args, message] of refused) {
    const { code, stderr } = await run(...args)
    t.not(code, 0)
    t.match(stderr, message)
  }
})
