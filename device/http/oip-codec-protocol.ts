// What the agent and its codec worker say to each other: one piece of work, one answer, in order.

import type { ErrorCode } from '../../contract/index.ts'
import type { InferCall, ModelFacts } from './oip-call.ts'
import type { EncodedAnswer, InferResult } from './oip-encode.ts'

export type CodecWork =
  | {
      readonly kind: 'rest'
      readonly model: ModelFacts
      readonly body: Uint8Array<ArrayBuffer>
      readonly headerBytes: number | undefined
    }
  | {
      readonly kind: 'grpc'
      readonly model: ModelFacts
      readonly message: Uint8Array<ArrayBuffer>
    }
  | { readonly kind: 'answer'; readonly result: InferResult }

export type CodecAnswer =
  | { readonly kind: 'call'; readonly call: InferCall }
  | { readonly kind: 'encoded'; readonly encoded: EncodedAnswer }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly sentence: string }
