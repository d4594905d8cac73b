// The real builder and executor against a recorded driver: small libraries that answer as an Orin with
// TensorRT 10.3 does, compiled here, in front of the loader's path.

import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { systemClock } from '../../kernel/clock.ts'
import { linearModel } from '../../test/harness/tiny-model.ts'
import { EngineBuilder, keyOf } from './engine-build.ts'
import { EngineStore, enginePlan } from './engine-store.ts'
import { Executor } from './executor.ts'
import { type ExecutorPlan, ON_CPU } from './executor-protocol.ts'
import { shippedLibraryFolder } from './gpu-libraries.ts'

const skip =
  spawnSync('cc', ['--version']).status === 0 ? false : 'SKIPPED: there is no C compiler (cc)'

const DRIVER = `
#include <string.h>
int cuInit(unsigned flags) { return 0; }
int cuDeviceGet(int *device, int ordinal) { *device = 0; return 0; }
int cuDeviceGetAttribute(int *value, int id, int device) { *value = id == 75 ? 8 : 7; return 0; }
int cuDeviceGetName(char *name, int length, int device) { strcpy(name, "Orin"); return 0; }
int cuDriverGetVersion(int *version) { *version = 12060; return 0; }
int cuDeviceTotalMem_v2(unsigned long *bytes, int device) { *bytes = 65893945344UL; return 0; }
`
/** Memory, a queue and graphs of a GPU that is this machine's own memory; a graph holds copies. */
const MEMORY = `
#include <stdlib.h>
struct copy { void *to, *from; unsigned long bytes; };
static struct copy graph[8];
static int count, recording, held;
static int move(void *to, void *from, unsigned long bytes) {
  struct copy one = { to, from, bytes };
  if (recording) graph[count++] = one; else memcpy(to, from, bytes);
  return 0;
}
static int take(void **at, unsigned long bytes) { *at = malloc(bytes); held++; return 0; }
static int give(void *at) { free(at); held--; return 0; }
int cuDevicePrimaryCtxRetain(void **context, int device) { *context = graph; return 0; }
int cuCtxSetCurrent(void *context) { return context == graph ? 0 : 201; }
int cuStreamCreate(void **stream, unsigned flags) { *stream = &count; return 0; }
int cuStreamSynchronize(void *stream) { return stream == &count && !recording ? 0 : 400; }
int cuMemHostAlloc(void **at, unsigned long bytes, unsigned flags) { return take(at, bytes); }
int cuMemFreeHost(void *at) { return give(at); }
int cuMemAlloc_v2(void **at, unsigned long bytes) { return bytes > 1000000 ? 2 : take(at, bytes); }
int cuMemFree_v2(void *at) { return give(at); }
int cuMemcpyHtoDAsync_v2(void *to, void *from, unsigned long n, void *stream) { return move(to, from, n); }
int cuMemcpyDtoHAsync_v2(void *to, void *from, unsigned long n, void *stream) { return move(to, from, n); }
int cuStreamBeginCapture_v2(void *stream, int mode) { recording = 1; count = 0; return 0; }
int cuStreamEndCapture(void *stream, void **made) { recording = 0; *made = graph; return 0; }
int cuGraphInstantiateWithFlags(void **made, void *from, unsigned long long flags) { *made = from; held++; return 0; }
int cuGraphDestroy(void *made) { return made == graph ? 0 : 1; }
int cuGraphExecDestroy(void *made) { held--; return 0; }
int cuGraphLaunch(void *made, void *stream) {
  for (int at = 0; at < count; at++) memcpy(graph[at].to, graph[at].from, graph[at].bytes);
  return 0;
}
int cuTestHeld(void) { return held; }
`
const NO_GPU = 'int cuInit(unsigned flags) { return 100; }'
const TENSORRT = 'int getInferLibVersion(void) { return 100300; }'

function libraries(t: Test, sources: Readonly<Record<string, string>>): string {
  const folder = join(t.testdir(), 'libraries')
  mkdirSync(folder)
  const shipped = join(shippedLibraryFolder(), 'libonnxruntime.so.1')
  symlinkSync(shipped, join(folder, 'libonnxruntime.so.1'))
  for (const [name, source] of Object.entries(sources)) {
    const file = join(folder, `${name}.c`)
    writeFileSync(file, source)
    execFileSync('cc', ['-shared', '-fPIC', '-o', join(folder, name), file])
  }
  for (const name of ['shared', 'cuda', 'tensorrt'])
    writeFileSync(join(folder, `libonnxruntime_providers_${name}.so`), '')
  return folder
}

async function builderIn(t: Test): Promise<{ builder: EngineBuilder; store: EngineStore }> {
  const store = new EngineStore({ folder: join(t.testdirName, 'engines') })
  await store.open()
  const builder = new EngineBuilder({ store, clock: systemClock })
  t.teardown(() => builder.close())
  return { builder, store }
}

const DRIVEN = { 'libcuda.so.1': DRIVER, 'libnvinfer.so.10': TENSORRT }

test('the facts of a GPU are read from its driver', { skip }, async (t) => {
  const folder = libraries(t, DRIVEN)
  const { builder } = await builderIn(t)
  const facts = await builder.facts([folder], 0)
  t.match(facts, {
    name: 'Orin',
    computeCapability: '8.7',
    cuda: '12.6',
    memoryBytes: 65_893_945_344,
    tensorrt: '10.3.0',
    onnxruntime: /^1\.\d+/
  })
})

/** What a program says that has these libraries in front of its path. */
function runWith(folder: string, script: string): unknown {
  const env = { ...process.env, LD_LIBRARY_PATH: folder }
  const args = ['--input-type=module', '-e', script]
  const options = { cwd: import.meta.dirname, encoding: 'utf8', env } as const
  return JSON.parse(execFileSync(process.execPath, args, options))
}

test('memory of a GPU is copied both ways, recorded and given back', { skip }, (t) => {
  const said = runWith(
    libraries(t, { 'libcuda.so.1': DRIVER + MEMORY }),
    `
    import { openCudaDriver } from './cuda-driver.ts'
    import { loadLibrary } from './native-library.ts'
    const held = loadLibrary('libcuda.so.1').func('cuTestHeld', 'int', [])
    const driver = await openCudaDriver()
    const [a, none] = [driver.allocate(4), driver.allocate(0)]
    const said = []
    a.bytes.set([1, 2, 3, 4])
    a.upload()
    a.bytes.fill(0)
    a.download()
    driver.wait()
    said.push([...a.bytes])
    const recording = driver.record(() => a.upload())
    a.bytes.fill(9)
    recording.launch()
    a.bytes.fill(0)
    a.download()
    driver.wait()
    said.push([...a.bytes], held())
    try { driver.record(() => { throw new Error('a run that fails') }) }
    catch (error) { driver.wait(); said.push(error.message) }
    try { driver.allocate(2_000_000) } catch (error) { said.push(error.message) }
    said.push(none.bytes.length, held())
    for (const one of [recording, a, none]) one.release()
    console.log(JSON.stringify([...said, held()]))`
  )
  t.strictSame(said, [
    [1, 2, 3, 4],
    [9, 9, 9, 9],
    5,
    'a run that fails',
    'CUDA failure 2 in cuMemAlloc_v2',
    0,
    5,
    0
  ])
  t.end()
})

test('a driver that gives no context is no GPU', { skip }, (t) => {
  const refusing = `${DRIVER}int cuDevicePrimaryCtxRetain(void **context, int device) { return 2; }`
  const said = runWith(
    libraries(t, { 'libcuda.so.1': refusing }),
    `
    import { openCudaDriver } from './cuda-driver.ts'
    await openCudaDriver().catch(({ code, cause }) => console.log(JSON.stringify([code, cause.message])))`
  )
  t.strictSame(said, ['NS_RUNG_NO_GPU', 'CUDA failure 2 in cuDevicePrimaryCtxRetain'])
  t.end()
})

test('a driver without a GPU is no GPU', { skip }, async (t) => {
  const folder = libraries(t, { 'libcuda.so.1': NO_GPU })
  const { builder } = await builderIn(t)
  const refusal = { code: 'NS_RUNG_NO_GPU', details: { detail: 'CUDA failure 100 in cuInit' } }
  await t.rejects(builder.facts([folder], 0), refusal)
})

test('an engine of another GPU is refused before it is loaded', { skip }, async (t) => {
  const folder = libraries(t, DRIVEN)
  const { builder, store } = await builderIn(t)
  const model = linearModel(2)
  writeFileSync(join(t.testdirName, 'model.onnx'), model)
  const sha256 = createHash('sha256').update(model).digest('hex')
  const profile = { min: {}, opt: {}, max: {} }
  const here = keyOf({ sha256, precision: 'fp16', profile }, await builder.facts([folder], 0))
  const put = async (key: typeof here) => {
    const dir = await store.stage()
    writeFileSync(join(dir, 'model.onnx'), model)
    writeFileSync(join(dir, 'graph.engine'), 'plan')
    const about = { key, model: 'model.onnx', whole: true, gpu: 'Orin', builtAt: 1, buildMs: 1 }
    return enginePlan(await store.commit(dir, about))
  }
  const start = async (engine: ExecutorPlan['engine']): Promise<void> => {
    const variant = { file: 'model.onnx', sha256 }
    const base = { dir: t.testdirName, variant, windows: undefined, maxBatch: 4, threads: 1 }
    const plan: ExecutorPlan = {
      ...base,
      ...ON_CPU,
      runtime: '',
      binding: 'ffi',
      rung: 'tensorrt',
      libraries: [folder],
      ...(engine ? { engine } : {})
    }
    const executor = new Executor({
      plan,
      shell: 'process',
      clock: systemClock,
      startDeadlineMs: 1e9
    })
    await executor.start().finally(() => executor.close())
  }
  const foreign = await put({ ...here, computeCapability: '9.0', tensorrt: '10.6.0' })
  await t.rejects(start(foreign), {
    code: 'NS_ENGINE_FOREIGN',
    message:
      /compute capability \(9\.0, here 8\.7\), another version of TensorRT \(10\.6\.0, here 10\.3\.0\)/
  })
  // One that fits is handed to the provider, which is no library here.
  const loaded = { code: 'NS_RUNG_LIBRARY', message: /rung tensorrt needs cannot be loaded/ }
  await t.rejects(start(await put(here)), loaded)
})

test('a provider that cannot be loaded fails a build with the words of the loader', {
  skip
}, async (t) => {
  const folder = libraries(t, DRIVEN)
  const { builder, store } = await builderIn(t)
  const model = linearModel(2)
  writeFileSync(join(t.testdirName, 'model.onnx'), model)
  const { status } = await builder.request({
    model: { name: 'tiny', version: '1.0.0' },
    file: join(t.testdirName, 'model.onnx'),
    sha256: createHash('sha256').update(model).digest('hex'),
    size: model.length,
    precision: 'fp16',
    profile: { min: { x: [1, 2] }, opt: { x: [4, 2] }, max: { x: [4, 2] } },
    libraries: [folder],
    deviceId: 0,
    budgetBytes: 2 ** 30
  }).done
  t.match(status, {
    state: 'failed',
    code: 'NS_ENGINE_BUILD',
    sentence: /_shared\.so: file too short/
  })
  t.strictSame(await store.list(), [])
})
