// The thread of one job: reads the inputs from the vault, runs the analysis, puts the report into the
// vault. The agent's loop never sees a document. Ends by itself when the job is done.

import { parentPort, workerData } from 'node:worker_threads'
import type { AnalysisPorts, AnalysisStep } from '../../analysis/index.ts'
import { type Report, toNearsideError } from '../../contract/index.ts'
import { standBack } from '../../kernel/stand-back.ts'
import { Vault } from '../vault/index.ts'
import { analysisOf } from './analysis-registry.ts'
import { InferenceBridge } from './inference-bridge.ts'
import { openInput } from './job-inputs.ts'
import type { FromThread, JobThreadData, StoredItem, ToThread } from './job-messages.ts'
import { summariseReport } from './report-summary.ts'
import { RunGate } from './run-gate.ts'

/** Item results travel in packs of this size, so that the store commits few times. */
const ITEMS_A_PACK = 16

standBack()

const port = parentPort
if (!port) throw new Error('job-thread.ts runs as a worker thread only')
const data = workerData as JobThreadData
const bridge = new InferenceBridge(port)
const gate = new RunGate()
const cancel = new AbortController()
const post = (message: FromThread): void => port.postMessage(message)

port.on('message', (message: ToThread) => {
  if (message.type === 'pause') gate.pause()
  else if (message.type === 'resume') gate.resume()
  else if (message.type === 'classified') bridge.answer(message.call, message.result)
  else if (message.type === 'classify-failed') bridge.fail(message.call, message.error)
  else {
    cancel.abort(new Error('cancelled'))
    gate.resume()
  }
})

/** Collects finished items and sends them in packs. */
class ItemPacks {
  #items: StoredItem[] = []

  add(item: StoredItem): void {
    this.#items.push(item)
    if (this.#items.length >= ITEMS_A_PACK) this.flush()
  }

  flush(): void {
    if (this.#items.length > 0) post({ type: 'items', items: this.#items.splice(0) })
  }
}

type AnyRun = (
  request: unknown,
  ports: AnalysisPorts,
  signal: AbortSignal
) => AsyncGenerator<AnalysisStep<unknown, Report>>

async function run(): Promise<void> {
  const vault = new Vault(data.vault)
  const { definition } = analysisOf(data.kind)
  const inputs = await openInput(data, { vault, gate, signal: cancel.signal, post })
  const ports: AnalysisPorts = {
    inference: bridge,
    now: () => Date.now(),
    device: data.device,
    inputs: () => data.files.map(({ name, sha256, bytes }) => ({ name, sha256, bytes }))
  }
  const resumed = data.resumed.map(({ input, result }) => ({ input, result: result.value }))
  const request = { input: inputs.input, total: inputs.total, options: data.options, resumed }
  const packs = new ItemPacks()
  try {
    for await (const step of (definition.run as AnyRun).call(
      definition,
      request,
      ports,
      cancel.signal
    )) {
      if (step.type === 'item')
        packs.add({
          input: step.input,
          result: { textId: inputs.textId(step.input), value: step.result }
        })
      if (step.type === 'progress')
        post({ type: 'progress', done: step.done, failed: step.failed, total: step.total })
      if (step.type === 'report') {
        packs.flush()
        const report = await vault.put(data.job, Buffer.from(JSON.stringify(step.report)))
        post({ type: 'done', reportId: report.id, summary: summariseReport(step.report) })
      }
    }
  } finally {
    packs.flush()
    await inputs.close()
  }
}

run()
  .catch((error: unknown) => {
    const known = toNearsideError(error)
    post({ type: 'failed', error: { code: known.code, sentence: known.message } })
  })
  .finally(() => port.close())
