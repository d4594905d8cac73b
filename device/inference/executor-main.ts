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
import type { Tensors } from './tensors.ts'

// ONNX Runtime 1.30 cannot read float16 tensors while Node 24's Float16Array exists (toolchain.md, section 5).
Reflect.deleteProperty(globalThis, 'Float16Array')

interface Loaded {
  readonly session: OnnxSession
  readonly pipeline: DocumentPipeline | undefined
}

/** Loads what a plan names. @throws Refusal */
export type OpenSession = (plan: ExecutorPlan, port: ExecutorPort) => Promise<OnnxSession>

async function openOwn(plan: ExecutorPlan): Promise<OnnxSession> {
  // What is not needed is not loaded: an executor with the stock binding has no foreign function in it.
  if (plan.remote) return (await import('./remote-executor.ts')).openRemote(plan.remote)
  if (plan.binding === 'stock') return openSession(plan)
  const { openFfiSession } = await import('./open-ffi-session.ts')
  return openFfiSession(plan)
}

async function load(plan: ExecutorPlan, session: OnnxSession): Promise<Loaded> {
  return { session, pipeline: await openPipeline(plan) }
}

/** Outputs of a batch that an agent takes; posting makes copies of them on both sides. */
const MOST_OUTPUT_BYTES = 512 * 1024 * 1024

/** @throws Refusal */
function refuseHuge(outputs: Tensors): void {
  const bytes = Object.values(outputs).reduce((sum, { data }) => sum + data.byteLength, 0)
  if (bytes <= MOST_OUTPUT_BYTES) return
  const sentence = `The model's answer has ${bytes} bytes; at most ${MOST_OUTPUT_BYTES} are taken from it. Send less input.`
  throw new Refusal('NS_INPUT_TOO_LARGE', sentence)
}

async function run({ session, pipeline }: Loaded, work: Work): Promise<WorkResult> {
  if (work.kind === 'tensors') {
    // Posting copies at once, before the next run: a second copy of large outputs is saved.
    const outputs = await (session.borrow?.(work.inputs) ?? session.run(work.inputs))
    refuseHuge(outputs)
    return { kind: 'tensors', outputs }
  }
  if (!pipeline) throw new Refusal('NS_INFERENCE_INPUT', 'This model takes tensors, not documents.')
  return {
    kind: 'documents',
    documents: await pipeline(work.documents, (inputs) => session.run(inputs))
  }
}

function refusal(error: unknown): { code: ErrorCode; sentence: string } {
  if (error instanceof Refusal) return { code: error.code, sentence: error.message }
  return { code: 'NS_INFERENCE_FAILED', sentence: 'The model could not be run; try again.' }
}

/** The words of the library behind a refusal. */
function detailOf(error: unknown): string | null {
  const source = error instanceof Refusal ? error.cause : error
  const said = (source as { details?: { detail?: unknown } } | undefined)?.details?.detail
  if (typeof said === 'string') return said
  return source instanceof Error ? source.message : null
}

/**
 * Answers the agent until it says stop.
 * @param open default: a session in this very executor
 */
export function serveExecutor(port: ExecutorPort, open: OpenSession = openOwn): void {
  let loaded: Loaded | undefined
  const start = async (plan: ExecutorPlan): Promise<void> => {
    try {
      loaded = await load(plan, await open(plan, port))
      port.post({ type: 'ready' })
    } catch (error) {
      port.post({ type: 'failed', ...refusal(error), detail: detailOf(error) })
      port.close()
    }
  }
  const end = async (): Promise<void> => {
    await loaded?.session.close()
    port.close()
  }
  const answer = async (message: ToExecutor): Promise<void> => {
    if (message.type === 'open') return start(message.plan)
    if (message.type === 'stop') return end()
    if (!loaded) return
    port.post({ type: 'begun', id: message.id })
    const startedMs = performance.now()
    try {
      const result = await run(loaded, message.work)
      const computeMs = performance.now() - startedMs
      const startedAtMs = performance.timeOrigin + startedMs
      port.post({ type: 'done', id: message.id, result, computeMs, startedAtMs })
    } catch (error) {
      const { strikes } = loaded.session
      // Nothing that this process could still answer: its end makes the agent try the batch on a new one.
      const lost = error instanceof Refusal && error.code === 'NS_WORKER_FAILED'
      if (lost && strikes === undefined) return port.close()
      const told = strikes === undefined ? {} : { strikes }
      port.post({ type: 'refused', id: message.id, ...refusal(error), ...told })
      // The memory of an answer that is too large stays with the process; the next batch gets a new one.
      if (error instanceof Refusal && error.code === 'NS_INPUT_TOO_LARGE') await end()
    }
  }
  let last = Promise.resolve()
  port.onMessage((message) => {
    last = last.then(() => answer(message)) // one at a time, the end behind the work
  })
}
