// The upload with its progress, against a stand-in for the browser's XMLHttpRequest, which Node lacks.

import { type Test, test } from 'tap'
import { deviceApi } from './device-api.ts'

class FakeCall {
  static last: FakeCall
  status = 0
  responseText = ''
  line = ''
  body: FormData | undefined
  aborted = false
  readonly upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {}
  onload: () => void = () => {}
  onerror: () => void = () => {}
  onabort: () => void = () => {}

  constructor() {
    FakeCall.last = this
  }

  open(method: string, url: string): void {
    this.line = `${method} ${url}`
  }

  send(body: FormData): void {
    this.body = body
  }

  abort(): void {
    this.onabort()
  }

  answer(status: number, body: string): void {
    this.status = status
    this.responseText = body
    this.onload()
  }
}

function replace(t: Test): void {
  Object.assign(globalThis, { XMLHttpRequest: FakeCall })
  t.teardown(() => Reflect.deleteProperty(globalThis, 'XMLHttpRequest'))
}

const files = [{ name: 'folder/a.txt', file: new File(['hello'], 'a.txt') }]

test('fields go before the files, progress is told, the job comes back', async (t) => {
  replace(t)
  const told: number[] = []
  const job = deviceApi.uploadJob({
    kind: 'text',
    title: 'Mine',
    options: { sentences: 3 },
    files,
    onProgress: (sent, total) => told.push(sent, total)
  })
  const call = FakeCall.last
  t.equal(call.line, 'POST /api/v1/jobs')
  t.same([...(call.body?.keys() ?? [])], ['kind', 'title', 'options', 'file'])
  t.match(call.body?.get('file'), { name: 'folder/a.txt' }, 'folders keep their shape')
  call.upload.onprogress?.({ loaded: 2, total: 5 })
  call.answer(202, '{"id":"j1"}')
  t.match(await job, { id: 'j1' })
  t.same(told, [2, 5])
})

test('a refusal has the sentence of the device, or says that there is none', async (t) => {
  replace(t)
  const refused = deviceApi.uploadJob({ kind: 'text', files })
  t.same([...(FakeCall.last.body?.keys() ?? [])], ['kind', 'file'])
  FakeCall.last.answer(
    413,
    '{"detail":"The file is larger than 50 MB.","code":"NS_INPUT_TOO_LARGE"}'
  )
  await t.rejects(refused, {
    message: 'The file is larger than 50 MB.',
    code: 'NS_INPUT_TOO_LARGE'
  })
  const silent = deviceApi.uploadJob({ kind: 'text', files })
  FakeCall.last.answer(502, '<h1>')
  await t.rejects(silent, { message: /answered 502/ })
})

test('a broken connection and a given-up upload are told apart', async (t) => {
  replace(t)
  const broken = deviceApi.uploadJob({ kind: 'text', files })
  FakeCall.last.upload.onprogress?.({ loaded: 1, total: 2 })
  FakeCall.last.onerror()
  await t.rejects(broken, { message: /broke off/ })
  const stop = new AbortController()
  const given = deviceApi.uploadJob({ kind: 'text', files, signal: stop.signal })
  stop.abort()
  await t.rejects(given, { message: 'The upload was cancelled.' })
})
