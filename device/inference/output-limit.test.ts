// What an executor does when a model answers more than the agent can hold, and when memory runs out.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { serveExecutor } from './executor-main.ts'
import {
  type ExecutorPlan,
  type FromExecutor,
  ON_CPU,
  type ToExecutor
} from './executor-protocol.ts'
import type { Tensors } from './tensors.ts'

const MIB = 1024 * 1024

const PLAN: ExecutorPlan = {
  ...{ dir: '/nowhere', variant: { file: 'm.onnx', sha256: '' }, windows: undefined },
  ...{ maxBatch: 1, threads: 1, runtime: 'none', ...ON_CPU }
}

t.test('an answer that is too large stays in the executor, which ends', async (t) => {
  const heard: FromExecutor[] = []
  let tell = (_: ToExecutor): void => undefined
  const bytes = 513 * MIB
  let closed = false
  const run = async (): Promise<Tensors> => ({
    y: { datatype: 'UINT8', shape: [1, bytes], data: new Uint8Array(bytes) }
  })
  serveExecutor(
    {
      post: (message) => heard.push(message),
      onMessage: (listener) => {
        tell = listener
      },
      close: () => {
        closed = true
      }
    },
    async () => ({ run, close: async () => undefined })
  )
  const until = async (count: number): Promise<FromExecutor | undefined> => {
    while (heard.length < count) await new Promise(setImmediate)
    return heard[count - 1]
  }
  tell({ type: 'open', plan: PLAN })
  t.match(await until(1), { type: 'ready' })
  tell({ type: 'run', id: 1, work: { kind: 'tensors', inputs: {} } })
  t.match(await until(3), {
    ...{ type: 'refused', id: 1, code: 'NS_INPUT_TOO_LARGE' },
    sentence: /answer has 537919488 bytes; at most 536870912/
  })
  while (!closed) await new Promise(setImmediate)
  t.pass('the executor ends, and its memory with it')
})

const onLinux = process.platform === 'linux'

t.test(
  'the system ends an executor before the agent',
  { skip: !onLinux && 'only Linux lets a process say so' },
  async (t) => {
    const child = fork(fileURLToPath(new URL('./executor-process.ts', import.meta.url)), {
      serialization: 'advanced'
    })
    t.teardown(() => child.kill('SIGKILL'))
    const score = async () => (await readFile(`/proc/${child.pid}/oom_score_adj`, 'utf8')).trim()
    while ((await score()) !== '1000') await new Promise(setImmediate)
    t.not((await readFile('/proc/self/oom_score_adj', 'utf8')).trim(), '1000', 'not the agent')
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
)
