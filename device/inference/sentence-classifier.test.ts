import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { createLogger } from '../../kernel/logger.ts'
import { BUILTIN_MODELS, findBundles, trustedKeyFolders } from '../../models/index.ts'
import { testKey, writeTinyBundle } from '../../test/harness/tiny-model.ts'
import { createInferencePort, ModelPool, openLocalInference, registerBuiltin } from './index.ts'
import { openLabeller } from './sentence-labels.ts'

const KEY = testKey()
const { signal } = new AbortController()

async function openPool(t: Test) {
  const dir = join(t.testdir(), 'tiny')
  const pool = new ModelPool({ trustedKeys: [KEY.trusted], nvidia: false })
  t.teardown(() => pool.close())
  await writeTinyBundle({ dir, key: KEY, kind: 'positions', maxBatch: 4 })
  await pool.register(dir, 'builtin')
  return { pool }
}

const sentences = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `we found ${index}`)

test('documents come back in order, each sentence judged by its place in the whole document', async (t) => {
  const { pool } = await openPool(t)
  const port = createInferencePort(pool)
  const documents = [sentences(9), [], ['we'], sentences(3), ['', 'unknown words only']]
  const {
    labels,
    documents: answers,
    model
  } = await port.classifySentences('tiny/place', documents, signal)
  t.strictSame(labels, ['early', 'late'])
  t.strictSame(model, { name: 'tiny', version: '1.0.0', precision: 'fp32', rung: 'cpu' })
  t.strictSame(
    answers.map(({ length }) => length),
    [9, 0, 1, 3, 2]
  )
  t.strictSame(
    answers[0]?.map(({ probabilities }) => probabilities[1]),
    [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1]
  )
  t.strictSame(
    answers[3]?.map(({ label, confidence }) => [label, confidence]),
    [
      ['early', 1],
      ['early', 0.5],
      ['late', 1]
    ]
  )
})

test('without a domain the labels are the roles of reports', async (t) => {
  const { pool } = await openPool(t)
  const port = createInferencePort(pool)
  const { labels, documents } = await port.classifySentences('tiny', [sentences(2)], signal)
  t.strictSame(labels, ['background', 'methods', 'results', 'conclusions', 'other'])
  t.strictSame(
    documents[0]?.map(({ label }) => label),
    ['background', 'conclusions']
  )
})

test('a call without documents starts no model', async (t) => {
  const { pool } = await openPool(t)
  const port = createInferencePort(pool)
  const { documents, model } = await port.classifySentences('tiny/place', [], signal)
  t.strictSame(documents, [])
  t.equal(model.version, '1.0.0')
  t.equal(pool.status()[0]?.state, 'cold')
})

test('a call that meets a switch is answered by one version only', async (t) => {
  const { pool } = await openPool(t)
  const asked: string[] = []
  const answering = (switches: (call: number) => string) =>
    createInferencePort({
      answeredBy: (name) => pool.answeredBy(name),
      submit: async (name, request) => {
        const call = asked.push(name)
        const served = await pool.submit(name, request)
        const { model, post } = served.about
        return { ...served, about: { model: { ...model, version: switches(call) }, post } }
      }
    })
  const documents = [['a'], ['b'], ['c'], ['d']]
  const once = answering((call) => (call <= 2 ? '1.0.0' : '1.0.1'))
  const { model } = await once.classifySentences('tiny', documents, signal)
  t.equal(model.version, '1.0.1')
  t.equal(asked.length, 6, 'the two answers of the former version were asked again')
  const restless = answering((call) => `1.0.${call}`)
  const expected = { code: 'NS_INFERENCE_FAILED', message: /again and again/ }
  await t.rejects(restless.classifySentences('tiny', documents, signal), expected)
})

test('an unknown domain, a model that is no classifier, and a cancelled job are refused', async (t) => {
  const { pool } = await openPool(t)
  const port = createInferencePort(pool)
  const ask = (model: string, with_ = signal) => port.classifySentences(model, [['we']], with_)
  await t.rejects(ask('tiny/law'), { code: 'NS_MODEL_UNKNOWN', message: /it has: place\./ })
  await t.rejects(ask('large'), { code: 'NS_MODEL_UNKNOWN', message: /it has: tiny\./ })
  await t.rejects(ask('tiny', AbortSignal.abort()), { code: 'NS_JOB_CANCELLED' })
  t.throws(() => openLabeller({ id: 'none', settings: {} }, undefined), {
    code: 'NS_INFERENCE_FAILED'
  })
  const late = new AbortController()
  const many = port.classifySentences('tiny', Array(200).fill(['we']), late.signal)
  late.abort()
  await t.rejects(many, { code: 'NS_JOB_CANCELLED' })
})

test('a group wins by its sum, its best label by itself; the surer domain gives the roles', (t) => {
  const settings = {
    heads: {
      medicine: {
        labels: ['BACKGROUND', 'OBJECTIVE', 'METHODS'],
        roles: ['background', 'background', 'methods'],
        groups: [0, 0, 1]
      },
      computing: { labels: ['method', 'result'], roles: ['methods', 'results'] }
    }
  }
  const post = { id: 'sentence-labels', settings }
  const tables = {
    medicine: Float32Array.from([0.25, 0.3125, 0.4375]),
    computing: Float32Array.from([0.125, 0.875])
  }
  const medicine = openLabeller(post, 'medicine')
  t.match(medicine.label(tables)[0], { label: 'OBJECTIVE', confidence: 0.5625 })
  t.match(openLabeller(post, 'computing').label(tables)[0], { label: 'result', confidence: 0.875 })
  t.match(openLabeller(post, undefined).label(tables)[0], { label: 'results', confidence: 0.875 })
  t.strictSame(openLabeller(post, undefined).label({}), [])
  t.end()
})

test('with transitions the labels of a document are decided together', (t) => {
  const head = {
    labels: ['a', 'b'],
    roles: ['methods', 'results'],
    transitions: [
      [0.5, -0.5],
      [-3, 0.5]
    ]
  }
  const tables = { x: Float32Array.from([0.9, 0.1, 0.1, 0.9, 0.55, 0.45, 0.2, 0.8]) }
  const labels = (settings: object, domain?: string): string[] =>
    openLabeller({ id: 'sentence-labels', settings }, domain)
      .label(tables)
      .map(({ label }) => label)
  const { transitions, ...alone } = head
  t.strictSame(labels({ heads: { x: alone } }, 'x'), ['a', 'b', 'a', 'b'])
  t.strictSame(labels({ heads: { x: { ...alone, transitions } } }, 'x'), ['a', 'b', 'b', 'b'])
  t.strictSame(labels({ heads: { x: head } }), ['methods', 'results', 'results', 'results'])
  const [, , third] = openLabeller(
    { id: 'sentence-labels', settings: { heads: { x: head } } },
    'x'
  ).label(tables)
  t.ok(Math.abs((third?.confidence ?? 0) - 0.45) < 1e-6, 'the confidence is the model’s own')
  t.end()
})

test('local inference opens what ships and trusts the keys of its home', async (t) => {
  const home = t.testdir()
  const keys = join(home, 'device', 'trusted-keys')
  await mkdir(keys, { recursive: true })
  const pem = KEY.trusted.key.export({ type: 'spki', format: 'pem' })
  await writeFile(join(keys, 'mine.pem'), pem)
  t.strictSame(trustedKeyFolders(home).at(-1), keys)
  const logger = createLogger({ name: 'test', level: 'silent' })
  const local = await openLocalInference({ home, logger })
  t.teardown(() => local.close())
  const own = join(home, 'own')
  await writeTinyBundle({ dir: own, key: KEY, kind: 'positions' })
  t.equal((await local.pool.activate(own)).signer.name, 'mine')
  const { documents } = await local.port.classifySentences('tiny', [['we']], signal)
  t.equal(documents.length, 1)
})

/** A program of its own: only there nothing else keeps the process alive. */
const LAST_BATCH = `
  import { openLocalInference } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))}
  const local = await openLocalInference({ home: process.argv[2] })
  const ask = (count) => local.port.classifySentences('sentence-roles',
    Array.from({ length: count }, (_, index) => ['We measured ' + index + '.']), new AbortController().signal)
  for (let batch = 0; batch < 12; batch += 1) await ask(16)
  console.log((await ask(1)).documents.length)
  await local.close()`

test('a program that waits for a last, small batch gets it, and then ends', async (t) => {
  const home = t.testdir({ 'ask.mjs': LAST_BATCH })
  const child = spawn(process.execPath, [join(home, 'ask.mjs'), home], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  t.same(await once(child, 'close'), [0, null])
  t.equal(said.trim(), '1')
})

test('a shipped bundle that is damaged is logged and left out, the others serve', async (t) => {
  const folder = t.testdir()
  for (const name of ['damaged', 'whole'])
    await writeTinyBundle({ dir: join(folder, name, '1.0.0'), key: KEY, name })
  await writeFile(join(folder, 'damaged', '1.0.0', 'CARD.md'), 'changed')
  const pool = new ModelPool({ trustedKeys: [KEY.trusted] })
  t.teardown(() => pool.close())
  const logger = createLogger({ name: 'test', level: 'silent' })
  const logged = t.capture(logger, 'error')
  await registerBuiltin(pool, logger, folder)
  t.match(logged()[0]?.args, [{ code: 'NS_BUNDLE_DIGEST' }, 'a shipped model is left out'])
  t.strictSame(
    pool.status().map(({ name }) => name),
    ['whole']
  )
})

test('the shipped sentence classifier is whole, and its golden outputs match here', async (t) => {
  const shipped = (await findBundles(BUILTIN_MODELS)).filter(
    ({ name }) => name === 'sentence-roles'
  )
  if (shipped.length === 0) {
    t.pass('models/quantized/sentence-roles is absent: nothing tested', { skip: true })
    return
  }
  const local = await openLocalInference({ home: t.testdir() })
  t.teardown(() => local.close())
  const abstract = [
    'Diabetes is a growing burden in low-income countries.',
    'We randomly assigned 240 adults to metformin or placebo for twelve weeks.',
    'Mean HbA1c fell by 1.1 % with metformin and by 0.2 % with placebo (P < 0.001).',
    'Metformin improves glycaemic control in this population.'
  ]
  const { documents } = await local.port.classifySentences('sentence-roles', [abstract], signal)
  t.strictSame(
    documents[0]?.map(({ label }) => label),
    ['background', 'methods', 'results', 'conclusions']
  )
})
