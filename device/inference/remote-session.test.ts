// A batch that is sent to another server: to our own door with real models, and to servers that are broken.

import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { openOipServer } from '../../test/harness/oip-server.ts'
import { TestAuthority } from '../../test/harness/test-authority.ts'
import { openRemoteSession } from './remote-session.ts'
import type { Tensors } from './tensors.ts'

const two = (): Tensors => ({
  x: { datatype: 'FP32', shape: [2, 2], data: new Float32Array([1, 2, 3, 4]) },
  spin: { datatype: 'INT64', shape: [2], data: new BigInt64Array([1n, 1n]) }
})

t.test('our own server answers a batch', async (t) => {
  const server = await openOipServer()
  t.teardown(() => server.close())
  const open = (model: string, version?: string) =>
    openRemoteSession({
      ...{ url: `${server.url}/`, model, timeoutMs: 30_000 },
      ...(version === undefined ? {} : { version })
    })
  const outputs = await open('tiny').run(two())
  t.same(outputs, { y: { datatype: 'FP32', shape: [2, 2], data: new Float32Array([2, 4, 6, 8]) } })
  t.same(await open('tiny', '1.0.0').run(two()), outputs)
  await t.rejects(open('tiny', '9.9.9').run(two()), { code: 'NS_MODEL_UNKNOWN' })
  await t.rejects(open('nope').run(two()), { code: 'NS_MODEL_UNKNOWN', message: /404.*nope/ })
  await t.rejects(open('tiny').run({}), { code: 'NS_INFERENCE_INPUT' })
  await server.pool.unload('tiny')
  const closed = open('tiny')
  await closed.close()
  await t.rejects(closed.run(two()), { code: 'NS_JOB_CANCELLED' })
})

t.test('a server that is broken, slow or away is named with a code', async (t) => {
  let answer: RequestListener = () => undefined
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const options = {
    url,
    model: 'm',
    timeoutMs: 10_000,
    headers: { authorization: 'Bearer secret-token' }
  }
  const run = (next: RequestListener, over: object = {}) => {
    answer = next
    return openRemoteSession({ ...options, ...over }).run(two())
  }
  const reply =
    (status: number, body: string, headers: Record<string, string> = {}): RequestListener =>
    (_, response) =>
      response.writeHead(status, headers).end(body)
  const binary = (head: object, rest = ''): RequestListener => {
    const json = JSON.stringify(head)
    return reply(200, json + rest, { 'inference-header-content-length': String(json.length) })
  }
  const output = { name: 'y', datatype: 'FP32', shape: [1], parameters: { binary_data_size: 4 } }
  const cases: [RequestListener, string, RegExp, object?][] = [
    [reply(429, '{"error":"full"}'), 'NS_INFERENCE_OVERLOADED', /429: full/],
    [reply(503, 'no JSON'), 'NS_REMOTE_UNREACHABLE', /503;/],
    [reply(504, '{}'), 'NS_INFERENCE_DEADLINE', /504/],
    [reply(500, '{"error":7}'), 'NS_INFERENCE_FAILED', /500/],
    [reply(302, '', { location: url }), 'NS_REMOTE_UNREACHABLE', /redirects m, which is not/],
    [
      reply(401, '{"error":"Bearer secret-token is no good"}'),
      'NS_INFERENCE_FAILED',
      /401: … is no good/
    ],
    [reply(200, '{"outputs":[]}'), 'NS_INFERENCE_FAILED', /binary/],
    [binary({ outputs: 'none' }), 'NS_INFERENCE_FAILED', /binary/],
    [
      binary({ outputs: [{ ...output, datatype: 'BYTES' }] }, '1234'),
      'NS_INFERENCE_FAILED',
      /BYTES/
    ],
    [binary({ outputs: [output] }, '123'), 'NS_INFERENCE_FAILED', /fewer bytes/],
    [binary({ outputs: [output] }, '12345'), 'NS_INFERENCE_FAILED', /no output/],
    [
      reply(200, 'x'.repeat(100)),
      'NS_INFERENCE_FAILED',
      /more than 10 bytes/,
      { maxAnswerBytes: 10 }
    ],
    [() => undefined, 'NS_INFERENCE_DEADLINE', /within 50 ms/, { timeoutMs: 50 }],
    [(request) => request.socket.destroy(), 'NS_REMOTE_UNREACHABLE', /does not answer/]
  ]
  for (const [listener, code, message, over] of cases)
    await t.rejects(run(listener, over), { code, message }, code)
  let seen: unknown
  const good = binary({ outputs: [output] }, 'abcd')
  const made = await run((request, response) => {
    seen = request.headers.authorization
    good(request, response)
  })
  t.same(made['y']?.data.byteLength, 4)
  t.equal(seen, 'Bearer secret-token')
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await t.rejects(
    run(() => undefined),
    { code: 'NS_REMOTE_UNREACHABLE' }
  )
})

t.test('an encrypted server is believed only with a certificate that is trusted', async (t) => {
  const { certificate, privateKey } = await (await TestAuthority.create()).issue('Inference')
  const server = createSecureServer({ cert: certificate, key: privateKey }, (_, response) =>
    response.end()
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const session = openRemoteSession({ url, model: 'm', timeoutMs: 10_000 })
  await t.rejects(session.run(two()), {
    ...{ code: 'NS_REMOTE_UNREACHABLE', cause: { code: /SELF_SIGNED|UNABLE_TO_VERIFY/ } }
  })
  t.throws(() => openRemoteSession({ url: 'http://8.8.8.8', model: 'm', timeoutMs: 1 }), {
    code: 'NS_SETTINGS_INVALID'
  })
})
