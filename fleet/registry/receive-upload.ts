// Writes the files of an upload into a folder of its own: names are checked before a path is made of them,
// bytes are counted before they are written. Whether they make a bundle is for the next step to say.

import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BundlePath, NearsideError, toNearsideError } from '../../contract/index.ts'

/** Largest bundle, all files together, bytes. */
export const MAX_BUNDLE_BYTES = 200 * 1024 * 1024
/** Files in one bundle. */
export const MAX_BUNDLE_FILES = 200

/** One file of an upload; its name is the path inside the bundle. */
export interface UploadPart {
  readonly path: string
  readonly stream: NodeJS.ReadableStream
}

/** The refusal says the limit, because nobody reads a manual during an upload. */
export function bundleTooLarge(): NearsideError {
  const megabytes = MAX_BUNDLE_BYTES / 1024 / 1024
  const sentence = `The bundle is larger than ${megabytes} MiB, which is the limit for one version; quantise it or split the model.`
  return new NearsideError('NS_INPUT_TOO_LARGE', sentence, {
    details: { limitBytes: MAX_BUNDLE_BYTES }
  })
}

function checkPath(path: string, taken: ReadonlySet<string>): void {
  if (!BundlePath.safeParse(path).success) {
    const shown = JSON.stringify(path.slice(0, 100))
    const sentence = `${shown} is no path inside a bundle; name each part after the file's place in the bundle.`
    throw new NearsideError('NS_INPUT_PATH', sentence)
  }
  if (taken.has(path))
    throw new NearsideError('NS_BUNDLE_INVALID', `${path}: was sent twice; send each file once.`)
  if (taken.size >= MAX_BUNDLE_FILES) {
    const sentence = `A bundle has at most ${MAX_BUNDLE_FILES} files; remove those that the model does not need.`
    throw new NearsideError('NS_BUNDLE_INVALID', sentence)
  }
}

/**
 * Writes every part below the folder.
 * @throws NearsideError NS_INPUT_PATH, NS_INPUT_TOO_LARGE, NS_BUNDLE_INVALID, NS_STORAGE_FULL
 */
export async function receiveUpload(
  folder: string,
  parts: AsyncIterable<UploadPart>
): Promise<void> {
  const taken = new Set<string>()
  let bytes = 0
  const counter = (): Transform =>
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.byteLength
        if (bytes > MAX_BUNDLE_BYTES) done(bundleTooLarge())
        else done(null, chunk)
      }
    })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for await (const { path, stream } of parts) {
    checkPath(path, taken)
    taken.add(path)
    const file = join(folder, path)
    try {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      await pipeline(stream, counter(), createWriteStream(file, { flags: 'wx', mode: 0o600 }))
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'EISDIR' || code === 'ENOTDIR' || code === 'EEXIST')
        throw new NearsideError('NS_BUNDLE_INVALID', `${path}: is both a file and a folder.`)
      throw toNearsideError(error)
    }
  }
}
