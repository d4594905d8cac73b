import { generateKeyPairSync } from 'node:crypto'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import {
  generateReleaseKey,
  keyId,
  loadTrustedKeys,
  preAuthEncoding,
  readPrivateKey,
  signBytes,
  verifyManifest
} from './index.ts'

const MANIFEST = Buffer.from('{"name":"tiny"}\n')

function newKey(name = 'release') {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return { privateKey, trusted: { id: keyId(publicKey), name, key: publicKey } }
}

test('the pre-authentication encoding is the one of the DSSE specification', (t) => {
  // Example of the protocol document, payload "hello world", type "http://example.com/HelloWorld".
  const encoded = preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world'))
  t.equal(encoded.toString(), 'DSSEv1 29 http://example.com/HelloWorld 11 hello world')
  t.end()
})

test('a signature by a trusted key is accepted and names the signer', (t) => {
  const { privateKey, trusted } = newKey()
  const envelope = JSON.stringify(signBytes(MANIFEST, privateKey))
  t.strictSame(verifyManifest(MANIFEST, envelope, [newKey('other').trusted, trusted]), {
    id: trusted.id,
    name: 'release'
  })
  t.end()
})

test('every way to tamper with a signature is refused with its own sentence', (t) => {
  const { privateKey, trusted } = newKey()
  const good = signBytes(MANIFEST, privateKey)
  const [signature] = good.signatures
  const sig = signature?.sig ?? ''
  const stranger = newKey('stranger')
  const forged = signBytes(MANIFEST, stranger.privateKey)
  const cases: [string, unknown, string, RegExp][] = [
    ['no JSON', '{"payload":', 'NS_BUNDLE_SIGNATURE', /is damaged/],
    ['no envelope', { payload: 1 }, 'NS_BUNDLE_SIGNATURE', /no signature envelope/],
    ['no signatures', { ...good, signatures: [] }, 'NS_BUNDLE_SIGNATURE', /no signature envelope/],
    [
      'another payload type',
      { ...good, payloadType: 'application/vnd.in-toto+json' },
      'NS_BUNDLE_SIGNATURE',
      /another kind of document/
    ],
    [
      'a payload of another manifest, validly signed',
      signBytes(Buffer.from('{"name":"other"}\n'), privateKey),
      'NS_BUNDLE_SIGNATURE',
      /manifest\.json: differs from what manifest\.sig signs/
    ],
    [
      'a payload that was changed after signing',
      { ...good, payload: Buffer.from('{"name":"evil"}\n').toString('base64') },
      'NS_BUNDLE_SIGNATURE',
      /holds no valid signature/
    ],
    ['an unknown key', forged, 'NS_BUNDLE_KEY_UNKNOWN', new RegExp(stranger.trusted.id)],
    [
      'a stranger who claims the trusted key id',
      { ...forged, signatures: [{ keyid: trusted.id, sig: forged.signatures[0]?.sig }] },
      'NS_BUNDLE_SIGNATURE',
      /holds no valid signature/
    ],
    [
      'a signature cut short',
      { ...good, signatures: [{ keyid: trusted.id, sig: sig.slice(0, 40) }] },
      'NS_BUNDLE_SIGNATURE',
      /holds no valid signature/
    ]
  ]
  for (const [name, envelope, code, sentence] of cases) {
    const json = typeof envelope === 'string' ? envelope : JSON.stringify(envelope)
    t.throws(() => verifyManifest(MANIFEST, json, [trusted]), { code, message: sentence }, name)
  }
  t.end()
})

test('a signature counts when one of several is by a trusted key', (t) => {
  const { privateKey, trusted } = newKey()
  const mine = signBytes(MANIFEST, privateKey)
  const other = signBytes(MANIFEST, newKey().privateKey)
  const envelope = { ...mine, signatures: [...other.signatures, ...mine.signatures] }
  t.equal(verifyManifest(MANIFEST, JSON.stringify(envelope), [trusted]).id, trusted.id)
  t.end()
})

test('a release key is made once, private, and signs what its public half verifies', async (t) => {
  const dir = join(t.testdir(), 'keys')
  const made = await generateReleaseKey(dir)
  t.equal((await stat(made.privateFile)).mode & 0o777, 0o600)
  const [trusted] = await loadTrustedKeysOf(dir, made.publicFile)
  t.equal(trusted?.id, made.id)
  t.match(made.id, /^[0-9a-f]{16}$/)
  const envelope = signBytes(MANIFEST, await readPrivateKey(made.privateFile))
  t.equal(
    verifyManifest(MANIFEST, JSON.stringify(envelope), trusted ? [trusted] : []).name,
    'release'
  )
  await t.rejects(generateReleaseKey(dir), { code: 'NS_USAGE_INVALID', message: /exists already/ })
})

/** Only the public half goes among the trusted keys. */
async function loadTrustedKeysOf(dir: string, publicFile: string) {
  const folder = join(dir, 'trusted')
  await mkdir(folder)
  await writeFile(join(folder, 'release.pem'), await readFile(publicFile))
  await writeFile(join(folder, 'notes.txt'), 'not a key')
  return loadTrustedKeys([folder, folder, join(dir, 'does-not-exist')])
}

test('a file that is no Ed25519 public key is refused by name', async (t) => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const { privateKey } = newKey()
  const contents = {
    'broken.pem': '-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----\n',
    'rsa.pem': rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    'private.pem': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  }
  for (const [name, text] of Object.entries(contents)) {
    const dir = t.testdir({ keys: { [name]: text } })
    const expected = { code: 'NS_KEY_INVALID', message: new RegExp(`^${name}: is no Ed25519 key`) }
    await t.rejects(loadTrustedKeys([join(dir, 'keys')]), expected)
  }
  const dir = t.testdir({ 'key.pem': contents['broken.pem'] })
  await t.rejects(readPrivateKey(join(dir, 'key.pem')), { code: 'NS_KEY_INVALID' })
  await t.rejects(readPrivateKey(join(dir, 'absent.pem')), { message: /cannot be read/ })
  await t.rejects(loadTrustedKeys([join(dir, 'key.pem')]), { code: 'NS_INTERNAL' })
})

test('a release key cannot be written where a file stands in the way', async (t) => {
  const dir = t.testdir({ taken: { 'release.key.pem': {} } })
  await t.rejects(generateReleaseKey(join(dir, 'taken')), { code: 'NS_USAGE_INVALID' })
  await writeFile(join(dir, 'file'), '')
  await t.rejects(generateReleaseKey(join(dir, 'file', 'keys')), {
    ...{ code: 'NS_USAGE_INVALID', message: /file\/keys cannot be made; choose a folder/ }
  })
})
