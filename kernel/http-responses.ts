// The problem document of an error, and the response schemas that every route declares.

import { type NearsideError, Problem } from '../contract/index.ts'

/**
 * The problem document of an error.
 * @public
 */
export function problemOf(error: NearsideError, instance: string): Problem {
  const details = Object.keys(error.details).length > 0 ? { details: { ...error.details } } : {}
  return {
    type: `urn:nearside:error:${error.code}`,
    title: error.code.slice(3).toLowerCase().replaceAll('_', ' '),
    status: error.status,
    detail: error.message,
    code: error.code,
    instance,
    retryable: error.retryable,
    ...details
  }
}

type ProblemStatus =
  | 400
  | 401
  | 403
  | 404
  | 405
  | 409
  | 410
  | 412
  | 413
  | 415
  | 416
  | 422
  | 429
  | 500
  | 502
  | 503
  | 504
  | 507

/**
 * Response schemas for the statuses that a route can answer with; 400, 403, 405 and 500 always.
 * @public
 */
export function problems(...statuses: ProblemStatus[]): Record<ProblemStatus, typeof Problem> {
  const all = [400, 403, 405, 500, ...statuses] as ProblemStatus[]
  return Object.fromEntries(all.map((status) => [status, Problem])) as Record<
    ProblemStatus,
    typeof Problem
  >
}
