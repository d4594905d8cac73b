import { generateKeyPairSync, sign } from 'node:crypto'
import { test } from 'tap'
import { TestAuthority } from '../test/harness/test-authority.ts'
import { certifiedDevice } from './device-certificate.ts'
import { signRequest, verifyRequest } from './device-signature.ts'

const authority = await TestAuthority.create()
const issued = await authority.issue('press-7')
const credentials = { deviceId: 'press-7', ...issued }
const now = Date.now()

test('a certificate counts only from the authority, in its time, and for a device', async (t) => {
  const { certificate } = issued
  t.equal(certifiedDevice(certificate, authority.certificate, now).deviceId, 'press-7')
  const unproven = (what: RegExp, of: string, at = now): void => {
    const expected = { code: 'NS_DEVICE_UNPROVEN', message: what }
    t.throws(() => certifiedDevice(of, authority.certificate, at), expected)
  }
  const other = await TestAuthority.create()
  unproven(/another authority/, (await other.issue('press-7')).certificate)
  unproven(/another authority/, authority.certificate)
  unproven(/not valid now/, certificate, now + 7 * 86_400_000)
  unproven(/not valid now/, certificate, now - 7 * 86_400_000)
  unproven(/cannot be read/, 'no certificate')
  unproven(/none of a device/, (await authority.issue('Press 7!')).certificate)
})

test('a signature holds for its request and no other', async (t) => {
  const request = { method: 'PATCH', path: '/a', headers: { 'upload-offset': '7', accept: 'x' } }
  const proof = signRequest(request, credentials, now)
  const sent = { ...request, headers: { ...request.headers, ...proof } }
  t.equal(verifyRequest(sent, authority.certificate, now), 'press-7')
  t.equal(
    verifyRequest({ ...sent, method: 'patch' }, authority.certificate, now + 14 * 60_000),
    'press-7'
  )
  const { 'upload-offset': _offset, ...without } = sent.headers
  const changed = [
    { ...sent, method: 'PUT' },
    { ...sent, path: '/b' },
    { ...sent, headers: { ...sent.headers, 'upload-offset': '8' } },
    { ...sent, headers: without },
    { ...sent, headers: { ...sent.headers, signature: undefined } },
    { ...sent, headers: { ...sent.headers, signature: ['device=:AAAA:'] } },
    { ...sent, headers: { ...sent.headers, signature: 'device=:AAAA:' } }
  ]
  for (const one of changed)
    t.throws(() => verifyRequest(one, authority.certificate, now), { code: 'NS_DEVICE_UNPROVEN' })
  for (const late of [now + 16 * 60_000, now - 16 * 60_000])
    t.throws(() => verifyRequest(sent, authority.certificate, late), { message: /clocks/ })
})

test('the certificate of one device does not vouch for the key of another', (t) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const request = { method: 'GET', path: '/a', headers: {} }
  const stolen = { ...credentials, privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) }
  const proof = signRequest(request, { ...stolen, privateKey: String(stolen.privateKey) }, now)
  const sent = { ...request, headers: proof }
  t.throws(() => verifyRequest(sent, authority.certificate, now), { message: /wrong/ })
  t.end()
})

test('the signature is one that any implementation of RFC 9421 reads', (t) => {
  const request = { method: 'GET', path: '/foo', headers: {} }
  const { 'signature-input': input = '', signature = '' } = signRequest(request, credentials, now)
  const created = Math.floor(now / 1000)
  const params = `("@method" "@path");created=${created};keyid="press-7";alg="ecdsa-p256-sha256"`
  t.equal(input, `device=${params}`)
  const bytes = Buffer.from(signature.slice('device=:'.length, -1), 'base64')
  t.equal(bytes.length, 64, 'r and s, not DER')
  const base = `"@method": GET\n"@path": /foo\n"@signature-params": ${params}`
  const own = sign('sha256', Buffer.from(base), {
    key: issued.privateKey,
    dsaEncoding: 'ieee-p1363'
  })
  const again = { signature: `device=:${own.toString('base64')}:`, 'signature-input': input }
  const proof = { ...signRequest(request, credentials, now), ...again }
  t.equal(verifyRequest({ ...request, headers: proof }, authority.certificate, now), 'press-7')
  t.end()
})
