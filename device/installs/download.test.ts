import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { systemClock } from '../../kernel/clock.ts'
import { BlobServer } from '../../test/harness/blob-server.ts'
import { ManualClock, settle } from '../../test/harness/manual-clock.ts'
import { mountSmallDisk } from '../../test/harness/small-disk.ts'
import { TcpProxy } from '../../test/harness/tcp-proxy.ts'
import { TestAuthority } from '../../test/harness/test-authority.ts'
import { type DownloadOptions, download } from './download.ts'

async function setUp(t: Test, bytes = 1_000_000) {
  const server = new BlobServer()
  await server.listen()
  t.teardown(() => server.close())
  const data = randomBytes(bytes)
  const file = { path: 'model.onnx', sha256: server.add(data), size: data.length }
  const target = join(mkdtempSync(join(tmpdir(), 'nearside-download-')), file.sha256)
  const retries: string[] = []
  const fetch = (more: Partial<DownloadOptions> = {}, blobs = server.url): Promise<void> =>
    download(
      blobs,
      { file, target },
      {
        clock: systemClock,
        signal: new AbortController().signal,
        random: () => 0,
        stallMs: 200,
        onRetry: ({ message }) => retries.push(message),
        ...more
      }
    )
  const isWhole = (): boolean => readFileSync(target).equals(data)
  return { server, data, file, target, part: `${target}.part`, retries, fetch, isWhole }
}

test('a file arrives whole, and one that is here is not fetched again', async (t) => {
  const { server, fetch, isWhole, target } = await setUp(t)
  const seen: number[] = []
  await fetch({ onBytes: (total) => seen.push(total) })
  t.ok(isWhole())
  t.equal(seen.at(-1), 1_000_000)
  await fetch()
  t.equal(server.requests.length, 1)
  writeFileSync(target, 'damaged')
  await fetch()
  t.ok(isWhole())
})

test('a link that falls again and again costs no byte twice', async (t) => {
  const { server, fetch, isWhole, retries, part } = await setUp(t, 5_000_000)
  const proxy = new TcpProxy(() => server.port)
  const port = await proxy.listen()
  t.teardown(() => proxy.close())
  let cuts = 0
  proxy.cutAfterBytes = 1_500_000
  const onRetry = (error: Error): void => {
    retries.push(error.message)
    cuts += 1
    if (cuts < 3) proxy.cutAfterBytes = 1_000_000
  }
  await fetch({ onRetry }, `http://127.0.0.1:${port}/blobs/`)
  t.ok(isWhole())
  t.equal(cuts, 3)
  t.same(new Set(retries), new Set(['The fleet cannot be reached.']))
  const starts = server.requests.map(({ range }) => Number(range?.match(/\d+/)?.[0] ?? 0))
  t.equal(starts[0], 0)
  t.ok(starts.every((start, index) => index === 0 || start >= (starts[index - 1] ?? 0)))
  t.notOk(existsSync(part))
  t.notOk(existsSync(`${part}.etag`))
})

test('a part of another version, a torn part and a part that is too long start over', async (t) => {
  const { server, fetch, isWhole, part, data } = await setUp(t)
  writeFileSync(part, data.subarray(0, 400_000))
  writeFileSync(`${part}.etag`, '"old"')
  await fetch()
  t.ok(isWhole())
  t.match(server.requests, [{ range: 'bytes=400000-' }])
  t.equal(server.sentBytes, 1_000_000, 'the condition failed, so all of it came')

  const torn = await setUp(t)
  writeFileSync(torn.part, Buffer.alloc(400_000))
  await torn.fetch()
  t.ok(torn.isWhole())
  t.match(torn.server.requests, [{ range: 'bytes=400000-' }, { range: undefined }])

  const long = await setUp(t)
  writeFileSync(long.part, Buffer.alloc(2_000_000))
  await long.fetch()
  t.ok(long.isWhole())

  const full = await setUp(t)
  writeFileSync(full.part, full.data)
  await full.fetch()
  t.ok(full.isWhole())
  t.equal(full.server.requests.length, 0, 'a whole part needs its check only')
})

test('a file that is wrong at the fleet is fetched twice and refused', async (t) => {
  const { server, fetch, file, part, target } = await setUp(t)
  server.blobs.set(file.sha256, randomBytes(1_000_000))
  await t.rejects(fetch(), { code: 'NS_BUNDLE_DIGEST', message: /^model.onnx:/ })
  t.equal(server.requests.length, 2)
  server.blobs.set(file.sha256, randomBytes(3_000_000))
  await t.rejects(fetch(), { code: 'NS_BUNDLE_DIGEST' }, 'more bytes than announced')
  t.equal(server.requests.length, 4)
  t.notOk(existsSync(part) || existsSync(target))
  server.blobs.set(file.sha256, randomBytes(500_000))
  const abort = new AbortController()
  const short = fetch({
    signal: abort.signal,
    onRetry: ({ message }) => abort.abort(new Error(message))
  })
  await t.rejects(short, { message: /ended early/ })
})

test('a file that the fleet does not have is given up, a busy fleet is waited for', async (t) => {
  const { server, fetch, file, retries, isWhole, data } = await setUp(t)
  server.blobs.clear()
  await t.rejects(fetch(), { code: 'NS_BLOB_UNKNOWN', message: /status 404/ })
  t.equal(server.requests.length, 3, 'it may be published a moment later')
  server.blobs.set(file.sha256, data)
  const statuses = [503, 429, 500]
  server.answer = (_request, response) => {
    const status = statuses.shift()
    if (status === undefined) return false
    response.writeHead(status).end('busy')
    return true
  }
  retries.length = 0
  await fetch()
  t.ok(isWhole())
  t.same(
    retries,
    [503, 429, 500].map((status) => `The fleet answered with status ${status}.`)
  )
  const moved = await setUp(t)
  moved.server.answer = (_request, response) =>
    Boolean(response.writeHead(302, { location: 'http://elsewhere/' }).end())
  await t.rejects(moved.fetch(), { code: 'NS_BLOB_UNKNOWN' }, 'it follows no one elsewhere')
})

test('an answer with another part than asked for is not glued on', async (t) => {
  for (const answer of ['bytes 0-999999/1000000', 'bytes 400000-999999/7', 'nonsense', undefined]) {
    const { server, fetch, isWhole, part, data, retries } = await setUp(t)
    writeFileSync(part, data.subarray(0, 400_000))
    server.answer = (_request, response) => {
      server.answer = () => false
      if (answer === undefined) response.writeHead(416).end()
      else response.writeHead(206, { 'content-range': answer }).end(Buffer.alloc(600_000))
      return true
    }
    await fetch()
    t.ok(isWhole(), String(answer))
    t.match(retries, ['The fleet sent another part than was asked for.'])
  }
})

test('a fleet that stalls, before or within the answer, is asked again', async (t) => {
  const { server, fetch, isWhole, retries, data, part } = await setUp(t)
  let asked = 0
  server.answer = (_request, response) => {
    asked += 1
    if (asked === 1) return true // never answers
    if (asked > 2) return false
    response.writeHead(200, { 'content-length': data.length })
    response.write(data.subarray(0, 300_000))
    return true
  }
  await fetch()
  t.ok(isWhole())
  t.same(retries, Array(2).fill('The fleet sent nothing for a minute.'))
  t.equal(server.requests.at(-1)?.range, 'bytes=300000-')
  t.notOk(existsSync(part))
})

test('the wait doubles up to a minute and starts small again after progress', async (t) => {
  const { server, fetch, data, file } = await setUp(t)
  const clock = new ManualClock()
  const delays: number[] = []
  let isEnough = false
  let end = (): unknown => undefined
  server.answer = (_request, response) => Boolean(response.writeHead(503).end())
  const abort = new AbortController()
  const done = fetch({
    clock,
    random: () => 1,
    signal: abort.signal,
    onBytes: () => end(),
    onRetry: (_error, delayMs) => {
      delays.push(delayMs / 1000)
      isEnough = true
    }
  })
  const next = async (): Promise<void> => {
    while (!isEnough) await settle()
    isEnough = false
    await settle()
  }
  for (let n = 0; n < 8; n += 1) {
    await next()
    if (n === 7) {
      server.answer = (_request, response) => {
        response.writeHead(200, { 'content-length': data.length, etag: file.sha256 })
        response.write(data.subarray(0, 1000))
        end = () => response.destroy()
        return true
      }
    }
    clock.advance(60_000)
  }
  await next()
  t.same(delays, [1, 2, 4, 8, 16, 32, 60, 60, 1])
  abort.abort(new Error('superseded'))
  await t.rejects(done, { message: 'superseded' })
})

test('it ends at once when it is no longer wanted, in the middle of a body too', async (t) => {
  const { server, fetch, data, part } = await setUp(t)
  server.answer = (_request, response) => {
    response.writeHead(200, { 'content-length': data.length })
    response.write(data.subarray(0, 300_000))
    return true
  }
  const abort = new AbortController()
  const reason = new Error('superseded')
  const onBytes = (total: number): void => {
    if (total >= 300_000) abort.abort(reason)
  }
  await t.rejects(fetch({ signal: abort.signal, onBytes, stallMs: 60_000 }), reason)
  t.equal(statSync(part).size, 300_000, 'what came stays for the next time')
})

const disk = mountSmallDisk(1)
const skip = disk ? false : 'needs the right to mount a small tmpfs; full disk not checked'

test('a disk that fills up during the download is told', { skip }, async (t) => {
  t.teardown(() => disk?.release())
  const { server, file } = await setUp(t, 3_000_000)
  const place = { file, target: join(disk?.path ?? '', 'blob') }
  const signal = new AbortController().signal
  await t.rejects(download(server.url, place, { clock: systemClock, signal }), {
    code: 'NS_INSTALL_SPACE'
  })
})

test('files come over mutual TLS from a fleet that asks for it', async (t) => {
  const { fetch, isWhole, data, retries } = await setUp(t)
  const authority = await TestAuthority.create()
  const { certificate, privateKey } = await authority.issue('fleet')
  const ca = authority.certificate
  const options = { key: privateKey, cert: certificate, ca, requestCert: true }
  const server = createServer(options, (_request, response) => response.end(data)).listen(0)
  t.teardown(() => server.close())
  await once(server, 'listening')
  const address = server.address()
  const url = `https://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/blobs`
  const device = await authority.issue('device')
  await fetch({ tls: { ca, cert: device.certificate, key: device.privateKey } }, url)
  t.ok(isWhole())
  t.same(retries, [])
})
