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
import { ConnectionTable } from '../../kernel/connection-table.ts'
import { SERVER_METADATA } from './oip-describe.ts'
import { GrpcCalls } from './oip-grpc-calls.ts'
import { type GrpcDoor, serveInfer, serveStream } from './oip-grpc-infer.ts'
import { publishedService, servedService } from './oip-grpc-proto.ts'
import { toServiceError } from './oip-grpc-status.ts'
import type { InferDoor } from './oip-infer-routes.ts'

export interface GrpcOptions {
  readonly door: InferDoor
  /** Null when ready, else one sentence that says what is missing. */
  readonly ready: () => string | null
  /** 0 takes any free port. */
  readonly port: number
  /** Default: half of those that HTTP takes. */
  readonly maxConnections?: number
  /** Calls at a time, of all connections. */
  readonly maxCalls?: number
}

export interface GrpcServer {
  /** host:port. */
  readonly address: string
  /** Ends connections and calls. */
  close(): Promise<void>
}

const HOST = '127.0.0.1'
/** Calls that one connection may have open, and all together. */
const MAX_CALLS = 1000
const MAX_ALL_CALLS = 10_000
/** Largest request besides inference, bytes. */
const PLAIN_BYTES = 64 * 1024
/** Connections that wait to be taken in or hung up on. */
const ARRIVING = 256
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

/** @throws NearsideError NS_INPUT_TOO_LARGE, NS_REQUEST_INVALID */
function plainRequest(method: string, message: Buffer): PlainRequest {
  if (message.length > PLAIN_BYTES) {
    const sentence = `${method} takes at most ${PLAIN_BYTES} bytes; send only the fields of the published proto.`
    throw new NearsideError('NS_INPUT_TOO_LARGE', sentence)
  }
  try {
    return publishedService()[method]?.requestDeserialize(message) as unknown as PlainRequest
  } catch (cause) {
    const sentence = `The message is no request of ${method}; use the published proto.`
    throw new NearsideError('NS_REQUEST_INVALID', sentence, { cause })
  }
}

function unary(method: string, answerOf: Answer) {
  return (call: ServerUnaryCall<Buffer, object>, answer: sendUnaryData<object>): void => {
    void Promise.resolve(call.request)
      .then((message) => answerOf(plainRequest(method, message)))
      .then(
        (response) => answer(null, response),
        (error) => answer(toServiceError(error))
      )
  }
}

function implementation(door: GrpcDoor, ready: () => string | null): UntypedServiceImplementation {
  const { directory } = door
  const plain: Readonly<Record<string, Answer>> = {
    ServerLive: () => ({ live: true }),
    ServerReady: () => ({ ready: ready() === null }),
    ServerMetadata: () => SERVER_METADATA,
    ModelReady: ({ name, version }) => ({ ready: isReady(door, name, version) }),
    ModelMetadata: ({ name, version }) => {
      const { parameters: _ours, ...published } = directory.metadata(name, version)
      return published
    },
    ModelConfig: ({ name, version }) => ({ config: directory.config(name, version) }),
    ModelStatistics: ({ name, version }) =>
      directory.statistics(name === '' ? undefined : name, version),
    RepositoryIndex: (request) => ({ models: directory.index(request.ready) }),
    RepositoryModelLoad: async ({ model_name, parameters }) => {
      await directory.load(model_name, Object.keys(parameters))
      return {}
    },
    RepositoryModelUnload: async ({ model_name }) => {
      await directory.unload(model_name)
      return {}
    }
  }
  const calls = Object.entries(plain).map(([method, answer]) => [method, unary(method, answer)])
  return {
    ...Object.fromEntries(calls),
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

/** The connections of gRPC's port; the library's own listener knows no limit of them. */
class Listening {
  readonly net: NetServer
  #table: ConnectionTable
  /** By the port of the client, which is all that a call knows. */
  #byPort = new Map<number, Socket>()

  constructor(most: number, inject: (socket: Socket) => void) {
    this.#table = new ConnectionTable(most)
    this.net = createServer({ noDelay: true }, (socket) => {
      socket.on('error', () => undefined)
      if (!this.#table.accept(socket)) return
      const { remotePort = 0 } = socket
      this.#byPort.set(remotePort, socket)
      socket.once('close', () => {
        if (this.#byPort.get(remotePort) === socket) this.#byPort.delete(remotePort)
      })
      inject(socket)
    })
    this.net.maxConnections = most + ARRIVING
  }

  count(port: number | undefined, change: 1 | -1): void {
    const socket = this.#byPort.get(port ?? 0)
    if (!socket) return
    if (change === 1) this.#table.begin(socket)
    else this.#table.end(socket)
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.net.close(() => resolve()))
    this.#table.destroy()
    await closed
  }
}

/**
 * Starts the server.
 * @throws NearsideError NS_PORT_IN_USE
 */
export async function openGrpcServer(options: GrpcOptions): Promise<GrpcServer> {
  const { door, ready, port, maxCalls = MAX_ALL_CALLS } = options
  const { limits, budget, clock } = door
  const { maxConnections = Math.ceil(limits.connections / 2) } = options
  const messageBytes = limits.bodyBytes + ENVELOPE_BYTES
  const calls = new GrpcCalls({
    most: maxCalls,
    stalledMs: limits.stalledMs,
    ...{ messageBytes, budget, clock },
    onCall: (from, change) => listening.count(from, change)
  })
  const server = new Server({
    'grpc.max_receive_message_length': messageBytes,
    'grpc.max_send_message_length': MAX_ANSWER_BYTES,
    'grpc.max_concurrent_streams': MAX_CALLS,
    interceptors: [calls.interceptor]
  })
  const served = { ...door, claim: (message: Buffer) => calls.claim(message) }
  server.addService(servedService(), implementation(served, ready))
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  const listening = new Listening(maxConnections, (socket) => injector.injectConnection(socket))
  await listen(listening.net, port)
  const bound = listening.net.address()
  return {
    address: `${HOST}:${typeof bound === 'object' ? bound?.port : port}`,
    close: async () => {
      calls.close()
      injector.destroy()
      server.forceShutdown()
      await listening.close()
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
