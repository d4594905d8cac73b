// A client that means well, among hostile ones: it asks something small on a new connection again and again. It
// has a thread of its own, so that it does not wait for the other clients of the same process.

import { once } from 'node:events'
import { request } from 'node:http'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { pause } from '../process-figures.ts'

export interface Watched {
  readonly asked: number
  readonly answered: number
  readonly slowestMs: number
}

interface Errand {
  readonly url: string
  readonly body: string
}

const PAUSE_MS = 100
const PATIENCE_MS = 10_000

/** Asks until the function that it returns is called. */
export function watchOver(url: string, body: string): () => Promise<Watched> {
  const workerData: Errand = { url, body }
  const worker = new Worker(new URL(import.meta.url), { workerData })
  return async () => {
    worker.postMessage('stop')
    const [watched] = (await once(worker, 'message')) as [Watched]
    return watched
  }
}

async function watch({ url, body }: Errand): Promise<void> {
  let watching = true
  parentPort?.once('message', () => {
    watching = false
  })
  let asked = 0
  let answered = 0
  let slowestMs = 0
  while (watching) {
    const began = performance.now()
    asked += 1
    if ((await askOnce(url, body)) === 200) answered += 1
    slowestMs = Math.max(slowestMs, performance.now() - began)
    await pause(PAUSE_MS)
  }
  parentPort?.postMessage({ asked, answered, slowestMs } satisfies Watched)
}

function askOnce(url: string, body: string): Promise<number> {
  return new Promise((resolve) => {
    const headers = { 'content-length': Buffer.byteLength(body) }
    const call = request(url, { method: 'POST', headers, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    })
    call.setTimeout(PATIENCE_MS, () => call.destroy())
    call.on('error', () => resolve(0))
    call.end(body)
  })
}

if (!isMainThread) await watch(workerData as Errand)
