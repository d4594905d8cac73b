// A refusal that comes before the end of an upload must reach its client: a server that hangs up on bytes still
// under way makes the client see a broken connection instead of the answer (RFC 9112, section 9.6).

import type { IncomingMessage } from 'node:http'

/** Time in which the rest of a refused upload is read and thrown away, ms. */
const LINGER_MS = 5000

/**
 * Reads on and throws away what a client still sends, for a while; then the connection ends.
 * @returns whether more is to come: the answer must not say that the connection closes, or Node closes it
 * @public
 */
export function linger(request: IncomingMessage): boolean {
  if (request.readableEnded || request.destroyed) return false
  request.unpipe()
  request.resume()
  const timer = setTimeout(() => request.destroy(), LINGER_MS).unref()
  request.once('close', () => clearTimeout(timer))
  if (request.complete) return false
  const wantsEnd = /close/i.test(request.headers.connection ?? '')
  request.once('end', () => {
    if (wantsEnd) request.socket.destroySoon()
  })
  return true
}
