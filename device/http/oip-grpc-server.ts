// The Open Inference Protocol over gRPC on a port of its own, loopback only: the same directory, checks and
// limits as REST. Off unless a port is set; only then is gRPC loaded.

import { createServer, type Server as NetServer, type Socket } from 'node:net'
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  type UntypedServiceImplementation
} from '@grpc/grpc-js'
import { NearsideError } from '../../contract/index.ts'
import { SERVER_METADATA } from './oip-describe.ts'
import { serveInfer, serveStream } from './oip-grpc-infer.ts'
import { servedService } from './oip-grpc-proto.ts'
import { toServiceError } from './oip-grpc-status.ts'
import type { InferDoor } from './oip-infer-routes.ts'

export interface GrpcOptions {
  readonly door: InferDoor
  /** Null when ready, else one sentence that says what is missing. */
  readonly ready: () => string | null
  /** 0 takes any free port. */
  readonly port: number
  readonly maxConnections?: number
}

export interface GrpcServer {
  /** host:port. */
  readonly address: string
  /** Ends connections and calls. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'
const MAX_CONNECTIONS = 1000
/** Calls that one connection may have open. */
const MAX_CALLS = 1000
/** Names, shapes and parameters besides the tensors, bytes. */
const ENVELOPE_BYTES = 1024 * 1024
const MAX_ANSWER_BYTES = 2 ** 31 - 1

/** What the requests besides inference hold. */
interface PlainRequest {
  readonly name: string
  readonly version: string
  readonly ready: boolean
  readonly model_name: string
  readonly parameters: Readonly<Record<string, unknown>>
}

type Answer = (request: PlainRequest) => object | Promise<object>

function unary(answerOf: Answer) {
  return (call: ServerUnaryCall<PlainRequest, object>, answer: sendUnaryData<object>): void => {
    void Promise.resolve(call.request)
      .then(answerOf)
      .then(
        (response) => answer(null, response),
        (error) => answer(toServiceError(error))
      )
  }
}

function implementation(door: InferDoor, ready: () => string | null): UntypedServiceImplementation {
  const { directory } = door
  return {
    ServerLive: unary(() => ({ live: true })),
    ServerReady: unary(() => ({ ready: ready() === null })),
    ServerMetadata: unary(() => SERVER_METADATA),
    ModelReady: unary(({ name, version }) => ({ ready: isReady(door, name, version) })),
    ModelMetadata: unary(({ name, version }) => {
      const { parameters: _ours, ...published } = directory.metadata(name, version)
      return published
    }),
    ModelConfig: unary(({ name, version }) => ({ config: directory.config(name, version) })),
    ModelStatistics: unary(({ name, version }) =>
      directory.statistics(name === '' ? undefined : name, version)
    ),
    RepositoryIndex: unary((request) => ({ models: directory.index(request.ready) })),
    RepositoryModelLoad: unary(async ({ model_name, parameters }) => {
      await directory.load(model_name, Object.keys(parameters))
      return {}
    }),
    RepositoryModelUnload: unary(async ({ model_name }) => {
      await directory.unload(model_name)
      return {}
    }),
    ModelInfer: serveInfer(door) as never,
    ModelStreamInfer: serveStream(door) as never
  }
}

/** Triton answers false, not an error, also for a model that it does not have. */
function isReady({ directory }: InferDoor, name: string, version: string): boolean {
  try {
    directory.requireReady(name, version)
    return true
  } catch {
    return false
  }
}

/**
 * Starts the server.
 * @throws NearsideError NS_PORT_IN_USE
 */
export async function openGrpcServer(options: GrpcOptions): Promise<GrpcServer> {
  const { door, ready, port, maxConnections = MAX_CONNECTIONS } = options
  const server = new Server({
    'grpc.max_receive_message_length': door.limits.bodyBytes + ENVELOPE_BYTES,
    'grpc.max_send_message_length': MAX_ANSWER_BYTES,
    'grpc.max_concurrent_streams': MAX_CALLS
  })
  server.addService(servedService(), implementation(door, ready))
  // gRPC's own listener knows no limit of connections.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  const sockets = new Set<Socket>()
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    injector.injectConnection(socket)
  })
  listener.maxConnections = maxConnections
  await listen(listener, port)
  const bound = listener.address()
  return {
    address: `${HOST}:${typeof bound === 'object' ? bound?.port : port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()))
      injector.destroy()
      server.forceShutdown()
      for (const socket of sockets) socket.destroy()
      await closed
    }
  }
}

function listen(listener: NetServer, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once('error', (error: Error & { readonly code?: string }) => {
      if (error.code !== 'EADDRINUSE') return reject(error)
      const sentence = `Port ${port} is taken by another program; choose another grpcPort, or 0 for any free one.`
      reject(new NearsideError('NS_PORT_IN_USE', sentence, { cause: error }))
    })
    listener.listen(port, HOST, () => resolve())
  })
}
