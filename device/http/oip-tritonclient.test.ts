// NVIDIA's own client (PyPI tritonclient) against every route, over HTTP and gRPC. Needs a Python that has it:
// NEARSIDE_TRITONCLIENT_PYTHON, or the environment that .ci/run makes.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openOipServer } from '../../test/harness/oip-server.ts'
import { openGrpcServer } from './oip-grpc-server.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const CACHED = join(ROOT, '.cache', 'tritonclient', 'bin', 'python')
const python = process.env['NEARSIDE_TRITONCLIENT_PYTHON'] ?? CACHED
const known =
  existsSync(python) &&
  spawnSync(python, ['-c', 'import tritonclient.http, tritonclient.grpc']).status === 0
const missing =
  'SKIPPED: no Python with tritonclient[http,grpc]; set NEARSIDE_TRITONCLIENT_PYTHON or run .ci/run'
if (!known) process.stderr.write(`${missing}\n`)

t.test('tritonclient runs every route unchanged', { skip: known ? false : missing }, async (t) => {
  const server = await openOipServer()
  const grpc = await openGrpcServer({ door: server.door, ready: () => null, port: 0 })
  t.teardown(async () => {
    await grpc.close()
    await server.close()
  })
  const script = join(ROOT, 'test', 'harness', 'triton-client.py')
  const child = spawn(python, [script, server.url.replace('http://', ''), grpc.address])
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk
    })
  const [code] = await once(child, 'close')
  t.equal(code, 0, said)
  t.match(said, /all checks hold/)
})
