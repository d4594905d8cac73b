// Takes the files of a new job into the vault: uploads, texts given in place, samples of our own. When
// anything is wrong nothing of the job stays behind.

import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import {
  type Job,
  JobRequest,
  type ReportKind as Kind,
  NearsideError,
  ReportKind
} from '../../contract/index.ts'
import { unpackZip } from '../sources/index.ts'
import type { Vault } from '../vault/index.ts'
import { analysisOf, parseOptions, sampleFiles } from './analysis-registry.ts'
import type { JobFile } from './job-messages.ts'
import type { JobQueue } from './job-queue.ts'

/** A part of a multipart upload: a field, or a file as a stream. */
export type UploadPart =
  | { readonly type: 'field'; readonly name: string; readonly value: string }
  | { readonly type: 'file'; readonly filename: string; readonly stream: AsyncIterable<Uint8Array> }

interface UploadFacts {
  /** What the upload says of its length, frames included; 0 when it says nothing. */
  readonly declaredBytes?: number
  readonly idempotencyKey?: string | undefined
}

interface IntakeOptions {
  readonly queue: JobQueue
  readonly vault: Vault
}

/** What is known of a job while its files come in. */
interface Draft {
  readonly id: string
  readonly kind: Kind
  readonly files: JobFile[]
  bytes: number
}

/** Frames of a form round its files, bytes. */
const FORM_BYTES = 16 * 1024 * 1024
/** Archives are unpacked in memory. */
const ARCHIVE_LIMITS = { bytes: 256 * 1024 * 1024, fileBytes: 64 * 1024 * 1024 }

const mebibytes = (bytes: number): string =>
  `${Math.floor(bytes / 1024 / 1024).toLocaleString('en')} MiB`

/** A name for people: no folder that climbs, no control character. */
function cleanName(name: string): string {
  const parts = name
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '')
  const odd = [...name].some((letter) => (letter.codePointAt(0) ?? 0) < 32)
  if (parts.length === 0 || odd || name.length > 1000 || parts.some((part) => part === '..')) {
    throw new NearsideError(
      'NS_INPUT_PATH',
      'A file name climbs out of its folder or cannot be used; rename the file.'
    )
  }
  return parts.filter((part) => part !== '.').join('/')
}

export class JobIntake {
  #options: IntakeOptions

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** A job from a JSON body: a sample, or texts given in place. */
  fromJson(request: JobRequest, idempotencyKey?: string): Promise<Job> {
    const { kind, sample, texts } = request
    return this.#create({ kind, idempotencyKey }, async (draft) => {
      let title = request.title
      if (sample !== undefined) {
        const known = sampleFiles(kind, sample)
        title ??= known.title
        for (const path of known.paths)
          await this.#take(draft, basename(path), createReadStream(path))
      }
      for (const { name, text } of texts ?? [])
        await this.#take(draft, name, Readable.from([Buffer.from(text)]))
      return { title, options: request.options }
    })
  }

  /**
   * A job from a multipart upload. The fields `kind`, `title` and `options` come before the first file, so
   * that a file that is too large is refused before it is read to its end.
   * @throws NearsideError NS_INPUT_TOO_LARGE, NS_INPUT_PATH, NS_REQUEST_INVALID and those of archives
   */
  async fromUpload(
    parts: AsyncIterable<UploadPart>,
    { declaredBytes = 0, idempotencyKey }: UploadFacts = {}
  ): Promise<Job> {
    const iterator = parts[Symbol.asyncIterator]()
    const fields = new Map<string, string>()
    let part = await iterator.next()
    for (; !part.done && part.value.type === 'field'; part = await iterator.next())
      fields.set(part.value.name, part.value.value)
    const request = parseFields(fields)
    refuseDeclared(request.kind, declaredBytes)
    return this.#create({ kind: request.kind, idempotencyKey }, async (draft) => {
      for (; !part.done; part = await iterator.next()) {
        if (part.value.type === 'field') throw lateField(part.value.name)
        await this.#takeUpload(draft, part.value.filename, part.value.stream)
      }
      return request
    })
  }

  async #create(
    { kind, idempotencyKey }: { kind: Kind; idempotencyKey: string | undefined },
    fill: (
      draft: Draft
    ) => Promise<{ title?: string | undefined; options: Record<string, unknown> }>
  ): Promise<Job> {
    const { queue, vault } = this.#options
    const id = idempotencyKey === undefined ? queue.newJobId() : idOf(idempotencyKey)
    const known =
      idempotencyKey === undefined ? undefined : queue.list().find((job) => job.id === id)
    if (known) return known
    const draft: Draft = { id, kind, files: [], bytes: 0 }
    try {
      const { title, options } = await fill(draft)
      const parsed = parseOptions(kind, options)
      vault.noteIntake(id, draft.files.length, draft.bytes)
      return queue.create({
        id,
        kind,
        title: title ?? titleOf(draft),
        options: parsed,
        files: draft.files
      })
    } catch (error) {
      await vault.wipeAll(id)
      throw error
    }
  }

  async #takeUpload(
    draft: Draft,
    filename: string,
    stream: AsyncIterable<Uint8Array>
  ): Promise<void> {
    await this.#take(draft, filename, stream)
    const file = draft.files.at(-1)
    if (!file || !/\.zip$/i.test(file.name)) return
    if (file.bytes > ARCHIVE_LIMITS.bytes) {
      const sentence = `${file.name} is larger than ${mebibytes(ARCHIVE_LIMITS.bytes)}, the limit for an archive; upload the files in it.`
      throw new NearsideError('NS_INPUT_TOO_LARGE', sentence)
    }
    const bytes = await this.#options.vault.read(file.vaultId)
    draft.files.pop()
    draft.bytes -= file.bytes
    await this.#options.vault.wipe(file.vaultId)
    const { fileBytes } = ARCHIVE_LIMITS
    for await (const entry of unpackZip({ name: file.name, bytes }, { fileBytes })) {
      const name = `${file.name}/${entry.name}`
      if (entry.bytes.length > fileBytes) {
        const sentence = `${name} is larger than ${mebibytes(fileBytes)}, the limit for a file in an archive; upload it by itself.`
        throw new NearsideError('NS_INPUT_TOO_LARGE', sentence)
      }
      await this.#take(draft, name, Readable.from([entry.bytes]))
    }
  }

  async #take(draft: Draft, filename: string, stream: AsyncIterable<Uint8Array>): Promise<void> {
    const { limits } = analysisOf(draft.kind)
    const name = cleanName(filename)
    if (draft.files.length >= limits.files) {
      throw new NearsideError(
        'NS_INPUT_TOO_LARGE',
        `A job takes at most ${limits.files.toLocaleString('en')} files; make several jobs.`
      )
    }
    const left = limits.totalBytes - draft.bytes
    const stored = await this.#options.vault
      .intake(draft.id, stream, Math.min(limits.fileBytes, left))
      .catch((error: unknown) => {
        if ((error as NearsideError).code !== 'NS_INPUT_TOO_LARGE') throw error
        const what =
          left < limits.fileBytes
            ? `The files together are larger than ${mebibytes(limits.totalBytes)}`
            : `${name} is larger than ${mebibytes(limits.fileBytes)}`
        throw new NearsideError(
          'NS_INPUT_TOO_LARGE',
          `${what}, the limit of this analysis; split it or leave parts out.`,
          { details: { ...limits } }
        )
      })
    draft.bytes += stored.bytes
    draft.files.push({ name, vaultId: stored.id, sha256: stored.sha256, bytes: stored.bytes })
  }
}

function parseFields(fields: ReadonlyMap<string, string>): {
  kind: Kind
  title?: string | undefined
  options: Record<string, unknown>
} {
  const kind = ReportKind.safeParse(fields.get('kind'))
  if (!kind.success) {
    throw new NearsideError(
      'NS_ANALYSIS_UNKNOWN',
      'The field "kind" must come before the files and be text, logs or machines.'
    )
  }
  const title = JobRequest.shape.title.safeParse(fields.get('title'))
  if (!title.success)
    throw new NearsideError(
      'NS_REQUEST_INVALID',
      'The title is empty or longer than 120 characters; shorten it.'
    )
  try {
    const options: unknown = JSON.parse(fields.get('options') ?? '{}')
    return { kind: kind.data, title: title.data, options: JobRequest.shape.options.parse(options) }
  } catch {
    throw new NearsideError('NS_REQUEST_INVALID', 'The field "options" must hold a JSON object.')
  }
}

/** An upload that says itself that it is too large is refused before its first file. */
function refuseDeclared(kind: Kind, bytes: number): void {
  const { limits } = analysisOf(kind)
  if (bytes <= limits.totalBytes + FORM_BYTES) return
  const sentence = `The upload is larger than ${mebibytes(limits.totalBytes)}, the limit of this analysis; split it or leave parts out.`
  throw new NearsideError('NS_INPUT_TOO_LARGE', sentence, { details: { ...limits } })
}

/** Ignoring it would run the job with other options than the caller meant. */
function lateField(name: string): NearsideError {
  const sentence = `The field "${name.slice(0, 60)}" came after a file; send all fields first.`
  return new NearsideError('NS_REQUEST_INVALID', sentence)
}

function titleOf({ files, kind }: Draft): string {
  const [first] = files
  if (!first) return analysisOf(kind).definition.title
  const name = first.name.split('/').at(-1) ?? first.name
  return (
    files.length === 1 ? name : `${name} and ${(files.length - 1).toLocaleString('en')} more`
  ).slice(0, 120)
}

/** The same key gives the same id, so that a repeated request finds the job it made. */
function idOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 20)
}

/** Bytes of a file of ours, for the list of samples. */
export function sizeOf(path: string): number {
  return statSync(path).size
}
