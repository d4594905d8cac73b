// Sessions whose tensors lie on a GPU, without a GPU: real ONNX Runtime on the CPU, and a driver whose GPU is
// other memory of this machine, in which nothing is what was not copied there.

import { test } from 'tap'
import { nonZeroModel } from '../../test/harness/rare-models.ts'
import { linearModel } from '../../test/harness/tiny-model.ts'
import { FfiSession } from './ffi-session.ts'
import { ortLibrary } from './gpu-libraries.ts'
import type { GpuDriver, GpuMemory, GpuUse } from './gpu-port.ts'
import { loadLibrary, memoryAt } from './native-library.ts'
import { openOrtApi } from './ort-c-api.ts'
import { OrtFailure } from './ort-port.ts'
import { type Tensors, tensorFrom } from './tensors.ts'

const libc = loadLibrary('libc.so.6')
const malloc = libc.func('malloc', 'void *', ['size_t'])
const free = libc.func('free', 'void', ['void *'])

/** A driver that counts what it is asked; a recording does its work again. */
class CopyingDriver implements GpuDriver {
  readonly memoryName = 'Cpu'
  readonly stream = 4711n
  held = 0
  recorded = 0
  launched = 0
  refuses = false
  #recording: (() => void)[] | undefined

  allocate(bytes: number): GpuMemory {
    const [host, device]: [bigint, bigint] = [malloc(bytes + 1), malloc(bytes + 1)]
    const [near, far] = [memoryAt(host, bytes), memoryAt(device, bytes)]
    this.held += 1
    return {
      ...{ bytes: near, device },
      upload: () => this.#queue(() => far.set(near)),
      download: () => this.#queue(() => near.set(far)),
      release: () => {
        this.held -= 1
        free(host)
        free(device)
      }
    }
  }

  #queue(copy: () => void): void {
    if (this.#recording) this.#recording.push(copy)
    else copy()
  }

  wait(): void {
    if (this.#recording) throw new Error('waiting while recording')
  }

  record(work: () => void) {
    this.recorded += 1
    if (this.refuses) throw new OrtFailure(900, 'CUDA failure 900 in cuStreamEndCapture')
    const copies: (() => void)[] = []
    this.#recording = copies
    work()
    this.#recording = undefined
    return {
      launch: () => {
        this.launched += 1
        work()
      },
      release: () => undefined
    }
  }
}

function open(model: Buffer, recordedBy: GpuUse['recordedBy']) {
  const driver = new CopyingDriver()
  const api = openOrtApi(ortLibrary([]))
  const create = (by: GpuUse['recordedBy']) =>
    api.createSession(model, { threads: 1, providers: [], gpu: { driver, recordedBy: by } })
  const plain = new FfiSession(api.createSession(model, { threads: 1, providers: [] }))
  return { driver, plain, session: new FfiSession(create(recordedBy), () => create('nobody')) }
}

function inputs(rows: number, from: number): Tensors {
  const data = Array.from({ length: rows * 2 }, (_, index) => Math.sin(index + from))
  return {
    x: tensorFrom({ datatype: 'FP32', shape: [rows, 2], data }),
    spin: tensorFrom({ datatype: 'INT64', shape: [rows], data: Array(rows).fill(1) })
  }
}

for (const recordedBy of ['driver', 'library', 'nobody'] as const)
  test(`tensors on a GPU give what tensors on the host give (recorded by ${recordedBy})`, async (t) => {
    const { driver, plain, session } = open(linearModel(2), recordedBy)
    for (let run = 0; run < 40; run += 1) {
      const given = inputs([1, 3, 3, 1, 3, 3, 3, 3, 3, 3][run % 10] ?? 1, run)
      t.strictSame(await session.run(given), await plain.run(given))
    }
    await session.close()
    await plain.close()
    t.equal(driver.held, 0, 'everything is given back')
    t.equal(driver.recorded > 0, recordedBy === 'driver')
    t.equal(driver.launched > driver.recorded, recordedBy === 'driver')
  })

test('outputs whose shape varies come from memory of the library', async (t) => {
  const { driver, plain, session } = open(nonZeroModel(), 'driver')
  for (let run = 0; run < 12; run += 1) {
    const data = [run % 2, run % 3, run % 5]
    const given = { x: tensorFrom({ datatype: 'FP32', shape: [3], data }) }
    t.strictSame(await session.run(given), await plain.run(given))
  }
  await session.close()
  await plain.close()
  t.equal(driver.held, 0)
})

test('a run that cannot be recorded opens the session again, without recordings', async (t) => {
  const { driver, plain, session } = open(linearModel(2), 'driver')
  driver.refuses = true
  for (let run = 0; run < 12; run += 1)
    t.strictSame(await session.run(inputs(2, run)), await plain.run(inputs(2, run)))
  t.equal(driver.recorded, 1)
  await session.close()
  await plain.close()
  t.equal(driver.held, 0)
})

test('a session that cannot be opened again ends its executor', async (t) => {
  const driver = new CopyingDriver()
  driver.refuses = true
  const api = openOrtApi(ortLibrary([]))
  const gpu = { driver, recordedBy: 'driver' } as const
  const session = new FfiSession(
    api.createSession(linearModel(2), { threads: 1, providers: [], gpu }),
    () => {
      throw new OrtFailure(1, 'CUDA failure 700: an illegal memory access was encountered')
    }
  )
  // The first tells the shapes of the outputs.
  for (let run = 0; run < 3; run += 1) await session.run(inputs(2, run))
  await t.rejects(session.run(inputs(2, 3)), { code: 'NS_WORKER_FAILED' })
})
