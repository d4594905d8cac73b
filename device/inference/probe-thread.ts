// Loads ONNX Runtime once and says what it found; a crash of the library ends this thread's process part only.

import { parentPort } from 'node:worker_threads'

Reflect.deleteProperty(globalThis, 'Float16Array') // see executor-thread.ts
const { env, listSupportedBackends } = await import('onnxruntime-node')
parentPort?.postMessage({
  version: env.versions.node ?? 'unknown',
  backends: listSupportedBackends()
    .filter(({ bundled }) => bundled)
    .map(({ name }) => name)
})
parentPort?.close()
