// Answers every error of a server as a problem document (RFC 9457) with our code and one sentence.

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import {
  hasZodFastifySchemaValidationErrors,
  isResponseSerializationError
} from 'fastify-type-provider-zod'
import {
  type ErrorCode,
  NearsideError,
  PROBLEM_MEDIA_TYPE,
  toNearsideError
} from '../contract/index.ts'
import { problemOf } from './http-responses.ts'

/** What fastify itself refuses, in our words. */
const FASTIFY_CODES: Readonly<Record<string, { code: ErrorCode; sentence: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'NS_INPUT_TOO_LARGE',
    sentence: 'The body is larger than this address takes; send less or upload it as a file.'
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'NS_REQUEST_MEDIA_TYPE',
    sentence: 'This address does not take that content type; send application/json.'
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    code: 'NS_REQUEST_INVALID',
    sentence: 'The body is empty; send a JSON object.'
  },
  FST_ERR_CTP_INVALID_JSON_BODY: {
    code: 'NS_REQUEST_INVALID',
    sentence: 'The body is not valid JSON; check it and send it again.'
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'NS_REQUEST_INVALID',
    sentence: 'The body is shorter or longer than its Content-Length says; send it again.'
  },
  FST_ERR_BAD_URL: {
    code: 'NS_REQUEST_INVALID',
    sentence: 'The address holds a broken percent sequence; encode it anew.'
  },
  FST_PARTS_LIMIT: {
    code: 'NS_INPUT_TOO_LARGE',
    sentence: 'The form has more parts than this address takes; send fewer at a time.'
  },
  FST_FILES_LIMIT: {
    code: 'NS_INPUT_TOO_LARGE',
    sentence: 'The form has more files than this address takes; send fewer at a time.'
  },
  FST_FIELDS_LIMIT: {
    code: 'NS_REQUEST_INVALID',
    sentence: 'The form has more fields than this address takes; send only those of /openapi.json.'
  },
  FST_PROTO_VIOLATION: {
    code: 'NS_REQUEST_INVALID',
    sentence: 'The form has a field whose name is reserved; send only those of /openapi.json.'
  },
  FST_MP_PREMATURE_CLOSE: {
    code: 'NS_REQUEST_INVALID',
    sentence: 'The form was cut off; send it again.'
  }
}
/** The form reader's own words for a form without boundary or end; it gives them no code. */
const DAMAGED_FORM = /multipart: boundary not found|unexpected end of multipart data/i

interface ZodIssue {
  readonly instancePath?: string
  readonly message?: string
}

function fromValidation(issues: readonly ZodIssue[]): NearsideError {
  const first = issues[0]
  const where = (first?.instancePath ?? '').replace(/^\//, '').replaceAll('/', '.') || 'the request'
  const sentence = `${where}: ${first?.message ?? 'does not fit the schema'}; see /openapi.json for what is expected.`
  return new NearsideError('NS_REQUEST_INVALID', sentence)
}

function toProblemError(error: unknown): NearsideError {
  if (hasZodFastifySchemaValidationErrors(error))
    return fromValidation(error.validation as readonly ZodIssue[])
  const known = FASTIFY_CODES[String((error as FastifyError | null)?.code)]
  if (isDamagedForm(error)) {
    const sentence = 'The form is cut off or damaged; send it again.'
    return new NearsideError('NS_REQUEST_INVALID', sentence, { cause: error })
  }
  if (known) return new NearsideError(known.code, known.sentence, { cause: error })
  const status = (error as FastifyError | null)?.statusCode ?? 500
  if (!(error instanceof NearsideError) && status >= 400 && status < 500) {
    return new NearsideError(
      'NS_REQUEST_INVALID',
      'The request cannot be understood; check it and send it again.',
      { cause: error }
    )
  }
  return toNearsideError(error)
}

/** True also when whoever read the form has wrapped the error. */
function isDamagedForm(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return DAMAGED_FORM.test(error.message) || isDamagedForm(error.cause)
}

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
  return reply
    .code(known.status)
    .type(PROBLEM_MEDIA_TYPE)
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problemOf(known, pathOf(request)))
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
