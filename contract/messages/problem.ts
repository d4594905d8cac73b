// RFC 9457 problem documents: the one shape of every HTTP error.

import { z } from 'zod'

export const Problem = z.object({
  /** `urn:nearside:error:<code>`. */
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  /** One sentence that says what is wrong and what to do. */
  detail: z.string(),
  code: z.string(),
  /** Path of the request. */
  instance: z.string(),
  retryable: z.boolean(),
  details: z.record(z.string(), z.unknown()).optional()
})
export type Problem = z.infer<typeof Problem>
export const PROBLEM_MEDIA_TYPE = 'application/problem+json'
