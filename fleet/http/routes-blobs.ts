// /blobs/<sha256>: the files of model bundles, in parts when asked (RFC 9110 sections 13 and 14). A blob
// never changes, so its digest is its entity tag.

import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { NearsideError, Sha256 } from '../../contract/index.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'
import type { FleetServices } from './fleet-services.ts'

interface ByteRange {
  readonly start: number
  readonly end: number
}

/**
 * Reads a Range header of one part. Null when the header is to be ignored: another unit, several parts, or
 * no valid syntax (RFC 9110, 14.2). `unsatisfiable` when it lies outside the file.
 */
export function readRange(
  header: string | undefined,
  size: number
): ByteRange | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '')
  const [first = '', last = ''] = match?.slice(1) ?? []
  if (first === '' && last === '') return null
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < start) return null
  return start >= size ? 'unsatisfiable' : { start, end }
}

/** True when a list of entity tags, or `*`, names the tag. Weak tags never match (RFC 9110, 13.1.1). */
const names = (header: string, tag: string): boolean =>
  header
    .split(',')
    .map((one) => one.trim())
    .some((one) => one === '*' || one === tag)

function checkIfMatch(request: FastifyRequest, tag: string): void {
  const wanted = request.headers['if-match']
  if (wanted === undefined || names(wanted, tag)) return
  const sentence = 'The file is not the one that If-Match names; start the download again.'
  throw new NearsideError('NS_BLOB_CHANGED', sentence)
}

function rangeOf(request: FastifyRequest, tag: string, size: number) {
  const condition = request.headers['if-range']
  if (condition !== undefined && condition !== tag) return null
  return readRange(request.headers.range, size)
}

/** Says how long the file is. @throws NearsideError NS_BLOB_RANGE */
export function refuseRange(reply: FastifyReply, size: number): never {
  void reply.header('content-range', `bytes */${size}`)
  const sentence = `The range lies outside the file, which has ${size} bytes; ask for a part of it.`
  throw new NearsideError('NS_BLOB_RANGE', sentence)
}

/** Adds the download; HEAD comes with GET. */
export function addBlobRoutes(app: HttpApp, { blobs }: FleetServices): void {
  app.get(
    '/blobs/:sha256',
    {
      schema: {
        summary: 'A file of a model bundle, whole or in part (Range, If-Range, If-Match)',
        params: z.object({ sha256: Sha256 }),
        produces: ['application/octet-stream'],
        response: {
          200: z.any().describe('The file.'),
          206: z.any().describe('The part that Range asks for.'),
          304: z.any().describe('If-None-Match names this file.'),
          ...problems(404, 412, 416)
        }
      }
    },
    async (request, reply) => {
      const { sha256 } = request.params
      const size = await blobs.size(sha256)
      const tag = `"${sha256}"`
      checkIfMatch(request, tag)
      void reply
        .header('etag', tag)
        .header('accept-ranges', 'bytes')
        .header('cache-control', 'public, max-age=31536000, immutable')
        .type('application/octet-stream')
      const known = request.headers['if-none-match']
      if (known !== undefined && names(known, tag)) return reply.code(304).send()
      const range = rangeOf(request, tag, size)
      if (range === 'unsatisfiable') return refuseRange(reply, size)
      if (range === null) return reply.header('content-length', size).send(blobs.read(sha256))
      return reply
        .code(206)
        .header('content-range', `bytes ${range.start}-${range.end}/${size}`)
        .header('content-length', range.end - range.start + 1)
        .send(blobs.read(sha256, range))
    }
  )
}
