// Says, sets and ends that a model is sent to another inference server. Who can reach the device's own address may
// set it, as every other setting; tokens and values of headers go in and never out.

import { z } from 'zod'
import { RemoteModel, RemoteSetting } from '../../contract/index.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'

export interface RemoteActs {
  /** @throws NearsideError NS_MODEL_UNKNOWN */
  remote(name: string): Promise<RemoteModel>
  /**
   * Keeps the setting, then asks the server for the golden outputs; undefined takes the setting away.
   * @throws NearsideError NS_MODEL_UNKNOWN, NS_SETTINGS_INVALID for an address that must not be used
   */
  sendTo(name: string, setting: RemoteSetting | undefined): Promise<RemoteModel>
}

const params = z.object({ name: z.string().max(64) })
const address = '/api/v1/models/:name/remote'

export function addRemoteRoutes(app: HttpApp, acts: RemoteActs): void {
  app.get(
    address,
    {
      schema: {
        summary: 'Where the requests of a model go: to this device, or to another server',
        params,
        response: { 200: RemoteModel, ...problems(404) }
      }
    },
    ({ params: { name } }) => acts.remote(name)
  )
  app.put(
    address,
    {
      schema: {
        summary: 'Send a model to another inference server once it gives the golden outputs',
        params,
        body: RemoteSetting,
        response: { 200: RemoteModel, ...problems(400, 404, 415, 507) }
      }
    },
    ({ params: { name }, body }) => acts.sendTo(name, body)
  )
  app.delete(
    address,
    {
      schema: {
        summary: 'Answer the requests of a model on this device again',
        params,
        response: { 200: RemoteModel, ...problems(404, 507) }
      }
    },
    ({ params: { name } }) => acts.sendTo(name, undefined)
  )
}
