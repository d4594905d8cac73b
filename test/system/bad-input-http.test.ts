// Bad input over HTTP, to a device and a fleet that really run: each case gets its status, its code and one
// sentence, leaves nothing behind, and the next good request is served.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { type DeviceInfo, ERROR_KINDS, type Job, type JobDetail } from '../../contract/index.ts'
import { getJson, startUp, until } from '../harness/nearside-process.ts'
import {
  FORM_END,
  field,
  fileHead,
  MULTIPART,
  type RawAnswer,
  type RawRequest,
  rawRequest,
  sendAndHangUp
} from '../harness/raw-http.ts'
import { upload } from '../harness/upload.ts'
import {
  addresses,
  bodies,
  documents,
  files,
  forms,
  GOOD,
  methods,
  thousand,
  uploads,
  type Wanted
} from './fixtures/bad-requests.ts'

const MIB = 1024 * 1024
const up = await startUp()
const JOBS = `${up.device}/api/v1/jobs`

const filesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])
const inVault = (): string[] => filesIn(join(up.home, 'device', 'vault'))
const jobOf = (id: string): Promise<JobDetail> => getJson<JobDetail>(`${JOBS}/${id}`)
const allJobs = (): Promise<Job[]> => getJson<Job[]>(JOBS)
const post = (body: RawRequest['body'], headers: RawRequest['headers']): Promise<RawAnswer> =>
  rawRequest(JOBS, { headers, body, method: 'POST' })

/** One sentence that ends in a full stop, of a code that the table knows. */
function isSentence(t: Test, title: string, said: { code: unknown; sentence: unknown }): void {
  t.match(said.sentence, /^\S[^\n]*\S[.]$/, `${title}: a sentence: ${String(said.sentence)}`)
  t.notMatch(said.sentence, /unexpected fault|cannot be understood/, `${title}: says what is wrong`)
  t.ok(Object.hasOwn(ERROR_KINDS, String(said.code)), `${title}: a known code`)
}

function isProblem(t: Test, { status, body }: Pick<RawAnswer, 'status' | 'body'>, wanted: Wanted) {
  const [title, wantedStatus, wantedCode] = wanted
  t.match({ status, code: body.code }, { status: wantedStatus, code: wantedCode }, title)
  isSentence(t, title, { code: body.code, sentence: body.detail })
}

/** Memory of the device now, bytes. */
async function memory(): Promise<number> {
  const { pid } = await getJson<DeviceInfo>(`${up.device}/api/v1/device`)
  const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes) * 1024
}

/** A good job still succeeds, both processes serve, and what is deleted is wiped. */
async function stillServes(t: Test): Promise<void> {
  for (const url of [up.device, up.console])
    t.equal((await fetch(`${url}/readyz`)).status, 200, `${url} is ready`)
  const good = [{ name: 'good.txt', content: GOOD }]
  const { status, job } = await upload(up.device, { kind: 'text', files: good })
  t.equal(status, 202)
  await until(
    up.device,
    () => jobOf(job.id),
    ({ state }) => state === 'done'
  )
  for (const { id } of await allJobs()) await fetch(`${JOBS}/${id}`, { method: 'DELETE' })
  t.same(inVault(), [], 'nothing stays in the vault')
}

test('an upload that cannot be taken is refused at the door and leaves nothing', async (t) => {
  for (const [title, status, code, kind, sent, options] of uploads()) {
    const answer = await upload(up.device, { kind, files: sent, options: { ...options } })
    isProblem(t, { status: answer.status, body: { ...answer.problem } }, [title, status, code])
    t.same(inVault(), [], `${title}: nothing stays`)
  }
  t.same(await allJobs(), [])
  await stillServes(t)
})

test('a file that cannot be read ends its job with one sentence', async (t) => {
  const papers = documents()
  const sent = papers.map(([name, , content, sentAs = name]) => ({ name: sentAs, content }))
  const many = (await upload(up.device, { kind: 'text', files: sent })).job
  const cases = files()
  const started = await Promise.all(
    cases.map(([, , kind, name, content]) =>
      upload(up.device, { kind, files: [{ name, content }] })
    )
  )
  await until(up.device, allJobs, (jobs) => jobs.every(({ endedAt }) => endedAt !== null))
  for (const [index, [title, code]] of cases.entries()) {
    const { status, job: begun } = started[index] ?? {}
    t.equal(status, 202, title)
    const job = await jobOf(begun?.id ?? '')
    const wanted = { state: code === null ? 'done' : 'failed', code }
    t.match({ state: job.state, code: job.code }, wanted, `${title}: ${job.sentence}`)
    if (code !== null) isSentence(t, title, job)
  }
  const { state, progress, files: read } = await jobOf(many.id)
  t.match({ state, progress }, { state: 'done', progress: { done: papers.length, failed: 8 } })
  for (const [name, code] of papers) {
    const found = read.find((input) => input.name === name)
    t.match(found, { state: code === null ? 'done' : 'failed', code }, name)
    if (code !== null) isSentence(t, name, found ?? { code: null, sentence: null })
  }
  await stillServes(t)
})

test('a JSON body that does not fit is refused with its field', async (t) => {
  for (const [title, status, code, body, type = 'application/json'] of bodies()) {
    isProblem(t, await post([body], { 'content-type': type }), [title, status, code])
    t.same(inVault(), [], `${title}: nothing stays`)
  }
})

test('a form that is damaged, endless or cut off is refused and leaves nothing', async (t) => {
  for (const [title, status, code, body] of forms()) {
    isProblem(t, await post(body, MULTIPART), [title, status, code])
    t.same(inVault(), [], `${title}: nothing stays`)
  }
  const claimed = await post([], { ...MULTIPART, 'content-length': String(20_480 * MIB) })
  isProblem(t, claimed, ['a length of 20 GB', 413, 'NS_INPUT_TOO_LARGE'])
  const head = `POST /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ${MULTIPART['content-type']}\r\nContent-Length: 900000\r\n\r\n`
  const cut = field('kind', 'text') + fileHead('a.txt') + 'x'.repeat(200_000)
  await sendAndHangUp(up.device, head + cut)
  await until(
    up.device,
    async () => inVault(),
    (left) => left.length === 0
  )
  const many = await post(thousand(), MULTIPART)
  t.match({ status: many.status, inputs: many.body['inputs'] }, { status: 202, inputs: 1010 })
  await stillServes(t)
})

test('two gigabytes are refused at the limit, with little memory', async (t) => {
  const before = await memory()
  const piece = new Uint8Array(MIB).fill(0x61)
  function* endless(kind: string): Generator<string | Uint8Array> {
    yield field('kind', kind) + fileHead('big.txt')
    for (let n = 0; n < 2048; n += 1) yield piece
    yield FORM_END
  }
  const told = { 'content-length': String(2048 * MIB + 500), ...MULTIPART }
  for (const headers of [MULTIPART, told]) {
    const answer = await post(endless('text'), headers)
    isProblem(t, answer, ['2 GB', 413, 'NS_INPUT_TOO_LARGE'])
    t.match(answer.body.detail, /big\.txt is larger than 64 MiB/)
    t.ok(answer.sent < 200 * MIB, `refused after ${Math.round(answer.sent / MIB)} MiB`)
    t.same(inVault(), [])
  }
  const table = await post(endless('machines'), told)
  isProblem(t, table, ['2 GB table', 413, 'NS_INPUT_TOO_LARGE'])
  t.ok(table.sent < 64 * MIB, 'refused by its stated length')
  const grown = (await memory()) - before
  t.ok(grown < 150 * MIB, `memory grew by ${Math.round(grown / MIB)} MiB`)
  await stillServes(t)
})

test('wrong addresses, methods and headers get their problem', async (t) => {
  const { id } = await getJson<DeviceInfo>(`${up.device}/api/v1/device`)
  for (const [title, status, code, url, request = {}] of addresses(up.device, up.console, id))
    isProblem(t, await rawRequest(url, request), [title, status, code])
  for (const [url, method, allow] of methods(up.device, up.console)) {
    const answer = await rawRequest(url, { method })
    isProblem(t, answer, [`${method} ${url}`, 405, 'NS_METHOD_NOT_ALLOWED'])
    t.equal(answer.allow, allow)
  }
  t.same(filesIn(join(up.home, 'fleet', 'uploads')), [], 'nothing of a refused bundle stays')
  await stillServes(t)
  t.equal(await up.stop(), 0)
})
