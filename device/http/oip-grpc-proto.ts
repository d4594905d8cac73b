// The published gRPC service as @grpc/grpc-js wants it, made from proto/grpc_service.proto. Requests
// stay bytes: they are bounded before they are decoded, and large ones in a worker.

import { join } from 'node:path'
import type { ServiceDefinition } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

const PROTO = join(import.meta.dirname, 'proto', 'grpc_service.proto')

/** 64-bit integers come as text, so that none loses a digit. */
const LOAD_OPTIONS = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true }

let loaded: ServiceDefinition | undefined

/** The service with every message decoded. */
export function publishedService(): ServiceDefinition {
  loaded ??= loadSync(PROTO, LOAD_OPTIONS)['inference.GRPCInferenceService'] as ServiceDefinition
  return loaded
}

const bytes = (message: Buffer): Buffer => message

/** The service as the server takes it: requests are handed over as they came, to be bounded first. */
export function servedService(): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(publishedService()).map(([name, method]) => [
      name,
      { ...method, requestDeserialize: bytes }
    ])
  )
}
