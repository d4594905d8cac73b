// Bad input on the command line: one sentence on standard error, exit code 2, nothing on standard output and no
// half file; and the process that `nearside` starts ends with it.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'tap'
import { runNearside } from '../harness/nearside-process.ts'
import {
  BROKEN_UTF8,
  bomb,
  damaged,
  ELF,
  GOOD,
  LOG,
  pdf,
  TABLE,
  utf16,
  zip
} from './fixtures/bad-requests.ts'

const dir = mkdtempSync(join(tmpdir(), 'nearside-bad-'))
const home = join(dir, 'home')
const env = { NEARSIDE_HOME: home }
const put = (name: string, content: string | Uint8Array): void =>
  writeFileSync(join(dir, name), content)

function prepare(): void {
  put('empty.txt', '')
  put('blank.txt', ' \n\n')
  for (const name of ['elf.txt', 'elf.log', 'elf.csv']) put(name, ELF)
  for (const name of ['huge.txt', 'huge.log', 'huge.csv']) {
    put(name, '')
    truncateSync(join(dir, name), 2 * 1024 ** 3)
  }
  for (const name of ['broken.txt', 'broken.log']) put(name, BROKEN_UTF8)
  put('bomb.zip', bomb())
  put('damaged.zip', damaged(zip({ name: 'a.txt', data: GOOD.repeat(9) })))
  put('climbs.zip', zip({ name: '../../evil.txt', data: GOOD }))
  put('cut.pdf', pdf().slice(0, 300))
  put('locked.pdf', pdf(true))
  put('ragged.csv', 'time,pressure\n1,2\n3\n')
  put('words.csv', 'name,state\npump,good\n')
  put('utf16.log', utf16(LOG))
  put('utf16.csv', utf16(TABLE))
  put('secret.txt', GOOD)
  chmodSync(join(dir, 'secret.txt'), 0)
  mkdirSync(join(dir, 'folder'))
}

/** Arguments after `nearside`, with {dir} for the folder, and what the sentence says. */
const CASES: readonly (readonly [call: string, sentence: RegExp])[] = [
  ['analyze text {dir}/empty.txt', /empty\.txt is empty/],
  ['analyze text {dir}/blank.txt', /blank\.txt is empty/],
  ['analyze text {dir}/huge.txt', /larger than 64 MiB/],
  ['analyze text {dir}/elf.txt', /not text/],
  ['analyze text {dir}/broken.txt', /encoding/],
  ['analyze text {dir}/bomb.zip', /200 times its size/],
  ['analyze text {dir}/damaged.zip', /damaged archive/],
  ['analyze text {dir}/climbs.zip', /climbs out/],
  ['analyze text {dir}/cut.pdf', /damaged PDF/],
  ['analyze text {dir}/locked.pdf', /password/],
  ['analyze text {dir}/folder', /no document/],
  ['analyze text {dir}/nothing.txt', /does not exist/],
  ['analyze text {dir}/huge.txt -o {dir}/no/where.md', /cannot be written/],
  ['analyze text {dir}/empty.txt --sentences 5000', /1 to 50/],
  ['analyze text {dir}/empty.txt --format docx', /Allowed choices/],
  ['analyze logs {dir}/empty.txt', /is empty/],
  ['analyze logs {dir}/huge.log', /binary/],
  ['analyze logs {dir}/elf.log -o {dir}/out.md', /binary/],
  ['analyze logs {dir}/broken.log', /UTF-8/],
  ['analyze logs {dir}/folder', /folder/],
  ['analyze logs {dir}/nothing.log', /does not exist/],
  ['analyze machines {dir}/empty.txt', /is empty/],
  ['analyze machines {dir}/huge.csv', /binary/],
  ['analyze machines {dir}/elf.csv', /binary/],
  ['analyze machines {dir}/ragged.csv -o {dir}/out.md', /row 3 has 1 cell/],
  ['analyze machines {dir}/words.csv', /column/],
  ['analyze machines {dir}/folder', /folder/],
  ['analyze poems {dir}/empty.txt', /[Uu]nknown command/],
  ['models verify {dir}/nothing', /no folder/],
  ['models verify {dir}/folder', /manifest\.json: is missing/],
  ['models verify {dir}/empty.txt', /no folder/],
  ['models inspect nothing', /no model named nothing/],
  ['rollout create x@1.0.0', /Give name and version/],
  ['rollout create', /name@version/],
  ['rollout create --bundle {dir}/folder', /manifest\.json: is missing/],
  ['up --home {dir}/empty.txt/home', /cannot be written/],
  ['up --port 99999', /0 to 65535/],
  ['nothing', /[Uu]nknown command/]
]
/** Commands at the same time. */
const LANES = 3

test('every bad call ends with 2 and one sentence, and writes nothing', async (t) => {
  prepare()
  const before = readdirSync(dir).sort()
  const waiting = [...CASES]
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [call, sentence] = next
      const args = call.split(' ').map((part) => part.replace('{dir}', dir))
      const { code, stdout, stderr } = await runNearside(args, { env })
      t.match({ code, stdout }, { code: 2, stdout: '' }, call)
      t.match(stderr, sentence, call)
      t.match(stderr, /^\S[^\n]*\.\n$/, `${call}: one sentence: ${stderr}`)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  t.same(
    readdirSync(dir)
      .filter((name) => name !== 'home')
      .sort(),
    before,
    'no half file'
  )
  const rest = readdirSync(home, { recursive: true, withFileTypes: true })
  t.same(
    rest.filter((entry) => entry.isFile()),
    [],
    'nothing under the home folder'
  )
})

test('odd files that can be read are read', async (t) => {
  for (const [what, file] of [
    ['logs', 'utf16.log'],
    ['machines', 'utf16.csv']
  ] as const) {
    const { code, stdout } = await runNearside(['analyze', what, join(dir, file)], { env })
    t.equal(code, 0)
    t.match(stdout, /40 lines of 2|60 rows/)
  }
  const endless = await runNearside(['analyze', 'logs', '--emit', 'events'], {
    env,
    input: 'x'.repeat(100e6)
  })
  t.equal(endless.code, 0)
  t.ok(endless.stdout.length < 1e6, 'a line of 100 MB is cut')
})

test('a file without read permission is named as such', {
  skip: process.getuid?.() === 0 && 'root may read every file'
}, async (t) => {
  const { code, stderr } = await runNearside(['analyze', 'text', join(dir, 'secret.txt')], { env })
  t.equal(code, 2)
  t.match(stderr, /may not be read/)
})

test('what the launcher starts ends with the launcher, even when it is killed', async (t) => {
  const launcher = join(import.meta.dirname, '..', '..', 'bin', 'nearside')
  // As a shell starts it: without the hooks that the test runner puts into every Node.
  const shell = ['-c', 'unset NODE_OPTIONS; exec "$0" analyze machines --emit scores', launcher]
  const child = spawn('sh', shell)
  child.stdin.write(`time,pressure\n${'1,2\n'.repeat(2000)}`) // no end: it waits for more
  await once(child.stdout, 'data')
  const ended = once(child.stdout.resume(), 'close')
  child.kill('SIGKILL')
  await ended // the last process that held the pipe is gone
  t.equal(child.signalCode, 'SIGKILL')
})
