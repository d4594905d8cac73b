// Engines of other devices that did not do on this one: they are not fetched again, also after a restart, and
// the fleet is told as soon as it answers.

import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { EngineFault } from '../../contract/index.ts'
import { writeFileAtomic } from '../../kernel/atomic-file.ts'
import type { EngineExchange } from './engine-exchange.ts'

const Fault = EngineFault.omit({ device: true })
const Notes = z.array(z.object({ fault: Fault, told: z.boolean() }))
type Notes = z.infer<typeof Notes>

/** Notes that are kept; the oldest go first. */
const MOST = 200

export class EngineFaults {
  readonly #path: string
  #notes: Promise<Notes> | undefined

  constructor(path: string) {
    this.#path = path
  }

  async has(statementSha256: string): Promise<boolean> {
    return (await this.#read()).some(({ fault }) => fault.statementSha256 === statementSha256)
  }

  /** On disk when it resolves. */
  async add(fault: Omit<EngineFault, 'device'>): Promise<void> {
    const notes = (await this.#read()).filter(
      (known) => known.fault.statementSha256 !== fault.statementSha256
    )
    await this.#write([...notes, { fault, told: false }].slice(-MOST))
  }

  /**
   * Tells the fleet what it was not told yet.
   * @throws NearsideError NS_FLEET_UNREACHABLE
   */
  async tell(exchange: Pick<EngineExchange, 'report'>): Promise<void> {
    for (const { fault, told } of await this.#read()) {
      if (told) continue
      await exchange.report(fault)
      const { statementSha256 } = fault
      const notes = (await this.#read()).map((note) =>
        note.fault.statementSha256 === statementSha256 ? { ...note, told: true } : note
      )
      await this.#write(notes)
    }
  }

  #read(): Promise<Notes> {
    // A damaged file costs one more try with an engine that is refused again.
    this.#notes ??= readFile(this.#path, 'utf8')
      .then((text) => Notes.parse(JSON.parse(text)))
      .catch(() => [])
    return this.#notes
  }

  async #write(notes: Notes): Promise<void> {
    this.#notes = Promise.resolve(notes)
    await writeFileAtomic(this.#path, `${JSON.stringify(notes)}\n`)
  }
}
