// The inside of an executor, whatever shell it lives in: loads one session, answers one batch at a time, and
// ends by message, behind its last batch, so that the session's memory is given back.

import type { ErrorCode } from '../../contract/index.ts'
import { type DocumentPipeline, openPipeline } from './document-pipeline.ts'
import type {
  ExecutorPlan,
  ExecutorPort,
  ToExecutor,
  Work,
  WorkResult
} from './executor-protocol.ts'
import { type OnnxSession, openSession } from './onnx-session.ts'
import { Refusal } from './refusal.ts'

// ONNX Runtime 1.30 cannot read float16 tensors while Node 24's Float16Array exists (toolchain.md, section 5).
Reflect.deleteProperty(globalThis, 'Float16Array')

interface Loaded {
  readonly session: OnnxSession
  readonly pipeline: DocumentPipeline | undefined
}

async function load(plan: ExecutorPlan): Promise<Loaded> {
  const session = await openSession(plan)
  return { session, pipeline: await openPipeline(plan) }
}

async function run({ session, pipeline }: Loaded, work: Work): Promise<WorkResult> {
  if (work.kind === 'tensors') return { kind: 'tensors', outputs: await session.run(work.inputs) }
  if (!pipeline) throw new Refusal('NS_INFERENCE_INPUT', 'This model takes tensors, not documents.')
  return { kind: 'documents', documents: await pipeline(work.documents, session.run) }
}

function refusal(error: unknown): { code: ErrorCode; sentence: string } {
  if (error instanceof Refusal) return { code: error.code, sentence: error.message }
  return { code: 'NS_INFERENCE_FAILED', sentence: 'The model could not be run; try again.' }
}

/** Answers the agent until it says stop. */
export function serveExecutor(port: ExecutorPort): void {
  let loaded: Loaded | undefined
  const open = async (plan: ExecutorPlan): Promise<void> => {
    try {
      loaded = await load(plan)
      port.post({ type: 'ready' })
    } catch (error) {
      port.post({ type: 'failed', ...refusal(error) })
      port.close()
    }
  }
  const answer = async (message: ToExecutor): Promise<void> => {
    if (message.type === 'open') return open(message.plan)
    if (message.type === 'stop') {
      await loaded?.session.close()
      return port.close()
    }
    if (!loaded) return
    const startedMs = performance.now()
    try {
      const result = await run(loaded, message.work)
      const computeMs = performance.now() - startedMs
      const startedAtMs = performance.timeOrigin + startedMs
      port.post({ type: 'done', id: message.id, result, computeMs, startedAtMs })
    } catch (error) {
      port.post({ type: 'refused', id: message.id, ...refusal(error) })
    }
  }
  let last = Promise.resolve()
  port.onMessage((message) => {
    last = last.then(() => answer(message)) // one at a time, the end behind the work
  })
}
