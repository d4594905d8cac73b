// Reads the text data sets of ../shared/data for benches and for fitting the rankers. They are never
// committed or shipped; without them every function here returns an empty list.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { splitSentences } from '../../analysis/text/index.ts'

const DATA = join(import.meta.dirname, '../../../shared/data')

/** A document with sentences, their gold roles, and what is worth finding in it. */
export interface GoldDocument {
  readonly id: string
  readonly title: string
  readonly sentences: readonly string[]
  /** Role of each sentence in the names of the data set; empty when unknown. */
  readonly roles: readonly string[]
  /** Sentences that hold evidence of a finding. */
  readonly findings: ReadonlySet<number>
  /** Reference summaries. */
  readonly summaries: readonly string[]
}

type Split = 'train' | 'validation'

/** Clinical-trial abstracts; findings come from the evidence items of the same split. */
export function trialAbstracts(split: Split): GoldDocument[] {
  const evidence = new Map<string, string[]>()
  for (const article of jsonLines('rct-abstract-roles/evidence-v2-train-validation.jsonl.xz')) {
    if (article['split'] !== split) continue
    const items = article['items'] as { evidence: string; in_abstract: boolean }[]
    const inside = items.filter((item) => item.in_abstract).map((item) => item.evidence)
    if (inside.length > 0) evidence.set(String(article['id']), inside)
  }
  return jsonLines(`rct-abstract-roles/${split}.jsonl.xz`).map((row) => {
    const sections = row['sections'] as { role: string; text: string }[]
    const labelled = sections.flatMap(({ role, text }) =>
      splitSentences(text).map(({ start, end }) => ({ role, text: text.slice(start, end) }))
    )
    const sentences = labelled.map(({ text }) => text)
    const id = String(row['id'])
    return {
      id,
      title: String(row['title']),
      sentences,
      roles: labelled.map(({ role }) => role),
      findings: evidenceSentences(sentences, evidence.get(id) ?? []),
      summaries: []
    }
  })
}

/** Computer-science abstracts with sentence roles. */
export function computingAbstracts(split: 'train' | 'dev'): GoldDocument[] {
  return jsonLines(`csabstruct/${split}.jsonl.gz`).map((row) => ({
    id: String(row['abstract_id']),
    title: '',
    sentences: row['sentences'] as string[],
    roles: row['labels'] as string[],
    findings: new Set(),
    summaries: []
  }))
}

/** Computer-science abstracts with one-sentence summaries. */
export function oneSentenceSummaries(split: 'train' | 'dev'): GoldDocument[] {
  return jsonLines(`scitldr/SciTLDR-A/${split}.jsonl.gz`).map((row) => ({
    id: String(row['paper_id']),
    title: String(row['title'] ?? ''),
    sentences: row['source'] as string[],
    roles: [],
    findings: new Set(),
    summaries: row['target'] as string[]
  }))
}

const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

/** A sentence counts when at least half of it, or half of the evidence, is the other one word for word. */
function evidenceSentences(sentences: readonly string[], evidence: readonly string[]): Set<number> {
  const found = new Set<number>()
  const gold = evidence.map(plain).filter((text) => text.length > 10)
  sentences.forEach((sentence, index) => {
    const text = plain(sentence)
    if (text.length < 10) return
    if (gold.some((item) => item.includes(text) || text.includes(item))) found.add(index)
  })
  return found
}

function jsonLines(path: string): Record<string, unknown>[] {
  const file = join(DATA, path)
  if (!existsSync(file)) return []
  const text = file.endsWith('.gz')
    ? gunzipSync(readFileSync(file)).toString('utf8')
    : execFileSync('xz', ['-dc', file], { maxBuffer: 1 << 28 }).toString('utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}
