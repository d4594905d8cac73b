// The servers of the serving benchmark: our device with a bundle installed, FastAPI with PyTorch, and Triton.
// Each is a real process on loopback, started when asked and ended by signal.

import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestKey } from '../../test/harness/tiny-model.ts'
import { type EncoderShape, encoderWeights, weightFile } from '../models/encoder-model.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const READY_MS = 120_000

export interface Peer {
  readonly name: string
  /** Address to which a JSON request of the Open Inference Protocol is posted. */
  readonly url: string
  /** Root of our own server. */
  readonly base?: string
  stop(): Promise<void>
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

function stopping(child: ChildProcess): () => Promise<void> {
  return () =>
    new Promise((resolve) => {
      child.once('exit', () => resolve())
      if (child.exitCode !== null || child.signalCode !== null) return resolve()
      child.kill('SIGTERM')
    })
}

/** Waits until the address answers with 200. */
async function answering(url: string, body?: string): Promise<void> {
  const until = performance.now() + READY_MS
  while (performance.now() < until) {
    const init = body === undefined ? {} : { method: 'POST', body, headers: JSON_TYPE }
    const response = await fetch(url, init).catch(() => undefined)
    await response?.arrayBuffer()
    if (response?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`${url} did not answer`)
}

const JSON_TYPE = { 'content-type': 'application/json' }

/** Starts a device whose home has the bundle installed and trusts its key. */
export async function startDevice(bundle: {
  readonly dir: string
  readonly name: string
  readonly key: TestKey
  readonly body: string
  readonly env?: Readonly<Record<string, string>>
  /** Set by hand before it is measured; without it the device decides. */
  readonly tuning?: Readonly<Record<string, number>>
  /** What stands in the device's settings.json. */
  readonly settings?: Readonly<Record<string, unknown>>
}): Promise<Peer & { readonly base: string; readonly pid: number }> {
  const home = await mkdtemp(join(tmpdir(), 'ns-bench-'))
  const model = join(home, 'device', 'models', bundle.name)
  await mkdir(join(home, 'device', 'trusted-keys'), { recursive: true })
  await writeFile(
    join(home, 'device', 'trusted-keys', 'bench.pem'),
    bundle.key.trusted.key.export({ type: 'spki', format: 'pem' })
  )
  const manifest = await readFile(join(bundle.dir, 'manifest.json'))
  const { version } = JSON.parse(manifest.toString()) as { readonly version: string }
  await cp(bundle.dir, join(model, version), { recursive: true })
  await writeFile(join(home, 'device', 'settings.json'), JSON.stringify(bundle.settings ?? {}))
  const manifestSha256 = createHash('sha256').update(manifest).digest('hex')
  const current = { version, manifestSha256, origin: 'installed' }
  await writeFile(join(model, 'current.json'), JSON.stringify({ current, previous: null }))
  const port = await freePort()
  const args = ['device', '--home', home, '--port', String(port)]
  const child = spawn(process.execPath, [join(ROOT, 'bin', 'nearside.ts'), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, MALLOC_ARENA_MAX: '2', ...bundle.env }
  })
  const base = `http://127.0.0.1:${port}`
  const url = `${base}/v2/models/${bundle.name}/infer`
  await answering(`${base}/readyz`)
  await answering(url, bundle.body)
  if (bundle.tuning) {
    const body = JSON.stringify(bundle.tuning)
    const address = `${base}/api/v1/models/${bundle.name}/tuning`
    const answer = await fetch(address, { method: 'PUT', headers: JSON_TYPE, body })
    if (!answer.ok) throw new Error(await answer.text())
  }
  return { name: 'nearside', url, base, pid: child.pid ?? 0, stop: stopping(child) }
}

/** Starts FastAPI and PyTorch; undefined with a word on why where the Python of the environment lacks them. */
export async function startFastApi(shape: EncoderShape, body: string): Promise<Peer | undefined> {
  const python = process.env['NEARSIDE_TORCH_PYTHON']
  if (!python) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'ns-bench-'))
  const weights = join(folder, 'weights.bin')
  await writeFile(weights, weightFile(encoderWeights(shape)))
  const port = await freePort()
  const script = join(import.meta.dirname, 'fastapi-torch.py')
  const child = spawn(python, [script, String(port), weights, JSON.stringify(shape)], {
    stdio: ['ignore', 'ignore', 'inherit']
  })
  const url = `http://127.0.0.1:${port}/v2/models/minilm/infer`
  await answering(url, body)
  return { name: 'FastAPI + PyTorch', url, stop: stopping(child) }
}

const tritonConfig = (hidden: number, maxBatch: number): string => `name: "minilm"
backend: "python"
max_batch_size: ${maxBatch}
input [
  { name: "input_ids" data_type: TYPE_INT64 dims: [ -1 ] },
  { name: "attention_mask" data_type: TYPE_INT64 dims: [ -1 ] }
]
output [ { name: "embedding" data_type: TYPE_FP32 dims: [ ${hidden} ] } ]
dynamic_batching { }
`

/**
 * Starts the Triton server that PyTriton brings, with our ONNX file in its Python backend: the package has no
 * ONNX Runtime backend. `site` is the site-packages folder of a Python 3.11 with nvidia-pytriton and onnxruntime.
 */
export async function startTriton(options: {
  readonly model: string
  readonly hidden: number
  readonly maxBatch: number
  readonly threads: number
  readonly body: string
}): Promise<Peer | undefined> {
  const site = process.env['NEARSIDE_PYTRITON_SITE']
  if (!site) return undefined
  const folder = await mkdtemp(join(tmpdir(), 'ns-bench-'))
  const version = join(folder, 'repository', 'minilm', '1')
  const backend = join(folder, 'backends', 'python')
  const triton = join(site, 'pytriton', 'tritonserver')
  await mkdir(version, { recursive: true })
  await cp(join(import.meta.dirname, 'triton-model.py'), join(version, 'model.py'))
  await cp(options.model, join(version, 'model.onnx'))
  const config = tritonConfig(options.hidden, options.maxBatch)
  await writeFile(join(folder, 'repository', 'minilm', 'config.pbtxt'), config)
  await cp(join(triton, 'backends', 'python'), backend, { recursive: true })
  const stub = 'triton_python_backend_stub'
  await cp(join(triton, 'python_backend_stubs', '3.11', stub), join(backend, stub))
  const port = await freePort()
  const args = [
    `--model-repository=${join(folder, 'repository')}`,
    `--backend-directory=${join(folder, 'backends')}`,
    ...['--http-address=127.0.0.1', `--http-port=${port}`],
    ...['--allow-grpc=false', '--allow-metrics=false', '--log-info=false', '--log-warning=false']
  ]
  const child = spawn(join(triton, 'bin', 'tritonserver'), args, {
    stdio: 'ignore',
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(site, 'nvidia_pytriton.libs'),
      ENCODER_SITE: site,
      ENCODER_THREADS: String(options.threads)
    }
  })
  const url = `http://127.0.0.1:${port}/v2/models/minilm/infer`
  await answering(url, options.body)
  return { name: 'Triton 2.51', url, stop: stopping(child) }
}
