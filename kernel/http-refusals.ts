// What fastify, its validator and its form reader refuse, in our codes and words. It sends nothing.

import type { FastifyError } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { type ErrorCode, NearsideError, toNearsideError } from '../contract/index.ts'

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
  FST_ERR_MAX_PARAM_LENGTH: {
    code: 'NS_REQUEST_INVALID',
    sentence: 'A name in the address has more than 300 characters; send a shorter one.'
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

/** Any error of a request as one of ours. */
export function toProblemError(error: unknown): NearsideError {
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
