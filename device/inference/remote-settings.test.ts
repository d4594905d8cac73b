import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { RemoteSettings } from './remote-settings.ts'

test('settings outlive the device, in a file that only its user can read', async (t) => {
  const path = join(t.testdir(), 'device', 'remote-models.json')
  const settings = await RemoteSettings.open(path)
  t.same(settings.list(), [])
  t.equal(settings.get('tiny'), undefined)
  const setting = { url: 'http://127.0.0.1:1', token: 'secret', timeoutMs: 500 }
  await Promise.all([
    settings.set('tiny', setting),
    settings.set('other', { url: 'https://triton.example.org' })
  ])
  t.equal(statSync(path).mode & 0o777, 0o600)
  const again = await RemoteSettings.open(path)
  t.same(again.get('tiny'), setting)
  t.same(again.list(), [
    { model: 'tiny', url: 'http://127.0.0.1:1' },
    { model: 'other', url: 'https://triton.example.org' }
  ])
  await again.set('tiny', undefined)
  t.equal(again.get('tiny'), undefined)
  t.notMatch(readFileSync(path, 'utf8'), /secret/)
})

test('what must not be used is not kept', async (t) => {
  const path = join(t.testdir(), 'remote-models.json')
  const settings = await RemoteSettings.open(path)
  await t.rejects(settings.set('tiny', { url: 'http://8.8.8.8' }), { code: 'NS_SETTINGS_INVALID' })
  await t.rejects(settings.set('No Name', { url: 'https://8.8.8.8' }), {
    code: 'NS_SETTINGS_INVALID'
  })
  t.equal(settings.get('tiny'), undefined)
  t.throws(() => statSync(path), { code: 'ENOENT' })
})

test('a damaged file sends nothing anywhere, and is told without its contents', async (t) => {
  const path = join(t.testdir(), 'remote-models.json')
  const told: string[] = []
  const log = {
    error: (fields: object, message: string) => told.push(JSON.stringify([fields, message]))
  }
  for (const text of [
    '{"token":"secret',
    '{"schemaVersion":1,"models":{"tiny":{"url":7,"token":"secret"}}}'
  ]) {
    writeFileSync(path, text)
    const settings = await RemoteSettings.open(path, log)
    t.same(settings.list(), [])
  }
  t.equal(told.length, 2)
  for (const line of told) {
    t.match(line, /cannot be read; none is used/)
    t.notMatch(line, /secret/)
  }
})
