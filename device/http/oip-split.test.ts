// A model in parts behind the doors of the inference protocol: REST and gRPC, under load, while its processes are
// killed one after the other.

import { join } from 'node:path'
import { credentials, makeClientConstructor } from '@grpc/grpc-js'
import t from 'tap'
import { openOipServer } from '../../test/harness/oip-server.ts'
import { writeSplitBundle } from '../../test/harness/split-bundle.ts'
import { writeTinyBundle } from '../../test/harness/tiny-model.ts'
import { publishedService } from './oip-grpc-proto.ts'
import { openGrpcServer } from './oip-grpc-server.ts'

const server = await openOipServer({ settings: { shell: 'process', threads: 1 } })
const folder = t.testdir()
const whole = join(folder, 'whole')
await writeTinyBundle({ dir: whole, key: server.key, name: 'cut', scale: 3 })
const out = await writeSplitBundle({
  dir: whole,
  out: join(folder, 'cut'),
  parts: 2,
  key: server.key
})
await server.pool.register(out, 'builtin')
const grpc = await openGrpcServer({ door: server.door, ready: () => null, port: 0 })
t.teardown(async () => {
  await grpc.close()
  await server.close()
})

interface Answer {
  readonly outputs: readonly { readonly name: string; readonly data: readonly number[] }[]
}

async function infer(x: number, spin = 1) {
  const answer = await fetch(`${server.url}/v2/models/cut/infer`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      inputs: [
        { name: 'x', datatype: 'FP32', shape: [1, 2], data: [x, -x] },
        { name: 'spin', datatype: 'INT64', shape: [1], data: [spin] }
      ]
    })
  })
  const body = (await answer.json()) as Answer
  return { status: answer.status, headers: answer.headers, y: body.outputs?.[0]?.data }
}

t.test('REST answers from the parts, with the headers of any other model', async (t) => {
  const { status, headers, y } = await infer(4)
  t.equal(status, 200)
  t.same(y, [12, -12])
  t.equal(headers.get('nearside-rung'), 'cpu')
  t.equal(headers.get('nearside-batch-size'), '1')
  const config = await fetch(`${server.url}/v2/models/cut/config`)
  t.equal(config.status, 200)
  await config.body?.cancel()
})

t.test(
  'killing every process of it in turn under load loses no request and answers none wrongly',
  async (t) => {
    let going = true
    let answered = 0
    const wrong: unknown[] = []
    const client = async (x: number): Promise<void> => {
      while (going) {
        const { status, y } = await infer(x, 2_000)
        if (status === 200 && y?.[0] === 3 * x && y[1] === -3 * x) answered += 1
        else wrong.push([x, status, y])
      }
    }
    const clients = Array.from({ length: 16 }, (_, x) => client(x + 1))
    for (let round = 0; round < 6; round += 1) {
      const before = answered
      const pids = server.pool.pids('cut')
      process.kill(pids[round % pids.length] ?? 0, 'SIGKILL')
      // The next loss only after a good batch: three in a row make the model rest.
      while (answered < before + 40) await infer(1)
    }
    going = false
    await Promise.all(clients)
    t.same(wrong, [])
    t.ok(answered > 240)
  }
)

t.test('gRPC answers from the parts', async (t) => {
  const Client = makeClientConstructor(publishedService(), 'GRPCInferenceService')
  const client = new Client(grpc.address, credentials.createInsecure()) as unknown as {
    ModelInfer(
      request: object,
      done: (error: Error | null, answer: { raw_output_contents: Buffer[] }) => void
    ): void
    close(): void
  }
  t.teardown(() => client.close())
  const answer = await new Promise<{ raw_output_contents: Buffer[] }>((resolve, reject) =>
    client.ModelInfer(
      {
        model_name: 'cut',
        inputs: [
          { name: 'x', datatype: 'FP32', shape: [1, 2] },
          { name: 'spin', datatype: 'INT64', shape: [1] }
        ],
        raw_input_contents: [
          Buffer.from(new Float32Array([7, -7]).buffer),
          Buffer.from(new BigInt64Array([1n]).buffer)
        ]
      },
      (error, given) => (error ? reject(error) : resolve(given))
    )
  )
  const [y = Buffer.alloc(8)] = answer.raw_output_contents
  t.same([y.readFloatLE(0), y.readFloatLE(4)], [21, -21])
})
