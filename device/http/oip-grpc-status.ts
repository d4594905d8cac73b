// Our errors as gRPC states them: a status code and the same sentence that REST answers.

import { Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { toNearsideError } from '../../contract/index.ts'

/** HTTP status of an error → gRPC status. */
const BY_HTTP_STATUS: Readonly<Record<number, status>> = {
  400: status.INVALID_ARGUMENT,
  404: status.NOT_FOUND,
  408: status.DEADLINE_EXCEEDED,
  409: status.FAILED_PRECONDITION,
  413: status.RESOURCE_EXHAUSTED,
  415: status.INVALID_ARGUMENT,
  422: status.FAILED_PRECONDITION,
  429: status.RESOURCE_EXHAUSTED,
  501: status.UNIMPLEMENTED,
  503: status.UNAVAILABLE,
  504: status.DEADLINE_EXCEEDED
}

/** A longer one would make trailers that clients refuse, and with them the whole connection. */
const MOST_DETAILS = 1000

/** Half of a surrogate pair has no UTF-8, which trailers are made of. */
function detailsOf(sentence: string): string {
  const short = sentence.length > MOST_DETAILS ? `${sentence.slice(0, MOST_DETAILS)}…` : sentence
  return short.toWellFormed()
}

/** Any error as the status of a call. */
export function toServiceError(thrown: unknown): ServiceError {
  const error = toNearsideError(thrown)
  const code =
    error.code === 'NS_JOB_CANCELLED'
      ? status.CANCELLED
      : (BY_HTTP_STATUS[error.status] ?? status.INTERNAL)
  const details = detailsOf(error.message)
  return Object.assign(new Error(details), { code, details, metadata: new Metadata() })
}
