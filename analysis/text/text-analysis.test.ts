// The text analysis as a job sees it: documents in, steps out. The model is a stand-in that judges by keywords.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { type DocumentResult, NearsideError, TextReport } from '../../contract/index.ts'
import type { AnalysisPorts, DocumentItem, InferencePort } from '../definition.ts'
import { keywordPort } from './fixtures/keyword-port.ts'
import { type DocumentRoles, labelRoles } from './label-roles.ts'
import { textAnalysis } from './text-analysis.ts'
import { TextOptions } from './text-options.ts'

const sample = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'samples', name), 'utf8')
const TRIAL = sample('inhaler-trial.txt')
const NOTE = sample('login-incident.txt')

const item = (input: number, text: string, more = {}): DocumentItem => ({
  ok: true,
  input,
  document: { name: `${input}.txt`, text, ...more }
})

const broken = (input: number): DocumentItem => ({
  ok: false,
  input,
  failure: { name: `${input}.pdf`, code: 'NS_INPUT_UNREADABLE', sentence: 'It is damaged.' }
})

async function* from<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

interface Given {
  readonly options?: Record<string, unknown>
  readonly resumed?: { input: number; result: DocumentResult }[]
  readonly inference?: InferencePort
  readonly signal?: AbortSignal
}

async function analyse(items: readonly DocumentItem[], given: Given = {}) {
  let now = 1000
  const ports: AnalysisPorts = {
    inference: given.inference ?? keywordPort(),
    now: () => (now += 5),
    device: 'test-device',
    inputs: () => []
  }
  const request = {
    input: from(items),
    total: items.length,
    options: TextOptions.parse(given.options ?? {}),
    resumed: given.resumed ?? []
  }
  const steps = []
  for await (const step of textAnalysis.run(
    request,
    ports,
    given.signal ?? new AbortController().signal
  )) {
    steps.push(step)
  }
  const last = steps.at(-1)
  if (last?.type !== 'report') throw new Error('the last step is the report')
  return { steps, report: TextReport.parse(last.report) }
}

test('every sentence of the report stands in its document at the stated place', async (t) => {
  const { report } = await analyse([item(0, TRIAL), item(1, NOTE)])
  t.equal(report.figures.documents.length, 2)
  for (const [i, text] of [TRIAL, NOTE].entries()) {
    const document = report.figures.documents[i]
    t.ok(document)
    for (const number of document?.summary ?? []) {
      const { start = 0, end = 0 } = document?.sentences[number] ?? {}
      t.ok(document?.summaryText.includes(text.slice(start, end).replace(/\s+/g, ' ')))
    }
  }
  for (const { evidence, text } of report.findings) {
    const [proof] = evidence
    if (proof?.type !== 'sentence') throw new Error('evidence is a sentence')
    const source = [TRIAL, NOTE][proof.input] ?? ''
    t.equal(source.slice(proof.start, proof.end).replace(/\s+/g, ' '), text)
  }
})

test('a trial gives its significant result as a finding and its conclusion in the summary', async (t) => {
  const { report } = await analyse([item(0, TRIAL)])
  const [document] = report.figures.documents
  t.match(document?.title, /^Once-daily reminder calls/)
  t.match(document?.keyFindings.map(({ text }) => text).join(' '), /P < 0\.001/)
  t.match(document?.summaryText, /increased inhaler use/)
  t.equal(report.limits.length, 1)
  t.strictSame(report.models, [
    { name: 'sentence-roles', version: '1.0.0', precision: 'int8', rung: 'cpu' }
  ])
})

test('an incident note says in its limits that the model was not made for it', async (t) => {
  const { report } = await analyse([item(0, NOTE)])
  t.match(report.limits.join(' '), /1 document is of another kind/)
  const severities = report.findings.map(({ severity }) => severity)
  t.ok(severities.every((severity) => severity === 'low' || severity === 'info'))
})

test('progress grows to the total, an item comes for each document, then the report', async (t) => {
  const items = Array.from({ length: 70 }, (_, i) =>
    i === 3 ? broken(i) : item(i, `Number ${i} was found to be worn.`)
  )
  const { steps, report } = await analyse(items)
  const progress = steps.filter((step) => step.type === 'progress')
  t.strictSame(
    progress.map(({ done }) => done),
    [0, 32, 64, 70]
  )
  t.match(progress.at(-1), { done: 70, failed: 1, total: 70 })
  t.equal(steps.filter((step) => step.type === 'item').length, 69)
  t.strictSame(report.figures.failures, [
    { name: '3.pdf', code: 'NS_INPUT_UNREADABLE', sentence: 'It is damaged.' }
  ])
  t.match(report.limits.join(' '), /1 document is left out/)
})

test('results of an earlier run are kept in their place', async (t) => {
  const first = await analyse([item(0, TRIAL), item(1, NOTE)])
  const result = first.report.figures.documents[0]
  if (!result) throw new Error('a result')
  const again = await analyse([item(1, NOTE)], { resumed: [{ input: 0, result }] })
  t.strictSame(again.report.figures.documents, first.report.figures.documents)
  t.strictSame(again.report.findings, first.report.findings)
})

test('a document without sentences is a failure, not an empty result', async (t) => {
  const { report } = await analyse([item(0, '--- ...')])
  t.match(report.figures.failures, [{ name: '0.txt', code: 'NS_INPUT_EMPTY' }])
})

test('sentences that came with a document are kept', async (t) => {
  const text = 'a b c. d e f'
  const sentences = [
    { start: 0, end: 8 },
    { start: 9, end: 12 }
  ]
  const { report } = await analyse([item(0, text, { sentences, title: ' Own \n title ' })])
  t.equal(report.figures.documents[0]?.sentences[1]?.start, 9)
  t.equal(report.figures.documents[0]?.title, 'Own title')
})

test('lengths: sentences, words, and what the document asks for', async (t) => {
  const length = async (options: Record<string, unknown>, more = {}) =>
    (await analyse([item(0, TRIAL, more)], { options })).report.figures.documents[0]
  t.equal((await length({ sentences: 1 }))?.summary.length, 1)
  t.equal((await length({ sentences: 50, findings: 50 }))?.keyFindings.length, 16)
  const words = ((await length({ words: 60 }))?.summaryText ?? '').split(' ').length
  t.ok(words > 40 && words < 70, `${words} words`)
  const wanted = ((await length({ words: 'auto' }, { wantedWords: 120 }))?.summaryText ?? '').split(
    ' '
  ).length
  t.ok(wanted > 95 && wanted < 135, `${wanted} words`)
  const auto = ((await length({ words: 'auto' }))?.summaryText ?? '').split(' ').length
  t.ok(auto > 40 && auto < 70, `${auto} words`)
  t.notOk(TextOptions.safeParse({ words: 'many' }).success)
})

test('a report holds at most five findings of one document', async (t) => {
  const { report } = await analyse([item(0, TRIAL)], {
    options: { findings: 50, domain: 'medicine' }
  })
  t.equal(report.findings.length, 5)
})

test('other languages and endless documents are named in the limits', async (t) => {
  const german =
    'Die Pumpe wurde am Ende der Schicht angehalten und die Dichtung war verschlissen. '.repeat(4)
  const long = 'A b c d. '.repeat(20_050)
  const { report } = await analyse([item(0, german), item(1, long)])
  t.match(report.limits.join(' '), /1 document is not in English/)
  t.match(report.limits.join(' '), /longer than 20,000 sentences/)
})

test('a fault of one document in the model spares the others, any other fault ends the run', async (t) => {
  const good = keywordPort()
  const inference: InferencePort = {
    async classifySentences(model, documents, signal) {
      if (documents.some(([first]) => first?.includes('poison'))) {
        throw new NearsideError('NS_INFERENCE_INPUT', 'The tensors do not fit; report this.')
      }
      return good.classifySentences(model, documents, signal)
    }
  }
  const { report } = await analyse([item(0, 'A poison pill was here.'), item(1, NOTE)], {
    inference
  })
  t.match(report.figures.failures, [{ name: '0.txt', code: 'NS_INFERENCE_INPUT' }])
  t.equal(report.figures.documents.length, 1)
  const dead: InferencePort = { classifySentences: () => Promise.reject(new Error('no')) }
  await t.rejects(analyse([item(0, NOTE)], { inference: dead }), { message: 'no' })
  let calls = 0
  const dying: InferencePort = {
    classifySentences: () => {
      calls += 1
      return Promise.reject(
        calls === 1 ? new NearsideError('NS_INFERENCE_DEADLINE', 'Late.') : new Error('gone')
      )
    }
  }
  await t.rejects(analyse([item(0, NOTE)], { inference: dying }), { message: 'gone' })
})

test('unknown labels and missing judgements become "other"', async (t) => {
  const odd: InferencePort = {
    async classifySentences() {
      return {
        labels: ['odd'],
        documents: [[{ label: 'odd', confidence: 1.2, probabilities: Float32Array.of(1) }]],
        model: { name: 'sentence-roles', version: '1.0.0', precision: 'int8', rung: 'cpu' }
      }
    }
  }
  const { report } = await analyse([item(0, 'One here. Two here.')], { inference: odd })
  t.match(report.figures.documents[0]?.sentences, [
    { role: 'other', confidence: 1 },
    { role: 'other', confidence: 0 }
  ])
})

test('cancelling stops between two batches', async (t) => {
  await t.rejects(analyse([item(0, NOTE)], { signal: AbortSignal.abort() }), { name: 'AbortError' })
})

test('large documents fill a batch of their own', async (t) => {
  const port = keywordPort()
  const large = 'The pump was found to be worn. '.repeat(7000)
  await analyse([item(0, large), item(1, large), item(2, NOTE)], { inference: port })
  t.strictSame(
    port.calls.map(({ documents }) => documents),
    [2, 1]
  )
})

test('roles in the words of a field, decided by document when not given', async (t) => {
  const port = keywordPort()
  const paper =
    'We propose a neural network for images. It was measured on datasets. We conclude that it works.'
  const items = [item(0, TRIAL), broken(1), item(2, paper)]
  const roles = async (domain?: 'medicine' | 'computing') => {
    const rows: (DocumentRoles | DocumentItem)[] = []
    const request = { input: from(items), inference: port, ...(domain ? { domain } : {}) }
    for await (const row of labelRoles(request, new AbortController().signal)) rows.push(row)
    return rows
  }
  t.match(await roles(), [
    { input: 0, domain: 'medicine' },
    { input: 1, ok: false },
    { input: 2, domain: 'computing', roles: ['background', 'method', 'objective'] }
  ])
  t.match(await roles('medicine'), [{ domain: 'medicine' }, {}, { domain: 'medicine' }])
})
