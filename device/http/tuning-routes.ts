// Says and sets how a model is run: instances, threads, size of a batch, wait. Settings outlive a restart.

import { z } from 'zod'
import { ModelTuning, TuningSetting } from '../../contract/index.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'

export interface TuningActs {
  /** @throws NearsideError NS_MODEL_UNKNOWN */
  tuning(name: string): ModelTuning
  /**
   * Lets executors with these settings take over, and keeps the settings; undefined: all follow the load again.
   * @throws NearsideError NS_MODEL_UNKNOWN, NS_ADVICE_BUSY, NS_INFERENCE_*, NS_STORAGE_*
   */
  tune(name: string, setting: TuningSetting | undefined): Promise<ModelTuning>
}

const params = z.object({ name: z.string().max(64) })
const address = '/api/v1/models/:name/tuning'

export function addTuningRoutes(app: HttpApp, acts: TuningActs): void {
  app.get(
    address,
    {
      schema: {
        summary: 'How a model is run: instances, threads, largest batch, longest wait',
        params,
        response: { 200: ModelTuning, ...problems(404) }
      }
    },
    ({ params: { name } }) => acts.tuning(name)
  )
  app.put(
    address,
    {
      schema: {
        summary: 'Set how a model is run; what is left out follows the load',
        params,
        body: TuningSetting,
        response: { 200: ModelTuning, ...problems(400, 404, 409, 415, 422, 429, 503, 507) }
      }
    },
    ({ params: { name }, body }) => acts.tune(name, body)
  )
  app.delete(
    address,
    {
      schema: {
        summary: 'Let the load decide again how a model is run',
        params,
        response: { 200: ModelTuning, ...problems(404, 409, 503, 507) }
      }
    },
    ({ params: { name } }) => acts.tune(name, undefined)
  )
}
