// A model whose batches an administrator sends to another inference server: what can be set, and what the device
// says of it. Secrets are only ever set, never told.

import { z } from 'zod'
import { Timestamp } from './envelope.ts'
import { Precision } from './model-manifest.ts'

/** A field name of HTTP (RFC 9110, section 5.1). */
const HeaderName = z
  .string()
  .max(100)
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'A header name has letters, digits and a few signs.')
/** Visible characters and spaces of ASCII. */
const HeaderValue = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[\x20-\x7e]+$/, 'A header value has visible characters of ASCII and spaces only.')

/** Headers that the protocol or the connection needs for itself. */
const RESERVED = new Set([
  ...['host', 'connection', 'content-length', 'content-type', 'transfer-encoding'],
  ...['inference-header-content-length', 'accept-encoding', 'expect', 'upgrade', 'te', 'trailer']
])

/** Body of `PUT /api/v1/models/{name}/remote`. */
export const RemoteSetting = z.strictObject({
  /** Base address, as `https://triton.example.org:8000`; http for private addresses only. */
  url: z.string().min(1).max(500),
  /** Name of the model there; without it the name here. */
  model: z.string().min(1).max(200).optional(),
  /** Version of the model there; without it the server chooses. */
  version: z.string().min(1).max(100).optional(),
  /** What the server runs, for the tolerance of the golden check; without it as this device would run it. */
  precision: Precision.optional(),
  /** Sent with each request. */
  headers: z
    .record(HeaderName, HeaderValue)
    .refine((headers) => Object.keys(headers).length <= 20, 'At most 20 headers can be set.')
    .refine(
      (headers) => !Object.keys(headers).some((name) => RESERVED.has(name.toLowerCase())),
      'The connection needs one of these headers for itself.'
    )
    .optional(),
  /** Sent as `authorization: Bearer …`. */
  token: HeaderValue.optional(),
  /** Time that one batch may take, ms; without it 10 s. */
  timeoutMs: z.number().int().min(100).max(600_000).optional()
})
export type RemoteSetting = z.infer<typeof RemoteSetting>

/** `GET /api/v1/models/{name}/remote`: where the requests of a model go. */
export const RemoteModel = z.object({
  /**
   * `off`: not set. `waiting`: to be asked when the model is loaded. `serving`: batches go there. `away`: it did not
   * answer or not rightly, and this device answers.
   */
  state: z.enum(['off', 'waiting', 'serving', 'away']),
  /** Where the requests go, and why. */
  sentence: z.string(),
  url: z.string().nullable(),
  model: z.string().nullable(),
  version: z.string().nullable(),
  precision: Precision.nullable(),
  timeoutMs: z.number().nullable(),
  /** Names of the headers that are sent; their values are not told. */
  headers: z.array(z.string()),
  /** Error code of the last failure; null when there is none. */
  code: z.string().nullable(),
  /** When it is asked again at the latest. */
  retryAt: Timestamp.nullable()
})
export type RemoteModel = z.infer<typeof RemoteModel>
