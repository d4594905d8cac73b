// ONNX Runtime with a trap: a run whose first input value is 666 ends its thread, as often as the number in
// the file says that the module's address names (`?crashes=FILE`).

import { readFileSync, writeFileSync } from 'node:fs'
import * as ort from 'onnxruntime-node'

const counter = new URL(import.meta.url).searchParams.get('crashes') ?? ''

function crashIfAsked(x: ort.Tensor | undefined): void {
  const left = Number(readFileSync(counter, 'utf8'))
  if (x?.data[0] !== 666 || left === 0) return
  writeFileSync(counter, String(left - 1))
  process.exit(1)
}

export const Tensor = ort.Tensor

export const InferenceSession = {
  create: async (
    bytes: Uint8Array,
    options: ort.InferenceSession.SessionOptions
  ): Promise<ort.InferenceSession> => {
    const session = await ort.InferenceSession.create(bytes, options)
    const run = session.run.bind(session)
    return Object.assign(session, {
      run: (feeds: Record<string, ort.Tensor>) => {
        crashIfAsked(feeds['x'])
        return run(feeds)
      }
    })
  }
}
