// Where analyses begin: which there are with their limits, and the upload that starts a job.

import multipart, { type Multipart } from '@fastify/multipart'
import { z } from 'zod'
import { AnalysisDescription, Job, JobRequest, NearsideError } from '../../contract/index.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'
import { analysisOf, describeAnalyses, sizeOf, type UploadPart } from '../jobs/index.ts'
import type { DevicePorts } from './device-ports.ts'

const headers = z.object({ 'idempotency-key': z.string().min(8).max(200).optional() })

/** Texts given in place come in one JSON body, bytes; more is uploaded as files. */
const JSON_LIMIT_BYTES = 16 * 1024 * 1024

/** Fields besides the files: few and small. */
const MOST_FILES = 20_000
const FIELD_LIMITS = { fields: 10, fieldSize: 64 * 1024, fieldNameSize: 100, headerPairs: 20 }

export async function addIntakeRoutes(app: HttpApp, { intake }: DevicePorts): Promise<void> {
  await app.register(multipart, {
    limits: {
      ...FIELD_LIMITS,
      files: MOST_FILES,
      parts: MOST_FILES + 20,
      fileSize: Number.MAX_SAFE_INTEGER
    },
    throwFileSizeLimit: false,
    preservePath: true
  } as never)
  app.get(
    '/api/v1/analyses',
    {
      schema: {
        summary: 'Analyses with their limits, options and samples',
        response: { 200: z.array(AnalysisDescription), ...problems() }
      }
    },
    () => describeAnalyses(sizeOf)
  )
  app.post(
    '/api/v1/jobs',
    {
      bodyLimit: JSON_LIMIT_BYTES,
      schema: {
        summary:
          'Start a job: multipart/form-data with `kind`, `options` and files, or JSON with a sample or texts',
        consumes: ['multipart/form-data', 'application/json'],
        headers,
        response: { 200: Job, 202: Job, ...problems(404, 413, 415, 422, 429, 507) }
      }
    },
    async (request, reply) => {
      const key = request.headers['idempotency-key']
      const declaredBytes = Number(request.headers['content-length'] ?? 0)
      refuseTooLarge(declaredBytes)
      const job = request.isMultipart()
        ? await intake.fromUpload(uploadParts(request.parts()), {
            declaredBytes,
            idempotencyKey: key
          })
        : await intake.fromJson(parseRequest(request.body), key)
      return reply.code(202).header('location', `/api/v1/jobs/${job.id}`).send(job)
    }
  )
}

function parseRequest(body: unknown): JobRequest {
  const parsed = JobRequest.safeParse(body)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = issue?.path.join('.') || 'the body'
  throw new NearsideError(
    'NS_REQUEST_INVALID',
    `${where}: ${issue?.message ?? 'does not fit'}; see /openapi.json.`
  )
}

/** What cannot fit any analysis is refused before a byte of it is read. */
function refuseTooLarge(bytes: number): void {
  const limit = Math.max(
    ...(['text', 'logs', 'machines'] as const).map((kind) => analysisOf(kind).limits.totalBytes)
  )
  if (bytes <= limit) return
  const sentence = `The upload is larger than ${Math.floor(limit / 1024 ** 3)} GiB, the limit of a job; make several jobs.`
  throw new NearsideError('NS_INPUT_TOO_LARGE', sentence)
}

async function* uploadParts(parts: AsyncIterable<Multipart>): AsyncGenerator<UploadPart> {
  for await (const part of parts) {
    if (part.type === 'field')
      yield { type: 'field', name: part.fieldname, value: String(part.value) }
    else yield { type: 'file', filename: part.filename, stream: part.file }
  }
}
