// Answers every error of a server as a problem document (RFC 9457) with our code and one sentence.

import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isResponseSerializationError } from 'fastify-type-provider-zod'
import { type ErrorCode, NearsideError, PROBLEM_MEDIA_TYPE } from '../contract/index.ts'
import { formOf } from './http-error-forms.ts'
import { linger } from './http-linger.ts'
import { toProblemError } from './http-refusals.ts'
import { problemOf } from './http-responses.ts'

/** When a client may try again, s; queues and starts are short. */
const RETRY_AFTER_S = 1

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? '/'

/** Answers an error; also what the server refuses before it looks for a route. */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply
): FastifyReply {
  const known = toProblemError(error)
  if (isResponseSerializationError(error) || known.status >= 500) {
    request.log.error({ err: error, route: request.routeOptions.url }, 'request failed')
  }
  if (linger(request.raw)) reply.header('connection', 'keep-alive')
  if (known.status === 429 || known.status === 503) reply.header('retry-after', RETRY_AFTER_S)
  const path = pathOf(request)
  const form = formOf(request, path)
  return reply
    .code(known.status)
    .type(form?.mediaType ?? PROBLEM_MEDIA_TYPE)
    .serializer((body: unknown) => JSON.stringify(body))
    .send(form ? form.body(known) : problemOf(known, path))
}

/** Matches a path against a route pattern such as `/jobs/:id` or `/assets/*`. */
function matcher(pattern: string): RegExp {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll(/:[^/]+/g, '[^/]+').replaceAll('*', '.*')}$`)
}

/** Adds the error handler, and 404 or 405 for what no route takes. */
export function answerProblems(app: FastifyInstance): void {
  const routes: { readonly path: RegExp; readonly method: string }[] = []
  app.addHook('onRoute', ({ url, method }) => {
    if (url === '*' || url === '/*') return
    for (const one of [method].flat()) routes.push({ path: matcher(url), method: one })
  })
  app.setErrorHandler(sendProblem)
  app.setNotFoundHandler((request, reply) => {
    const path = pathOf(request)
    const allowed = [
      ...new Set(routes.filter((route) => route.path.test(path)).map((route) => route.method))
    ]
    // A route that takes the method has looked and found nothing, as for a missing asset.
    if (allowed.length === 0 || allowed.includes(request.method)) {
      return sendProblem(
        new NearsideError('NS_ROUTE_NOT_FOUND', `There is nothing at ${path}; see /openapi.json.`),
        request,
        reply
      )
    }
    reply.header('allow', allowed.join(', '))
    const sentence = `${path} does not take ${request.method}; it takes ${allowed.join(', ')}.`
    return sendProblem(new NearsideError('NS_METHOD_NOT_ALLOWED', sentence), request, reply)
  })
}

/** What Node's parser refuses, in our words. */
const UNREADABLE: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  HPE_INVALID_METHOD: ['NS_METHOD_NOT_ALLOWED', 'There is no such method; see /openapi.json.'],
  HPE_HEADER_OVERFLOW: [
    'NS_REQUEST_HEADERS',
    'Address and headers of a request have at most 16 KiB together; send less.'
  ],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [
    'NS_REQUEST_INVALID',
    'The chunks of the body carry too many extensions; send none.'
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [
    'NS_REQUEST_TIMEOUT',
    'The request came too slowly; send it again, and faster.'
  ]
}

/** Answers what Node's parser refuses, as a method that does not exist; the connection ends with it. */
export function refuseUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const [code, sentence] = UNREADABLE[error.code ?? ''] ?? [
    'NS_REQUEST_INVALID',
    'The request is no HTTP that can be read; check it and send it again.'
  ]
  const problem = new NearsideError(code, sentence)
  const body = JSON.stringify(problemOf(problem, '/'))
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close'
  ]
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  socket.destroy(error)
}
