// The session of a model that runs on another server, inside the executor that sends its batches away. What
// goes wrong there is passed on as a refusal; it decides nothing about it.

import { toNearsideError } from '../../contract/index.ts'
import type { OnnxSession } from './onnx-session.ts'
import { Refusal } from './refusal.ts'
import { openRemoteSession, type RemoteOptions } from './remote-session.ts'

/** Opens no connection; the first batch does. */
export function openRemote(options: RemoteOptions): OnnxSession {
  const session = openRemoteSession(options)
  return {
    run: async (inputs) => {
      try {
        return await session.run(inputs)
      } catch (error) {
        const { code, message, cause } = toNearsideError(error)
        throw new Refusal(code, message, { cause })
      }
    },
    close: () => session.close()
  }
}
