// Which session is asked of the library for a plan on a GPU, with a library that writes down what it is asked.

import { test } from 'tap'
import type { ExecutorPlan } from './executor-protocol.ts'
import type { GpuDriver } from './gpu-port.ts'
import { createSession, recordedBy, sessionSetup } from './open-ffi-session.ts'
import { type NativeSession, type OrtApi, OrtFailure, type SessionSetup } from './ort-port.ts'

const driver = { memoryName: 'Cuda', stream: 4711n } as GpuDriver
const engine = { dir: '', key: {} as never, model: '', files: [], whole: true }
const plan = (change: Partial<ExecutorPlan>): ExecutorPlan => ({
  ...{ dir: '', variant: { file: 'model.onnx', sha256: '' }, windows: undefined, maxBatch: 4 },
  ...{ threads: 1, runtime: '', deviceId: 0, binding: 'ffi', libraries: [], rung: 'cuda' },
  ...change
})

function libraryThat(refuses: (setup: SessionSetup) => string | undefined) {
  const asked: SessionSetup[] = []
  const api = {
    createSession: (_: string, setup: SessionSetup) => {
      asked.push(setup)
      const words = refuses(setup)
      if (words !== undefined) throw new OrtFailure(1, words)
      return { inputs: [], outputs: [], close: () => undefined } as unknown as NativeSession
    }
  } as unknown as OrtApi
  return { api, asked }
}

test('runs are recorded by the one who can', (t) => {
  t.equal(recordedBy(plan({ rung: 'cuda' })), 'library')
  t.equal(recordedBy(plan({ rung: 'tensorrt', engine })), 'driver')
  t.equal(recordedBy(plan({ rung: 'tensorrt', engine: { ...engine, whole: false } })), 'nobody')
  t.equal(recordedBy(plan({ rung: 'cuda', profile: '/tmp/p' })), 'nobody', 'kernels are wanted')
  const options = (change: Partial<ExecutorPlan>) => {
    const asked = plan(change)
    return sessionSetup(asked, { driver, recordedBy: recordedBy(asked) }).providers[0]?.options
  }
  t.match(options({ rung: 'cuda' }), { enable_cuda_graph: '1' })
  t.strictSame(options({ rung: 'tensorrt', engine }), {
    device_id: '0',
    user_compute_stream: '4711'
  })
  t.strictSame(options({ rung: 'tensorrt', engine: { ...engine, whole: false } }), {
    device_id: '0'
  })
  t.end()
})

test('a model that cannot be recorded is opened without', async (t) => {
  const words = 'This session cannot use the graph capture feature as requested by the user'
  const { api, asked } = libraryThat(({ gpu }) =>
    gpu?.recordedBy === 'library' ? words : undefined
  )
  await createSession(api, 'model.onnx', { plan: plan({}), driver }).close()
  t.strictSame(
    asked.map(({ gpu }) => gpu?.recordedBy),
    ['library', 'nobody']
  )
  const other = libraryThat(() => 'Protobuf parsing failed')
  t.throws(() => createSession(other.api, 'model.onnx', { plan: plan({}), driver }), /Protobuf/)
  t.equal(other.asked.length, 1)
})
