// The connections to another inference server: kept open between batches, encrypted or private, never redirected.
// Knows nothing of tensors.

import http, { type IncomingMessage, type RequestOptions } from 'node:http'
import https from 'node:https'
import { privateLookup, remoteUrl } from './remote-address.ts'

/** How long a connection may take to be made: a server that is switched off answers nothing at all, ms. */
const CONNECT_MS = 5_000

export interface RemoteCall {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly signal: AbortSignal
}

export interface RemoteTransport {
  /** @throws what the connection failed with */
  post(call: RemoteCall): Promise<IncomingMessage>
  close(): void
}

/** The server closed a connection that was kept open just as it was used again. */
class StaleConnection extends Error {}

/**
 * Opens no connection; the first call does.
 * @throws NearsideError NS_SETTINGS_INVALID for an address that must not be used
 */
export function openTransport(address: string): RemoteTransport {
  const url = remoteUrl(address)
  const secure = url.protocol === 'https:'
  const agent = secure ? new https.Agent({ keepAlive: true }) : new http.Agent({ keepAlive: true })
  const target: RequestOptions = {
    protocol: url.protocol,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    method: 'POST',
    agent,
    ...(secure ? {} : { lookup: privateLookup })
  }
  const base = url.pathname.replace(/\/+$/, '')
  const post = async (call: RemoteCall): Promise<IncomingMessage> => {
    const { path, headers, signal } = call
    const options = { ...target, path: `${base}${path}`, headers, signal }
    const send = () => exchange(secure ? https.request(options) : http.request(options), call.body)
    for (;;) {
      try {
        return await send()
      } catch (error) {
        // Nothing was answered, and a batch changes nothing on the server: it may be sent again.
        if (!(error instanceof StaleConnection)) throw error
      }
    }
  }
  return { post, close: () => agent.destroy() }
}

function exchange(request: http.ClientRequest, body: Uint8Array): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    request.once('socket', (socket) => {
      if (!socket.connecting) return
      timer = setTimeout(() => request.destroy(new Error('no connection')), CONNECT_MS)
      socket.once('connect', () => clearTimeout(timer))
    })
    request.once('response', resolve)
    request.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      const stale = request.reusedSocket && error.code === 'ECONNRESET'
      reject(stale ? new StaleConnection() : error)
    })
    request.end(body)
  })
}
