// The benchmarks that a device keeps: one JSON file each, newest first, the oldest gone when there are too many.
// A file that cannot be read is left out and removed in its turn.

import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BenchmarkSummary } from '../../contract/index.ts'
import { type BenchmarkFile, readBenchmarkFile, writeBenchmarkFile } from './benchmark-file.ts'

/** Benchmarks that are kept. */
const KEPT = 50

/** Ids sort by time (kernel/ids.ts). */
const FILE = /^([0-9a-z]{20})\.json$/

export function summaryOf({ run: _run, cells, ...report }: BenchmarkFile): BenchmarkSummary {
  return { ...report, cells: cells.length }
}

export class BenchmarkStore {
  #folder: string
  #summaries = new Map<string, BenchmarkSummary>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Reads what is there. A run that the last stop of the device cut off counts as cancelled. */
  async open(): Promise<void> {
    for (const id of await this.#ids()) {
      const file = await readBenchmarkFile(this.#path(id)).catch(() => undefined)
      if (!file) continue
      const ended = file.state === 'running' ? cutOff(file) : file
      if (ended !== file) await writeBenchmarkFile(this.#path(id), ended)
      this.#summaries.set(id, summaryOf(ended))
    }
  }

  /** Newest first. */
  list(): BenchmarkSummary[] {
    return [...this.#summaries.values()].sort((a, b) => (a.id < b.id ? 1 : -1))
  }

  has(id: string): boolean {
    return this.#summaries.has(id)
  }

  /** @throws NearsideError NS_INPUT_FORMAT when somebody damaged the file */
  read(id: string): Promise<BenchmarkFile> {
    return readBenchmarkFile(this.#path(id))
  }

  /** Writes a benchmark and lets the oldest go. */
  async write(file: BenchmarkFile): Promise<void> {
    await writeBenchmarkFile(this.#path(file.id), file)
    this.#summaries.set(file.id, summaryOf(file))
    const ids = (await this.#ids()).sort().reverse()
    for (const id of ids.slice(KEPT)) await this.remove(id)
  }

  async remove(id: string): Promise<void> {
    this.#summaries.delete(id)
    await rm(this.#path(id), { force: true })
  }

  #path(id: string): string {
    return join(this.#folder, `${id}.json`)
  }

  async #ids(): Promise<string[]> {
    const names = await readdir(this.#folder).catch(() => [])
    return names.flatMap((name) => FILE.exec(name)?.[1] ?? [])
  }
}

function cutOff(file: BenchmarkFile): BenchmarkFile {
  const findings = [...file.findings, 'The device stopped before the benchmark was done.']
  return { ...file, state: 'cancelled', findings }
}
