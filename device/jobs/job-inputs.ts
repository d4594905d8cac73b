// Turns the files of a job into what its analysis takes: documents, lines or a table.

import type { AnalysisInputs, DocumentItem } from '../../analysis/index.ts'
import { NearsideError, toNearsideError } from '../../contract/index.ts'
import { DocumentPool, readLines, readTable } from '../sources/index.ts'
import type { Vault } from '../vault/index.ts'
import { analysisOf } from './analysis-registry.ts'
import type { FromThread, JobFile, JobThreadData } from './job-messages.ts'
import type { RunGate } from './run-gate.ts'

interface InputPorts {
  readonly vault: Vault
  readonly gate: RunGate
  readonly signal: AbortSignal
  readonly post: (message: FromThread) => void
}

export interface OpenInput {
  readonly input: AnalysisInputs[keyof AnalysisInputs]
  /** Items in all, when known. */
  readonly total: number | null
  /** Where the extracted text of an input lies in the vault; null when the input has none. */
  textId(input: number): string | null
  close(): Promise<void>
}

/** Documents read ahead of the analysis. */
const READ_AHEAD = 4

async function* documents(reading: Reading): AsyncGenerator<DocumentItem> {
  const finished = new Set(reading.data.resumed.map((item) => item.input))
  const ahead: Promise<DocumentItem>[] = []
  for (const [input, file] of reading.data.files.entries()) {
    if (finished.has(input)) continue
    ahead.push(readDocument(reading, file, input))
    if (ahead.length >= READ_AHEAD) yield (await ahead.shift()) as DocumentItem
  }
  for (const item of ahead) yield await item
}

interface Reading {
  readonly data: JobThreadData
  readonly ports: InputPorts
  readonly pool: DocumentPool
  /** Vault ids of extracted texts, by input. */
  readonly texts: Map<number, string>
}

async function readDocument(
  { data, ports, pool, texts }: Reading,
  file: JobFile,
  input: number
): Promise<DocumentItem> {
  try {
    const document = await pool.read(
      { name: file.name, bytes: await ports.vault.read(file.vaultId) },
      ports.signal
    )
    const text = { name: file.name, text: document.text, pages: [...document.pages] }
    const stored = await ports.vault.put(data.job, Buffer.from(JSON.stringify(text)))
    texts.set(input, stored.id)
    ports.post({ type: 'input', index: input, error: null })
    return { ok: true, input, document }
  } catch (error) {
    const { code, message } = toNearsideError(error)
    ports.post({ type: 'input', index: input, error: { code, sentence: message } })
    return { ok: false, input, failure: { name: file.name, code, sentence: message } }
  }
}

/** Lines of all files, one after the other, in the order in which they were given. */
async function* lines(data: JobThreadData, vault: Vault): AsyncGenerator<readonly string[]> {
  for (const file of data.files) yield* readLines(vault.open(file.vaultId), { name: file.name })
}

/** Opens the inputs of a job for its analysis. */
export async function openInput(data: JobThreadData, ports: InputPorts): Promise<OpenInput> {
  const contract = analysisOf(data.kind).definition.input
  if (contract === 'documents') return openDocuments(data, ports)
  const rest = { total: null, textId: () => null, close: async () => undefined }
  if (contract === 'lines') return { input: ports.gate.through(lines(data, ports.vault)), ...rest }
  const [file] = data.files
  if (!file) throw new NearsideError('NS_INPUT_EMPTY', 'There is no table to analyse; add one.')
  const table = await readTable(ports.vault.open(file.vaultId), { name: file.name })
  return { input: { columns: table.columns, rows: ports.gate.through(table.rows) }, ...rest }
}

function openDocuments(data: JobThreadData, ports: InputPorts): OpenInput {
  const pool = new DocumentPool()
  const texts = new Map<number, string>()
  return {
    input: ports.gate.through(documents({ data, ports, pool, texts })),
    total: data.files.length,
    textId: (input) => texts.get(input) ?? null,
    close: () => pool.close()
  }
}
