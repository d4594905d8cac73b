// /api/v1/models: the registry. A bundle is uploaded as a form with one part a file.

import multipart from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { ModelName, ModelVersion, NearsideError, RegistryModel } from '../../contract/index.ts'
import { problems } from '../../kernel/http-responses.ts'
import type { HttpApp } from '../../kernel/http-server.ts'
import {
  bundleTooLarge,
  MAX_BUNDLE_BYTES,
  MAX_BUNDLE_FILES,
  type UploadPart
} from '../registry/index.ts'
import type { FleetServices } from './fleet-services.ts'

/** Room for the frames of the form round the files, bytes. */
const FORM_BYTES = 1024 * 1024

const UPLOAD_DESCRIPTION = `A multipart form with one file part for every file of the bundle; the name of the part is the path inside the bundle, as in manifest.json, manifest.sig, model.int8.onnx. At most ${MAX_BUNDLE_BYTES / 1024 / 1024} MiB together and ${MAX_BUNDLE_FILES} files. 201 when the version is new, 200 when exactly this version was here already.`

async function* partsOf(request: FastifyRequest): AsyncGenerator<UploadPart> {
  const limits = {
    fieldNameSize: 300,
    fileSize: MAX_BUNDLE_BYTES + 1,
    files: MAX_BUNDLE_FILES + 1,
    fields: 1,
    parts: MAX_BUNDLE_FILES + 2
  }
  for await (const part of request.parts({ limits })) {
    if (part.type === 'file') {
      yield { path: part.fieldname, stream: part.file }
      continue
    }
    const sentence = `${part.fieldname.slice(0, 100)}: is a field; send every part as a file, with a file name.`
    throw new NearsideError('NS_BUNDLE_INVALID', sentence)
  }
}

function checkUpload(request: FastifyRequest): void {
  if (!request.isMultipart()) {
    const sentence =
      'A model is uploaded as multipart/form-data, one part a file; see /openapi.json for the names.'
    throw new NearsideError('NS_REQUEST_MEDIA_TYPE', sentence)
  }
  const length = Number(request.headers['content-length'] ?? 0)
  if (length > MAX_BUNDLE_BYTES + FORM_BYTES) throw bundleTooLarge()
}

/** Adds the registry; the form reader counts for these routes only. */
export async function addModelRoutes(app: HttpApp, { registry }: FleetServices): Promise<void> {
  await app.register(multipart)
  app.get(
    '/api/v1/models',
    {
      schema: {
        summary: 'All model versions, newest of each model first',
        response: { 200: z.array(RegistryModel), ...problems() }
      }
    },
    () => registry.list()
  )
  app.get(
    '/api/v1/models/:name/:version',
    {
      schema: {
        summary: 'One version of a model',
        params: z.object({ name: ModelName, version: ModelVersion }),
        response: { 200: RegistryModel, ...problems(404) }
      }
    },
    ({ params }) => registry.find(params.name, params.version)
  )
  app.post(
    '/api/v1/models',
    {
      schema: {
        summary: 'Publish a version of a model',
        description: UPLOAD_DESCRIPTION,
        consumes: ['multipart/form-data'],
        response: {
          200: RegistryModel,
          201: RegistryModel,
          ...problems(409, 413, 415, 422, 507)
        }
      }
    },
    async (request, reply) => {
      try {
        checkUpload(request)
        const { model, created } = await registry.publish(partsOf(request))
        return await reply.code(created ? 201 : 200).send(model)
      } catch (error) {
        throw asUploadError(error)
      }
    }
  )
}

const LIMIT_CODES = new Set(['FST_FILES_LIMIT', 'FST_PARTS_LIMIT', 'FST_FIELDS_LIMIT'])

/** The form reader's own refusals in our words. */
function asUploadError(error: unknown): unknown {
  const code = String((error as { code?: unknown }).code)
  if (code === 'FST_REQ_FILE_TOO_LARGE') return bundleTooLarge()
  if (LIMIT_CODES.has(code)) {
    const sentence = `A bundle has at most ${MAX_BUNDLE_FILES} files; remove those that the model does not need.`
    return new NearsideError('NS_BUNDLE_INVALID', sentence, { cause: error })
  }
  if (error instanceof NearsideError || !/form|multipart|boundary/i.test(String(error)))
    return error
  const sentence = 'The form is cut off or damaged; send the bundle again.'
  return new NearsideError('NS_REQUEST_INVALID', sentence, { cause: error })
}
