// The codec worker: decodes and encodes what would hold the agent's event loop up. One piece of work at a
// time; whatever it refuses goes back as code and sentence.

import { parentPort } from 'node:worker_threads'
import { toNearsideError } from '../../contract/index.ts'
import type { Tensors } from '../inference/index.ts'
import type { CodecAnswer, CodecWork } from './oip-codec-protocol.ts'
import { decodeInfer } from './oip-decode.ts'
import { encodeAnswer } from './oip-encode.ts'

async function answer(work: CodecWork): Promise<CodecAnswer> {
  try {
    if (work.kind === 'answer') return { kind: 'encoded', encoded: encodeAnswer(work.result) }
    if (work.kind === 'rest')
      return { kind: 'call', call: decodeInfer(work.model, work.body, work.headerBytes) }
    // Most devices never load gRPC.
    const { decodeGrpcInfer } = await import('./oip-grpc-decode.ts')
    return { kind: 'call', call: decodeGrpcInfer(work.model, work.message) }
  } catch (error) {
    const { code, message } = toNearsideError(error)
    return { kind: 'refused', code, sentence: message }
  }
}

const buffersOf = (tensors: Tensors): ArrayBuffer[] =>
  Object.values(tensors).map(({ data }) => data.buffer)

function transfers(reply: CodecAnswer): ArrayBuffer[] {
  if (reply.kind === 'call') return buffersOf(reply.call.inputs)
  if (reply.kind === 'refused') return []
  return [...new Set(reply.encoded.parts.map(({ buffer }) => buffer))]
}

let last = Promise.resolve()
parentPort?.on('message', (work: CodecWork) => {
  last = last.then(async () => {
    const reply = await answer(work)
    parentPort?.postMessage(reply, transfers(reply))
  })
})
