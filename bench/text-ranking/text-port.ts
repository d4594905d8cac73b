// The inference that text benches use: the shipped model when its bundle is there, else a small classifier that
// is fitted on the train splits on the spot. The result says which one it was.

import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InferencePort } from '../../analysis/index.ts'
import { fitRoles, ROLES } from './stand-in-roles.ts'
import { computingAbstracts, trialAbstracts } from './text-data.ts'

const BUNDLE = join(import.meta.dirname, '../../models/quantized/sentence-roles')

export interface TextPort {
  readonly name: 'shipped model' | 'stand-in'
  readonly port: InferencePort
  close(): Promise<void>
}

export async function openTextPort(): Promise<TextPort> {
  if (existsSync(BUNDLE)) {
    const { openLocalInference } = await import('../../device/inference/index.ts')
    const local = await openLocalInference({ home: join(tmpdir(), 'nearside-bench-home') })
    return { name: 'shipped model', port: local.port, close: () => local.close() }
  }
  return { name: 'stand-in', port: standIn(), close: () => Promise.resolve() }
}

function standIn(): InferencePort {
  const model = fitRoles([...trialAbstracts('train'), ...computingAbstracts('train')])
  return {
    classifySentences: async (_model, documents) => ({
      labels: ROLES,
      documents: documents.map((sentences) =>
        model.probabilities(sentences).map((probabilities) => {
          const confidence = Math.max(...probabilities)
          const label = ROLES[probabilities.indexOf(confidence)] ?? 'other'
          return { label, confidence, probabilities: Float32Array.from(probabilities) }
        })
      ),
      model: { name: 'sentence-roles', version: '0.0.0', precision: 'fp32', rung: 'cpu' }
    })
  }
}
