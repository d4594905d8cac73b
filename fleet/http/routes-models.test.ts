// The registry through its HTTP door: bundles that are whole, spoiled, hostile or too large.

import { once } from 'node:events'
import { mkdtemp, readdir } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { type Problem, RegistryModel } from '../../contract/index.ts'
import { testKey } from '../../test/harness/tiny-model.ts'
import { type Spoil, uploadBundle } from '../../test/harness/upload-bundle.ts'
import { startFleet } from '../index.ts'

const home = await mkdtemp(join(tmpdir(), 'nearside-http-'))
const fleet = await startFleet({ home, port: 0, mqttPort: 0, logLevel: 'silent' })
const key = testKey()

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${fleet.url}${path}`, { headers })

async function json<T>(answer: Response | Promise<Response>): Promise<T> {
  return (await (await answer).json()) as T
}

const upload = (version: string, spoil: Spoil = () => undefined): Promise<Response> =>
  uploadBundle(fleet.url, { key, version, spoil })

async function refused(t: Test, answer: Response, expected: { status: number; code: string }) {
  const problem = await json<Problem>(answer)
  t.match({ status: answer.status, code: problem.code }, expected)
  t.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/)
  t.match(problem.detail, /\.$/, problem.detail)
  return problem
}

/** What lies in the upload area and the blob store. */
async function stored(): Promise<string[]> {
  const entries = await readdir(join(home, 'fleet'), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && /blobs|uploads/.test(entry.parentPath))
    .map(({ name }) => name)
    .sort()
}

test('a bundle is published once, again without harm, and shown with its signer', async (t) => {
  const first = await upload('1.0.0')
  t.equal(first.status, 201)
  const model = RegistryModel.parse(await first.json())
  t.match(model, { version: '1.0.0', signer: key.trusted.id, devices: 0 })
  const again = await upload('1.0.1')
  t.equal(again.status, 201)
  t.equal((await json<RegistryModel[]>(get('/api/v1/models'))).length, 2)
  t.same(await json(get(`/api/v1/models/${model.name}/1.0.0`)), model)
  const before = await stored()
  t.equal((await upload('1.0.0')).status, 200)
  t.same(await stored(), before)
  await refused(t, await get('/api/v1/models/tiny/9.9.9'), {
    status: 404,
    code: 'NS_MODEL_UNKNOWN'
  })
})

test('a version keeps its contents for ever', async (t) => {
  const answer = await uploadBundle(fleet.url, { key, version: '1.0.0', scale: 3 })
  await refused(t, answer, { status: 409, code: 'NS_MODEL_EXISTS' })
})

test('a spoiled bundle is refused by name, and leaves nothing behind', async (t) => {
  const before = await stored()
  const onnx = (files: Map<string, Buffer>): string =>
    [...files.keys()].find((name) => name.endsWith('.onnx')) ?? ''
  const cases: { what: string; change: Spoil; status: number; code: string }[] = [
    {
      what: 'one byte changed',
      change: (files) => {
        const data = files.get(onnx(files)) ?? Buffer.alloc(1)
        data[5] = (data[5] ?? 0) ^ 1
      },
      status: 422,
      code: 'NS_BUNDLE_DIGEST'
    },
    {
      what: 'no model',
      change: (files) => files.delete(onnx(files)),
      status: 422,
      code: 'NS_BUNDLE_INVALID'
    },
    {
      what: 'no manifest',
      change: (files) => files.delete('manifest.json'),
      status: 422,
      code: 'NS_BUNDLE_INVALID'
    },
    {
      what: 'no signature',
      change: (files) => files.delete('manifest.sig'),
      status: 422,
      code: 'NS_BUNDLE_UNSIGNED'
    },
    {
      what: 'a signature that is none',
      change: (files) => files.set('manifest.sig', Buffer.from('{"payload":"x"}')),
      status: 422,
      code: 'NS_BUNDLE_SIGNATURE'
    },
    {
      what: 'a signature that is not even JSON',
      change: (files) => files.set('manifest.sig', Buffer.from('x')),
      status: 422,
      code: 'NS_BUNDLE_SIGNATURE'
    },
    {
      what: 'a manifest that was changed after signing',
      change: (files) =>
        files.set(
          'manifest.json',
          Buffer.concat([files.get('manifest.json') ?? Buffer.alloc(0), Buffer.from('\n')])
        ),
      status: 422,
      code: 'NS_BUNDLE_SIGNATURE'
    },
    {
      what: 'a file too many',
      change: (files) => files.set('extra.bin', Buffer.from('x')),
      status: 422,
      code: 'NS_BUNDLE_INVALID'
    },
    {
      what: 'a path that climbs',
      change: (files) => files.set('../../evil', Buffer.from('x')),
      status: 400,
      code: 'NS_INPUT_PATH'
    },
    {
      what: 'an absolute path',
      change: (files) => files.set('/etc/evil', Buffer.from('x')),
      status: 400,
      code: 'NS_INPUT_PATH'
    },
    {
      what: 'a file below a file',
      change: (files) => files.set('manifest.json/x', Buffer.from('x')),
      status: 422,
      code: 'NS_BUNDLE_INVALID'
    },
    {
      what: 'too many files',
      change: (files) => {
        for (let index = 0; index < 300; index += 1) files.set(`f${index}`, Buffer.from('x'))
      },
      status: 422,
      code: 'NS_BUNDLE_INVALID'
    }
  ]
  for (const { what, change, ...expected } of cases) {
    await t.test(what, async (tt) => {
      const { detail } = await refused(tt, await upload('2.0.0', change), expected)
      if (what === 'one byte changed') tt.match(detail, /\.onnx/)
    })
  }
  t.same(await stored(), before)
})

test('an upload that is no form, or too large, is refused before it is read', async (t) => {
  const post = (body: string | FormData, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${fleet.url}/api/v1/models`, { method: 'POST', body, headers })
  const typed = { 'content-type': 'application/json' }
  await refused(t, await post('{}', typed), { status: 415, code: 'NS_REQUEST_MEDIA_TYPE' })
  const form = new FormData()
  form.append('manifest.json', 'as a field')
  await refused(t, await post(form), { status: 422, code: 'NS_BUNDLE_INVALID' })
  const cut = { 'content-type': 'multipart/form-data; boundary=x' }
  await refused(t, await post('--x\r\nContent-Disp', cut), {
    status: 400,
    code: 'NS_REQUEST_INVALID'
  })
  const request = httpRequest(`${fleet.url}/api/v1/models`, {
    method: 'POST',
    headers: { ...cut, 'content-length': 300 * 1024 * 1024 }
  })
  request.flushHeaders()
  const [answer] = (await once(request, 'response')) as [{ statusCode: number; headers: object }]
  t.equal(answer.statusCode, 413)
  request.on('error', () => undefined)
  request.destroy()
})

test('a file that grows over the limit is cut while it comes', async (t) => {
  const before = await stored()
  const half = new Uint8Array(101 * 1024 * 1024)
  const body = async function* () {
    const head = (name: string): string =>
      `--x\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\n\r\n`
    yield Buffer.from(head('a.bin'))
    yield half
    yield Buffer.from(`\r\n${head('b.bin')}`)
    yield half
    yield Buffer.from('\r\n--x--\r\n')
  }
  const answer = await fetch(`${fleet.url}/api/v1/models`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
    body: ReadableStream.from(body()),
    duplex: 'half'
  } as RequestInit)
  const { detail } = await refused(t, answer, { status: 413, code: 'NS_INPUT_TOO_LARGE' })
  t.match(detail, /200 MiB/)
  t.same(await stored(), before)
})

test('the fleet stops', () => fleet.stop())
