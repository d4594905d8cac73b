// The HTTP server that device and fleet both stand on: fastify with zod schemas, OpenAPI 3.1, problem
// documents, the loopback guard. It knows no route of its own besides /openapi.json.

import type { IncomingMessage, ServerResponse } from 'node:http'
import swagger from '@fastify/swagger'
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  LogController,
  type RawServerDefault
} from 'fastify'
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider
} from 'fastify-type-provider-zod'
import { NearsideError } from '../contract/index.ts'
import { type Clock, systemClock } from './clock.ts'
import { boundConnections } from './http-connections.ts'
import { errorForms } from './http-error-forms.ts'
import { guardLoopback } from './http-guard.ts'
import { completeDescription } from './http-openapi.ts'
import { answerProblems, refuseUnreadable, sendProblem } from './http-problems.ts'
import type { Logger } from './logger.ts'

/** @public */
export type HttpApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

interface HttpAppOptions {
  readonly title: string
  readonly version: string
  readonly logger: Logger
  /** Largest JSON body, bytes; uploads have limits of their own. Default 1 MiB. */
  readonly bodyLimitBytes?: number
  /** Connections at a time; a new one takes the place of the one idle for longest. Default 10,000. */
  readonly maxConnections?: number
  /** A client that neither sends nor takes anything for this long is hung up on, ms. Default 30 s. */
  readonly stalledMs?: number
  readonly clock?: Clock
}

/** A connection that says nothing costs some 10 KB until its headers are due. */
const MAX_CONNECTIONS = 10_000
const STALLED_MS = 30_000
/** Answers that clients have not taken yet, of all connections. */
const UNSENT_BYTES = 256 * 1024 * 1024

type CompilersFactory = NonNullable<
  NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']
>

/**
 * Named before the start, so that fastify's own compilers (ajv, fast-json-stringify: 110 modules) are never
 * loaded. Its types know only those, whose schemas are JSON; a factory may give any compiler.
 */
const ZOD_COMPILERS = {
  buildValidator: () => validatorCompiler,
  buildSerializer: () => serializerCompiler
} as unknown as CompilersFactory

/**
 * Makes the application; routes are added by the caller, then `listen`.
 * @public
 */
export async function createHttpApp(options: HttpAppOptions): Promise<HttpApp> {
  const app = fastify({
    loggerInstance: options.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyLimitBytes ?? 1024 * 1024,
    requestTimeout: 0, // large uploads on slow links may take hours; idle connections end by keepAliveTimeout
    keepAliveTimeout: 65_000,
    forceCloseConnections: true,
    http: { requireHostHeader: false }, // the guard refuses it, with a sentence
    exposeHeadRoutes: true,
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (error, request, reply) =>
      void sendProblem(error, request as FastifyRequest, reply as FastifyReply),
    routerOptions: { maxParamLength: 300, ignoreTrailingSlash: false },
    schemaController: { compilersFactory: ZOD_COMPILERS }
  }).withTypeProvider<ZodTypeProvider>() as HttpApp
  const { maxConnections = MAX_CONNECTIONS, stalledMs = STALLED_MS, clock = systemClock } = options
  boundConnections(app.server, {
    most: maxConnections,
    stalledMs,
    unsentBytes: UNSENT_BYTES,
    clock
  })
  guardLoopback(app)
  answerProblems(app)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: options.title, version: options.version },
      servers: [{ url: '/' }]
    },
    transform: jsonSchemaTransform,
    transformObject: (document) =>
      'openapiObject' in document
        ? completeDescription(document.openapiObject, errorForms(app))
        : document.swaggerObject
  })
  let description: Buffer | undefined
  app.get('/openapi.json', { schema: { summary: 'This description', hide: true } }, (_, reply) => {
    // Made once: it has hundreds of kilobytes, and a client that does not read must not get a copy of its own.
    description ??= Buffer.from(JSON.stringify(app.swagger()))
    return reply.type('application/json; charset=utf-8').send(description)
  })
  return app
}

interface Address {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '::1'])

/**
 * Starts listening and returns the address, `http://host:port`.
 * @throws NearsideError NS_PORT_IN_USE, NS_HTTP_BIND_REFUSED for an address beyond loopback
 * @public
 */
export async function listen(app: HttpApp, { host, port }: Address): Promise<string> {
  if (!LOOPBACK.has(host)) {
    const sentence = `Listening on ${host} needs TLS and sign-in, which this version does not have; use --host 127.0.0.1.`
    throw new NearsideError('NS_HTTP_BIND_REFUSED', sentence)
  }
  try {
    return await app.listen({ host, port })
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EADDRINUSE') throw error
    const sentence = `Port ${port} is taken by another program; choose another one, or 0 for any free port.`
    throw new NearsideError('NS_PORT_IN_USE', sentence, { cause: error })
  }
}
