// How good and how fast text analysis is: roles, key findings, one-sentence summaries, documents a minute, all
// through the code that ships. Gold is read from ../shared/data; what is absent is left out, loudly.

import {
  type DocumentItem,
  type InferencePort,
  TextOptions,
  textAnalysis
} from '../../analysis/index.ts'
import type { DocumentResult } from '../../contract/index.ts'
import type { Scenario, ScenarioRow } from '../scenario.ts'
import { hitAt, meanRouge, rouge, weightedF1 } from '../text-measures.ts'
import {
  computingAbstracts,
  type GoldDocument,
  oneSentenceSummaries,
  trialAbstracts
} from '../text-ranking/text-data.ts'
import { openTextPort } from '../text-ranking/text-port.ts'

const SPEED_DOCUMENTS = 1000
const COARSE: Readonly<Record<string, string>> = {
  BACKGROUND: 'background',
  OBJECTIVE: 'background',
  METHODS: 'methods',
  RESULTS: 'results',
  CONCLUSIONS: 'conclusions'
}

async function* items(documents: readonly GoldDocument[]): AsyncGenerator<DocumentItem> {
  for (const [input, { id, title, sentences }] of documents.entries()) {
    let text = ''
    const spans = sentences.map((sentence) => {
      const start = text === '' ? 0 : text.length + 1
      text += (text === '' ? '' : ' ') + sentence
      return { start, end: text.length }
    })
    yield {
      ok: true,
      input,
      document: { name: id, text, sentences: spans, ...(title ? { title } : {}) }
    }
  }
}

async function analyse(
  documents: readonly GoldDocument[],
  inference: InferencePort,
  options: Record<string, unknown> = {}
): Promise<DocumentResult[]> {
  const run = textAnalysis.run(
    {
      input: items(documents),
      total: documents.length,
      options: TextOptions.parse(options),
      resumed: []
    },
    { inference, now: () => Date.now(), device: 'bench', inputs: () => [] },
    new AbortController().signal
  )
  for await (const step of run) if (step.type === 'report') return step.report.figures.documents
  return []
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits))

function row(what: string, value: number, goal?: { unit?: string; must: number }): ScenarioRow {
  const unit = goal?.unit ?? ''
  return goal
    ? { what, value, unit, must: `≥ ${goal.must}`, pass: value >= goal.must }
    : { what, value, unit }
}

/** Roles of the validation abstracts; background and objective are one class, as in the anchors. */
async function roles(port: InferencePort): Promise<ScenarioRow[]> {
  const gold = trialAbstracts('validation')
  const results = await analyse(gold, port)
  const pairs = gold.flatMap((document, i) =>
    document.roles.flatMap((role, k) => {
      const expected = COARSE[role]
      return expected ? [[expected, results[i]?.sentences[k]?.role ?? 'other'] as const] : []
    })
  )
  return gold.length > 0
    ? [
        row('trial abstracts, validation: weighted F1 of roles', round(weightedF1(pairs), 4), {
          must: 0.92
        })
      ]
    : []
}

/** Findings of both splits: the 35 documents of the validation split alone are too few to tell much. */
async function findings(port: InferencePort): Promise<ScenarioRow[]> {
  const rows: ScenarioRow[] = []
  for (const split of ['validation', 'train'] as const) {
    const gold = trialAbstracts(split).filter((document) => document.findings.size > 0)
    if (gold.length === 0) continue
    const results = await analyse(gold, port, { findings: 3, domain: 'medicine' })
    const rankings = results.map(({ keyFindings }) => keyFindings.map(({ sentence }) => sentence))
    const share = (k: number): number =>
      gold.filter((document, i) => hitAt(k, rankings[i] ?? [], document.findings)).length /
      gold.length
    const name = `key findings, ${split} (${gold.length} abstracts)`
    const goal = split === 'validation'
    rows.push(row(`${name}: hit@1`, round(share(1), 3), goal ? { must: 0.623 } : undefined))
    rows.push(row(`${name}: hit@3`, round(share(3), 3), goal ? { must: 0.885 } : undefined))
  }
  return rows
}

const FIRST_WE =
  /\bwe (?:propose|present|introduce|develop|show|describe|study|demonstrate|investigate)/i

async function headlines(port: InferencePort): Promise<ScenarioRow[]> {
  const gold = oneSentenceSummaries('dev')
  if (gold.length === 0) return []
  const results = await analyse(gold, port, { sentences: 1 })
  const ours = meanRouge(
    results.map(({ summaryText }, i) => rouge(summaryText, gold[i]?.summaries ?? []))
  )
  const cue = meanRouge(
    gold.map(({ sentences, summaries }) =>
      rouge(sentences.find((sentence) => FIRST_WE.test(sentence)) ?? sentences[0] ?? '', summaries)
    )
  )
  const name = `one-sentence summaries, dev (${gold.length} papers)`
  return (['one', 'two', 'longest'] as const).flatMap((measure, i) => {
    const label = `ROUGE-${['1', '2', 'L'][i]}`
    const anchor = round(cue[measure], 1)
    return [
      row(`${name}: ${label}`, round(ours[measure], 1), { must: anchor }),
      row(`the same, first "we propose" sentence: ${label}`, anchor)
    ]
  })
}

async function speed(port: InferencePort): Promise<ScenarioRow[]> {
  const all = [...trialAbstracts('train'), ...computingAbstracts('train')].slice(0, SPEED_DOCUMENTS)
  if (all.length < SPEED_DOCUMENTS) return []
  await analyse(all.slice(0, 64), port)
  const startedMs = performance.now()
  await analyse(all, port)
  const minutes = (performance.now() - startedMs) / 60_000
  return [
    row(
      `${SPEED_DOCUMENTS.toLocaleString('en')} abstracts`,
      Math.round(SPEED_DOCUMENTS / minutes),
      {
        unit: 'documents a minute',
        must: 1000
      }
    )
  ]
}

export const scenario: Scenario = {
  name: 'text-analysis',
  title: 'Text analysis: roles, key findings, summaries, speed',
  async run() {
    const { name, port, close } = await openTextPort()
    const rows: ScenarioRow[] = []
    try {
      for (const part of [roles, findings, headlines, speed]) rows.push(...(await part(port)))
    } finally {
      await close()
    }
    if (rows.length === 0) console.error('No text data in ../shared/data: nothing was measured.')
    return {
      rows,
      detail: {
        model: name,
        goals: 'key findings 0.75 / 0.94, one sentence 40 / 19 / 33 (a later release)',
        anchors:
          'cue count 0.623 / 0.885 over 401 abstracts; first cue sentence as measured beside it'
      }
    }
  }
}
