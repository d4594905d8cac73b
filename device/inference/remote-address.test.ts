import type { LookupAddress } from 'node:dns'
import { test } from 'tap'
import { checkRemoteUrl, isPrivateAddress, privateLookup, remoteUrl } from './remote-address.ts'

test('loopback and private networks are told from everything else', async (t) => {
  const privates = ['127.0.0.1', '127.8.8.8', '10.0.0.1', '172.16.0.1', '172.31.255.255']
  for (const address of [...privates, '192.168.1.1', '::1', 'fd12::1', '::ffff:10.0.0.1'])
    t.ok(isPrivateAddress(address), address)
  const others = ['8.8.8.8', '172.15.0.1', '172.32.0.1', '192.169.0.1', '169.254.169.254']
  for (const address of [
    ...others,
    '0.0.0.0',
    '100.64.0.1',
    '2001:db8::1',
    'fe80::1',
    '::ffff:8.8.8.8'
  ])
    t.notOk(isPrivateAddress(address), address)
})

test('encrypted to anywhere, in the clear to private addresses only', async (t) => {
  for (const url of [
    'https://triton.example.org:8000',
    'https://8.8.8.8/prefix/',
    'http://10.1.2.3:8000',
    'http://[fd12::1]:8000',
    'http://triton.local:8000'
  ])
    t.doesNotThrow(() => remoteUrl(url), url)
  const refused: [string, RegExp][] = [
    ['http://8.8.8.8:8000', /^8\.8\.8\.8 is no private address.*use https/],
    ['http://[2001:db8::1]', /no private address/],
    ['http://134744072', /8\.8\.8\.8/],
    ['http://0x08080808/', /8\.8\.8\.8/],
    ['ftp://10.0.0.1', /must begin with/],
    ['triton:8000', /must begin with/],
    ['nonsense', /must begin with/],
    ['https://user:pass@triton.example.org', /no password/],
    ['https://triton.example.org?a=b', /end before/],
    ['https://triton.example.org#a', /end before/]
  ]
  for (const [url, message] of refused)
    t.throws(() => remoteUrl(url), { code: 'NS_SETTINGS_INVALID', message }, url)
})

test('a name is looked up where the line is not encrypted', async (t) => {
  await t.resolves(checkRemoteUrl('http://localhost:8000'))
  await t.resolves(checkRemoteUrl('https://8.8.8.8'))
  await t.resolves(checkRemoteUrl('http://nowhere.invalid'), 'a name may be known later')
  await t.rejects(checkRemoteUrl('http://8.8.8.8'), { code: 'NS_SETTINGS_INVALID' })
  const asked = (host: string, options: { all?: boolean }) =>
    new Promise<unknown>((resolve) => {
      privateLookup(host, options, (error, found) => resolve(error ?? found))
    })
  const all = (await asked('localhost', { all: true })) as LookupAddress[]
  t.ok(all.every(({ address }) => isPrivateAddress(address)))
  t.match(await asked('localhost', {}), /^(127\.0\.0\.1|::1)$/)
  t.match(await asked('8.8.8.8', {}), {
    code: 'NS_SETTINGS_INVALID',
    message: /no private address/
  })
  t.match(await asked('8.8.8.8', { all: true }), { code: 'NS_SETTINGS_INVALID' })
  t.match(await asked('nowhere.invalid', {}), { code: /ENOTFOUND|EAI_AGAIN/ })
})
