// No connection beyond loopback: every connect and every datagram of `nearside up` is seen by strace, name
// look-ups included.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'tap'
import type { DeviceInfo, Job } from '../../contract/index.ts'
import { getJson, postJson, until } from '../harness/nearside-process.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'bin', 'nearside.ts')
const canTrace = spawnSync('strace', ['-V']).status === 0

test('nearside up talks to loopback only', {
  skip: !canTrace && 'strace is not installed'
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'nearside-trace-'))
  const trace = join(folder, 'trace')
  const calls = ['-f', '-qq', '-e', 'trace=connect,sendto,sendmsg,sendmmsg', '-o', trace]
  const ports = ['--port', '0', '--fleet-port', '0', '--mqtt-port', '0']
  // Coverage would follow the traced processes and write its own files; it sees them in the other tests.
  const env = { ...process.env, NODE_OPTIONS: '', NODE_V8_COVERAGE: '' }
  const child = spawn(
    'strace',
    [...calls, process.execPath, MAIN, 'up', '--home', join(folder, 'home'), ...ports, '--json'],
    { env }
  )
  t.teardown(() => child.kill('SIGKILL'))
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { device } = JSON.parse(line) as { device: string }
  await until(
    device,
    () => getJson<DeviceInfo>(`${device}/api/v1/device`),
    ({ link }) => link.state === 'online'
  )
  const { body } = await postJson<Job>(`${device}/api/v1/jobs`, {
    kind: 'text',
    sample: 'four-documents'
  })
  await until(
    device,
    () => getJson<Job>(`${device}/api/v1/jobs/${body.id}`),
    ({ state }) => state === 'done'
  )
  // strace lets no signal through that is sent to itself.
  const traced = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
  process.kill(Number(traced.trim()), 'SIGINT')
  await once(child, 'exit')
  const internet = readFileSync(trace, 'utf8')
    .split('\n')
    .filter((call) => /AF_INET6?\b/.test(call))
  t.ok(internet.length > 0, 'the device reached its fleet')
  t.same(
    internet.filter(
      (call) => !/inet_addr\("127\.\d+\.\d+\.\d+"\)|inet_pton\(AF_INET6, "::1"/.test(call)
    ),
    []
  )
})
