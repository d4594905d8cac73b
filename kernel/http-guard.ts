// Protects a server on loopback that has no sign-in: a page of another site must not reach it, neither by
// DNS rebinding (wrong Host) nor by a cross-site request (wrong Origin). Also sets the security headers.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { NearsideError } from '../contract/index.ts'

const LOCAL_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY'
}

/** Refuses the request, or returns. Exported for the tests of each attack. */
export function checkOrigin(request: Pick<FastifyRequest, 'method' | 'headers'>): void {
  const host = request.headers.host ?? ''
  if (!LOCAL_HOST.test(host)) {
    const sentence =
      'The Host header names another machine; open Nearside by 127.0.0.1 or localhost.'
    throw new NearsideError('NS_REQUEST_HOST', sentence)
  }
  const origin = request.headers.origin
  const crossSite =
    request.headers['sec-fetch-site'] === 'cross-site' && !SAFE_METHODS.has(request.method)
  if (crossSite || (origin !== undefined && !sameHost(origin, host))) {
    const sentence =
      'The request comes from a page of another site; use Nearside from its own pages.'
    throw new NearsideError('NS_REQUEST_ORIGIN', sentence)
  }
}

function sameHost(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`
}

/** Adds the guard and the headers to every answer of the server. */
export function guardLoopback(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS)
    checkOrigin(request)
  })
}
