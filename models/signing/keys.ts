// Ed25519 keys as PEM files: making a release key, reading one for signing, reading the trusted ones.

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject
} from 'node:crypto'
import { mkdir, open, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { NearsideError, toNearsideError } from '../../contract/index.ts'

export interface TrustedKey {
  /** First 16 hexadecimal digits of the SHA-256 over the public key's SPKI DER. */
  readonly id: string
  /** File name without `.pem`: how people call the signer. */
  readonly name: string
  readonly key: KeyObject
}

export interface ReleaseKeyFiles {
  readonly id: string
  readonly privateFile: string
  readonly publicFile: string
}

/** The id that a signature names its key by; taken from the public half, whichever half is given. */
export function keyId(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  const der = publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(der).digest('hex').slice(0, 16)
}

function invalidKey(file: string, cause?: unknown): NearsideError {
  const sentence = `${basename(file)}: is no Ed25519 key in PEM form; make one with nearside models keygen.`
  return new NearsideError('NS_KEY_INVALID', sentence, { cause })
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const sentence = `${file}: cannot be read; give the path of a key in PEM form.`
    throw new NearsideError('NS_KEY_INVALID', sentence, { cause })
  }
}

function parseKey(file: string, parse: () => KeyObject): KeyObject {
  let key: KeyObject
  try {
    key = parse()
  } catch (cause) {
    throw invalidKey(file, cause)
  }
  if (key.asymmetricKeyType !== 'ed25519') throw invalidKey(file)
  return key
}

/**
 * Reads the private half of a release key.
 * @throws NearsideError NS_KEY_INVALID
 */
export async function readPrivateKey(file: string): Promise<KeyObject> {
  const pem = await readPem(file)
  return parseKey(file, () => createPrivateKey(pem))
}

async function pemFiles(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder)
    return names
      .filter((name) => name.endsWith('.pem'))
      .sort()
      .map((name) => join(folder, name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw toNearsideError(error)
  }
}

/**
 * Reads every `*.pem` of the folders; a folder that does not exist holds no keys.
 * @throws NearsideError NS_KEY_INVALID when a file is no Ed25519 public key: ignoring it would leave a device that refuses updates nobody can explain
 */
export async function loadTrustedKeys(folders: readonly string[]): Promise<TrustedKey[]> {
  const keys = new Map<string, TrustedKey>()
  for (const folder of folders) {
    for (const file of await pemFiles(folder)) {
      const pem = await readPem(file)
      // A private key would parse as a public one; a secret has no place among the trusted keys.
      if (pem.includes('PRIVATE KEY')) throw invalidKey(file)
      const key = parseKey(file, () => createPublicKey(pem))
      const id = keyId(key)
      if (!keys.has(id)) keys.set(id, { id, name: basename(file, '.pem'), key })
    }
  }
  return [...keys.values()]
}

async function writeNew(file: string, text: string, mode: number): Promise<void> {
  try {
    const handle = await open(file, 'wx', mode)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw toNearsideError(error)
    const sentence = `${file} exists already; a release key is never overwritten, choose another folder.`
    throw new NearsideError('NS_USAGE_INVALID', sentence)
  }
}

/**
 * Makes a release key: `release.key.pem` (0600, to be kept offline) and `release.pem` (to be trusted).
 * @throws NearsideError NS_USAGE_INVALID when the folder holds one already or cannot be made
 */
export async function generateReleaseKey(folder: string): Promise<ReleaseKeyFiles> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const privateFile = join(folder, 'release.key.pem')
  const publicFile = join(folder, 'release.pem')
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    const sentence = `${folder} cannot be made; choose a folder that you may write.`
    throw new NearsideError('NS_USAGE_INVALID', sentence, { cause })
  })
  const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' })
  await writeNew(privateFile, privatePem.toString(), 0o600)
  await writeNew(publicFile, publicKey.export({ type: 'spki', format: 'pem' }).toString(), 0o644)
  return { id: keyId(publicKey), privateFile, publicFile }
}
