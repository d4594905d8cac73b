// The session of a variant in parts, inside the executor that hands batches on: it opens the parts in processes
// of their own and sends micro-batches through them. It computes nothing and knows no queue.

import { toNearsideError } from '../../contract/index.ts'
import type { ExecutorPlan, ExecutorPort } from './executor-protocol.ts'
import type { OnnxSession } from './onnx-session.ts'
import { Refusal } from './refusal.ts'
import { openSplitModel, type SplitModel } from './split-model.ts'

function asRefusal(thrown: unknown): Refusal {
  const { code, message, details, cause } = toNearsideError(thrown)
  const known = details['detail'] === undefined ? cause : { details }
  return new Refusal(code, message, { cause: known })
}

/**
 * Loads the parts of a plan, one after the other.
 * @param port hears of the processes of the parts whenever they change
 * @throws Refusal what the first part that could not be loaded said
 */
export async function openPartsSession(
  plan: ExecutorPlan,
  port: Pick<ExecutorPort, 'post'>
): Promise<OnnxSession> {
  const { parts: split, dir, variant, rung, binding, libraries, threads, runtime } = plan
  if (!split) throw new Refusal('NS_INTERNAL', 'A plan without parts was to be opened in parts.')
  const { outputs, startDeadlineMs, batchDeadlineMs } = split
  let model: SplitModel | undefined
  const tell = (): void => {
    const pids = model?.pids.flatMap((pid) => pid ?? []) ?? []
    if (model) port.post({ type: 'parts', pids })
  }
  try {
    model = await openSplitModel({
      ...{ dir, outputs, onPid: tell },
      variant: { file: variant.file, parts: split.parts.map(({ part }) => part) },
      placements: split.parts.map(({ deviceId }) => ({ rung, binding, libraries, deviceId })),
      // A part that may be lost must not take this executor with it.
      settings: { threads, runtime, startDeadlineMs, batchDeadlineMs, shell: 'process' }
    })
  } catch (error) {
    throw asRefusal(error)
  }
  tell()
  const opened = model
  return {
    get strikes() {
      return opened.strikes
    },
    run: async (inputs) => {
      try {
        const { outputs: given } = await opened.run(inputs)
        return given
      } catch (error) {
        throw asRefusal(error)
      }
    },
    close: () => opened.close()
  }
}
