import { createHash, sign } from 'node:crypto'
import { test } from 'tap'
import type { DeviceEnvelope, EngineFault } from '../../contract/index.ts'
import { TestAuthority } from '../../test/harness/test-authority.ts'
import { preAuthEncoding } from '../signing/index.ts'
import { openDocument, signDocument } from './device-envelope.ts'
import { shareDigest } from './share-digest.ts'

const authority = await TestAuthority.create()
const device = { deviceId: 'press-7', ...(await authority.issue('press-7')) }
const about = { authority: authority.certificate, nowMs: Date.now() }
const FAULT: EngineFault = {
  ...{ id: 'a'.repeat(64), statementSha256: 'b'.repeat(64), device: 'press-7', at: 1 },
  ...{ code: 'NS_RUNG_GOLDEN', sentence: 'The outputs differ.' }
}

test('a document is read back with its device and the digest of what was signed', (t) => {
  const envelope = signDocument('fault', FAULT, device)
  const sha256 = createHash('sha256').update(JSON.stringify(FAULT)).digest('hex')
  const opened = openDocument('fault', JSON.parse(JSON.stringify(envelope)), about)
  t.strictSame(opened, { document: FAULT, device: 'press-7', sha256 })
  t.end()
})

test('what was changed, is of another kind or from elsewhere is refused', async (t) => {
  const envelope = signDocument('fault', FAULT, device)
  const payloadOf = (value: string): DeviceEnvelope => {
    const bytes = Buffer.from(value)
    const key = { key: device.privateKey, dsaEncoding: 'ieee-p1363' } as const
    const sig = sign('sha256', preAuthEncoding(envelope.payloadType, bytes), key)
    const signatures = [{ keyid: 'press-7', sig: sig.toString('base64') }]
    return { ...envelope, payload: bytes.toString('base64'), signatures }
  }
  const damaged = (what: unknown, kind: 'fault' | 'statement' = 'fault'): void => {
    t.throws(() => openDocument(kind, what, about), { code: 'NS_ENGINE_DAMAGED' })
  }
  damaged(undefined)
  damaged({ ...envelope, signatures: [] })
  damaged(envelope, 'statement')
  damaged({ ...envelope, payload: Buffer.from('{}').toString('base64') })
  damaged({ ...envelope, signatures: [{ keyid: 'press-7', sig: 'AAAA' }] })
  damaged(payloadOf('no JSON'))
  damaged(payloadOf('{}'))
  damaged(payloadOf(JSON.stringify({ ...FAULT, device: 'press-8' })))
  const other = await TestAuthority.create()
  const elsewhere = { ...about, authority: other.certificate }
  t.throws(() => openDocument('fault', envelope, elsewhere), { code: 'NS_DEVICE_UNPROVEN' })
})

test('each part of key and machine makes another engine', (t) => {
  const key = {
    ...{ modelSha256: 'a'.repeat(64), precision: 'fp16' as const, flags: {} },
    profile: { min: {}, opt: {}, max: {} },
    ...{ computeCapability: '8.7', tensorrt: '10.3.0', onnxruntime: '1.30.0' }
  }
  const machine = { platform: 'linux-arm64', l4t: '36.4.3', gpu: 'Orin' }
  const ids = [
    { key, machine },
    { key: { ...key, flags: { trt_dla_enable: '1' } }, machine },
    { key: { ...key, precision: 'int8' as const }, machine },
    { key: { ...key, computeCapability: '9.0' }, machine },
    { key, machine: { ...machine, l4t: '36.4.4' } },
    { key, machine: { ...machine, l4t: null } },
    { key, machine: { ...machine, platform: 'linux-x64' } },
    { key, machine: { ...machine, gpu: 'Thor' } }
  ].map(shareDigest)
  t.equal(new Set(ids).size, ids.length)
  t.equal(
    shareDigest({ machine: { gpu: 'Orin', l4t: '36.4.3', platform: 'linux-arm64' }, key }),
    ids[0]
  )
  t.end()
})
