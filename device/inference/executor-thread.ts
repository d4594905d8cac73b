// The inside of an executor: a worker thread that loads one session and answers one batch at a time. It
// ends by message, behind its last batch, so that the session's memory is given back.

import { parentPort, workerData } from 'node:worker_threads'
import { NearsideError, toNearsideError } from '../../contract/index.ts'
import { openPipeline } from './document-pipeline.ts'
import type { ExecutorPlan, FromExecutor, ToExecutor, WorkResult } from './executor-protocol.ts'
import { openSession } from './onnx-session.ts'

// ONNX Runtime 1.30 cannot read float16 tensors while Node 24's Float16Array exists (toolchain.md, section 5).
Reflect.deleteProperty(globalThis, 'Float16Array')

const port = parentPort
if (!port) throw new Error('executor-thread.ts runs as a worker thread only')

function buffersOf(result: WorkResult): ArrayBuffer[] {
  const arrays =
    result.kind === 'tensors'
      ? Object.values(result.outputs).map(({ data }) => data)
      : result.documents.flatMap((tables) => Object.values(tables))
  return [...new Set(arrays.map(({ buffer }) => buffer))]
}

function post(message: FromExecutor): void {
  port?.postMessage(message, message.type === 'done' ? buffersOf(message.result) : [])
}

async function open(plan: ExecutorPlan) {
  const session = await openSession(plan)
  const pipeline = await openPipeline(plan)
  const work = async ({ work }: Extract<ToExecutor, { type: 'run' }>): Promise<WorkResult> => {
    if (work.kind === 'tensors') return { kind: 'tensors', outputs: await session.run(work.inputs) }
    if (!pipeline)
      throw new NearsideError('NS_INFERENCE_INPUT', 'This model takes tensors, not documents.')
    return { kind: 'documents', documents: await pipeline(work.documents, session.run) }
  }
  return { work, close: session.close }
}

function refusal(error: unknown): Pick<NearsideError, 'code'> & { sentence: string } {
  const { code, message } =
    error instanceof NearsideError
      ? error
      : new NearsideError('NS_INFERENCE_FAILED', toNearsideError(error).message)
  return { code, sentence: message }
}

try {
  const executor = await open(workerData as ExecutorPlan)
  const answer = async (message: ToExecutor): Promise<void> => {
    if (message.type === 'stop') {
      await executor.close()
      port.close()
      return
    }
    const startedMs = performance.now()
    try {
      const result = await executor.work(message)
      post({ type: 'done', id: message.id, result, computeMs: performance.now() - startedMs })
    } catch (error) {
      post({ type: 'refused', id: message.id, ...refusal(error) })
    }
  }
  let last = Promise.resolve()
  port.on('message', (message: ToExecutor) => {
    last = last.then(() => answer(message)) // one at a time, the end behind the work
  })
  post({ type: 'ready' })
} catch (error) {
  post({ type: 'failed', ...refusal(error) })
  port.close()
}
