// What was found when the ladder of a model was climbed, kept over restarts: one file a model, valid for as long
// as machine, libraries, runtime and bundle are the same. A file that cannot be read is as good as none.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Precision, Rung, RungStatus, Sha256 } from '../../contract/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'
import type { RungFacts } from './rung-facts.ts'

export const LadderRecord = z.object({
  schemaVersion: z.literal(1),
  /** Null when the ladder is to be climbed again at the next start. */
  key: Sha256.nullable(),
  manifestSha256: Sha256,
  taken: z
    .object({
      rung: Rung,
      file: z.string(),
      precision: Precision,
      deviceIds: z.array(z.number().int().nonnegative()).min(1)
    })
    .nullable(),
  statuses: z.array(RungStatus).length(Rung.options.length)
})
export type LadderRecord = z.infer<typeof LadderRecord>

export interface LadderKeyParts {
  readonly facts: RungFacts
  readonly manifestSha256: string
  /** Threads of one run: they decide how fast the CPU is. */
  readonly threads: number
  /** What identifies the engines that exist for the model, in the order of its variants. */
  readonly engines: readonly string[]
}

/** Digest of everything that may change which rung is the best. */
export function ladderKey({ facts, manifestSha256, threads, engines }: LadderKeyParts): string {
  const { cpu, cores, onnxruntime, nvidia, driver, gpus, l4t, libraries } = facts
  const parts = [
    { cpu, cores, onnxruntime, nvidia, driver, l4t, threads, engines, manifestSha256 },
    gpus.map(({ name, computeCapability }) => [name, computeCapability]),
    libraries.map(({ path, bytes, mtimeMs }) => [path, bytes, mtimeMs])
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** The part of a logger that is used. */
export interface LadderLog {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
}

export class LadderCache {
  #folder: string
  #log: LadderLog | undefined

  constructor(folder: string, log?: LadderLog) {
    this.#folder = folder
    this.#log = log
  }

  #path(model: string): string {
    return join(this.#folder, `${model}.json`)
  }

  /** What was found for a model last, whatever its key; undefined when nothing is known. */
  async read(model: string): Promise<LadderRecord | undefined> {
    const path = this.#path(model)
    try {
      return LadderRecord.parse(JSON.parse(await readFile(path, 'utf8')))
    } catch (err) {
      const absent = (err as { code?: unknown }).code === 'ENOENT'
      if (!absent) this.#log?.warn({ err, path }, 'a damaged ladder file is ignored')
      return undefined
    }
  }

  /** Never throws: without the file the ladder is climbed again, which costs time only. */
  async write(model: string, record: LadderRecord): Promise<void> {
    const path = this.#path(model)
    try {
      await writeFileAtomic(path, `${JSON.stringify(record, null, 2)}\n`)
    } catch (err) {
      this.#log?.warn({ err, path }, 'the ladder could not be kept')
    }
  }
}
