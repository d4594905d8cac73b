// The Open Inference Protocol v2 over REST, with Triton's extensions: a table of contents. Bodies are read by
// the routes themselves, so its routes live in a scope without fastify's parsers.

import { validatorCompiler } from 'fastify-type-provider-zod'
import type { Clock } from '../../kernel/clock.ts'
import { addErrorForm } from '../../kernel/http-error-forms.ts'
import type { HttpApp } from '../../kernel/http-server.ts'
import { BodyBudget } from './oip-body.ts'
import { OipCodec } from './oip-codec.ts'
import { ModelDirectory } from './oip-describe.ts'
import type { GrpcOptions, GrpcServer } from './oip-grpc-server.ts'
import { addInferRoutes, type InferDoor } from './oip-infer-routes.ts'
import { addModelRoutes } from './oip-model-routes.ts'
import type { InferenceServing, ServingLimits } from './oip-port.ts'

interface DoorOptions {
  readonly serving: InferenceServing
  readonly limits: ServingLimits
  readonly clock: Clock
}

/** What REST and gRPC share: one directory, one codec, one budget. */
export function openInferDoor({ serving, limits, clock }: DoorOptions): InferDoor {
  return {
    ...{ serving, limits, clock },
    directory: new ModelDirectory(serving, limits),
    codec: new OipCodec(clock),
    budget: new BodyBudget(limits.bodiesBytes)
  }
}

/** Adds every route under /v2; `ready` is null, or one sentence that says what is missing. */
export async function addOipRoutes(
  app: HttpApp,
  door: InferDoor,
  ready: () => string | null
): Promise<void> {
  addErrorForm(app, {
    prefix: '/v2',
    mediaType: 'application/json',
    name: 'InferenceError',
    schema: {
      type: 'object',
      properties: { error: { type: 'string' } },
      required: ['error']
    },
    body: ({ message }) => ({ error: message })
  })
  app.addHook('onClose', () => door.codec.close())
  await app.register((scope, _options, added) => {
    const routes = scope as unknown as HttpApp
    // Bodies are in the description; the routes read and check them, large ones in the worker.
    routes.setValidatorCompiler((part) =>
      part.httpPart === 'body' ? () => true : validatorCompiler(part as never)
    )
    routes.removeAllContentTypeParsers()
    routes.addContentTypeParser('*', (_request, _payload, done) => done(null))
    addInferRoutes(routes, door)
    addModelRoutes(routes, door, ready)
    added()
  })
}

/**
 * Starts gRPC beside REST; only then is it loaded.
 * @throws NearsideError NS_PORT_IN_USE
 */
export async function openGrpcDoor(options: GrpcOptions): Promise<GrpcServer> {
  const { openGrpcServer } = await import('./oip-grpc-server.ts')
  return openGrpcServer(options)
}
