// Jobs through the door: uploads that survive a crash of the device, results with their sources, a fleet that is
// away for a while, and content that stays where it is.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import type { DeviceInfo, DocumentText, JobDetail, TextReport } from '../../contract/index.ts'
import { getJson, runNearside, startUp, type Up, until } from '../harness/nearside-process.ts'
import { upload } from '../harness/upload.ts'

/** A word that no program writes by itself: where it turns up, content has leaked. */
const CANARY = 'quokkaberry'
const report = (n: number): string =>
  `Pump ${n} was inspected in spring. We measured the vibration of the drive end bearing for ten days. ` +
  `The ${CANARY} bearing reached ${(2 + n / 10).toFixed(1)} mm/s, 40 % above its limit. We conclude that it must be replaced.`

const jobOf = (up: Up, id: string): Promise<JobDetail> =>
  getJson<JobDetail>(`${up.device}/api/v1/jobs/${id}`)
const deviceOf = (up: Up): Promise<DeviceInfo> => getJson<DeviceInfo>(`${up.device}/api/v1/device`)

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

/** Files under a home folder that hold the canary in plain bytes. */
function leaks(home: string): string[] {
  return filesUnder(home).filter(
    (path) => statSync(path).size > 0 && readFileSync(path).includes(CANARY)
  )
}

test('a job of many documents survives kill -9 of the device, and its content stays encrypted', async (t) => {
  const up = await startUp()
  t.teardown(() => up.stop())
  const files = Array.from({ length: 300 }, (_, n) => ({
    name: `folder/report-${n}.txt`,
    content: report(n)
  }))
  const { status, job } = await upload(up.device, { kind: 'text', files })
  t.equal(status, 202)
  const before = await until(
    up.device,
    () => jobOf(up, job.id),
    ({ progress }) => progress.done > 20
  )
  const { pid } = await deviceOf(up)
  process.kill(pid, 'SIGKILL')
  t.same(leaks(up.home), [], 'a crash leaves nothing readable')
  const done = await until(
    up.device,
    () => jobOf(up, job.id),
    ({ endedAt }) => endedAt !== null
  )
  t.match(done, {
    state: 'done',
    progress: { done: 300, failed: 0 },
    sentence: 'Read 300 documents.',
    hasReport: true
  })
  t.equal(done.createdAt, before.createdAt)
  t.not((await deviceOf(up)).pid, pid)

  const { figures, findings, models } = await getJson<TextReport>(
    `${up.device}/api/v1/jobs/${job.id}/report`
  )
  t.equal(figures.documents.length, 300)
  t.equal(
    new Set(figures.documents.map((document) => document.input)).size,
    300,
    'every document once'
  )
  t.match(models, [{ name: 'sentence-roles', precision: 'int8', rung: 'cpu' }])
  const [first] = figures.documents
  const { text } = await getJson<DocumentText>(
    `${up.device}/api/v1/jobs/${job.id}/documents/${first?.input}`
  )
  const evidence = findings.find((finding) =>
    finding.evidence.some((one) => one.input === first?.input)
  )?.evidence[0]
  t.equal(evidence?.type, 'sentence')
  if (evidence?.type === 'sentence')
    t.equal(
      text.slice(evidence.start, evidence.end),
      evidence.text,
      'offsets count in the text that is shown'
    )

  for (const [format, part] of [
    ['md', '# '],
    ['html', '<!doctype html'],
    ['csv', ',']
  ] as const) {
    const answer = await fetch(`${up.device}/api/v1/jobs/${job.id}/report?format=${format}`)
    t.match((await answer.text()).toLowerCase(), part)
  }
  t.same(leaks(up.home), [], 'neither logs, nor databases, nor the fleet hold a word of it')
  t.equal((await fetch(`${up.device}/api/v1/jobs/${job.id}`, { method: 'DELETE' })).status, 204)
  t.equal((await fetch(`${up.device}/api/v1/jobs/${job.id}`)).status, 404)
  t.same(readdirSync(join(up.home, 'device', 'vault')), [], 'deleting wipes')
})

test('pause holds a job, resume goes on, cancel ends it, retry runs it again', async (t) => {
  const up = await startUp()
  t.teardown(() => up.stop())
  const act = async (id: string, what: string): Promise<number> =>
    (await fetch(`${up.device}/api/v1/jobs/${id}/${what}`, { method: 'POST' })).status
  const files = Array.from({ length: 400 }, (_, n) => ({ name: `r${n}.txt`, content: report(n) }))
  const { job } = await upload(up.device, {
    kind: 'text',
    files: [...files, { name: 'broken.pdf', content: '%PDF-1.7 broken' }]
  })
  await until(
    up.device,
    () => jobOf(up, job.id),
    ({ progress }) => progress.done > 5
  )
  t.equal(await act(job.id, 'pause'), 200)
  t.match(await jobOf(up, job.id), { state: 'paused' })
  t.equal(await act(job.id, 'pause'), 409)
  t.equal(await act(job.id, 'retry'), 409)
  t.equal(await act(job.id, 'resume'), 200)
  await until(
    up.device,
    () => jobOf(up, job.id),
    ({ state }) => state === 'running'
  )
  t.equal(await act(job.id, 'cancel'), 200)
  t.match(await jobOf(up, job.id), { state: 'cancelled', code: 'NS_JOB_CANCELLED' })
  t.equal(await act(job.id, 'retry'), 200)
  const done = await until(
    up.device,
    () => jobOf(up, job.id),
    ({ endedAt }) => endedAt !== null
  )
  t.match(done, {
    state: 'done',
    progress: { done: 401, failed: 1 },
    sentence: /1 could not be read/
  })
  t.match(done.files[0], {
    name: 'broken.pdf',
    state: 'failed',
    code: 'NS_INPUT_UNREADABLE',
    sentence: /broken\.pdf/
  })
  t.equal(await act('nothing', 'cancel'), 404)
})

test('analyze text asks the device that runs on the home folder, and leaves no job behind', async (t) => {
  const up = await startUp()
  t.teardown(() => up.stop())
  const folder = t.testdir({
    'a.txt': report(1),
    'b.txt': report(2),
    'broken.pdf': '%PDF-1.7 broken'
  })
  const { code, stdout, stderr } = await runNearside([
    'analyze',
    'text',
    folder,
    '--home',
    up.home,
    '--format',
    'json'
  ])
  t.equal(code, 0, stderr)
  const { id } = await deviceOf(up)
  t.match(JSON.parse(stdout), {
    kind: 'text',
    device: id,
    figures: { failures: [{ name: /broken\.pdf$/ }] }
  })
  t.match(stderr, /broken\.pdf/)
  t.same(await getJson(`${up.device}/api/v1/jobs`), [])
  const none = await runNearside(['analyze', 'text', join(folder, 'broken.pdf'), '--home', up.home])
  t.equal(none.code, 2)
  t.match(none.stderr, /broken\.pdf/)
})
