// Where an executor lives: a process of its own, or a thread of the agent. The agent's end of the line.

import { fork, type StdioOptions } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { FromExecutor, ToExecutor } from './executor-protocol.ts'
import { LogTail } from './log-tail.ts'
import { openSharedTensors, packed, sharedEnvironment, unpacked } from './shared-tensors.ts'

export interface ShellEvents {
  readonly onMessage: (message: FromExecutor) => void
  /** Once, however it ended. */
  readonly onEnd: () => void
}

export interface Shell {
  /** Undefined for a thread. */
  readonly pid: number | undefined
  post(message: ToExecutor): void
  /** Whether it keeps the asking process alive. */
  hold(held: boolean): void
  /** Ends it at once where that is possible, else when its native call returns. */
  kill(): void
  /** The end of what its libraries wrote to stderr; empty for a thread. */
  lastWords(): string
}

/**
 * - `process`: can be killed in the middle of a batch, gives all of its memory back, and a crash of the
 *   native library ends nothing else. Costs about 50 MB more while a model is loaded.
 * - `thread`: shares the agent's memory and fate. It must never be terminated: a terminated thread comes
 *   back from ONNX Runtime into a dead environment, and the binding (1.30) then aborts the whole process
 *   with an uncaught Napi::Error.
 */
export type ShellKind = 'process' | 'thread'

/** Variables that a process gets on top of the agent's; a thread cannot have its own. */
export type ShellEnvironment = Readonly<Record<string, string>>

function openThread({ onMessage, onEnd }: ShellEvents, entry: URL): Shell {
  const worker = new Worker(entry)
  worker.on('message', onMessage)
  worker.on('error', () => undefined) // followed by `exit`
  worker.once('exit', onEnd)
  const post = (message: ToExecutor): void => worker.postMessage(message)
  return {
    pid: undefined,
    post,
    hold: (held) => (held ? worker.ref() : worker.unref()),
    kill: () => post({ type: 'stop' }),
    lastWords: () => ''
  }
}

/** Place of the shared file among what a process inherits. */
const SHARED_FILE = 4

function openProcess(
  { onMessage, onEnd }: ShellEvents,
  entry: URL,
  environment: ShellEnvironment
): Shell {
  const shared = openSharedTensors()
  const stdio: StdioOptions = ['ignore', 'ignore', 'pipe', 'ipc', ...(shared ? [shared.fd] : [])]
  const child = fork(fileURLToPath(entry), {
    serialization: 'advanced', // typed arrays stay typed arrays
    stdio,
    env: { ...process.env, ...environment, ...sharedEnvironment(shared && SHARED_FILE) }
  })
  const tail = new LogTail()
  child.stderr?.on('data', (chunk: Buffer) => {
    tail.add(chunk)
    process.stderr.write(chunk)
  })
  // A pipe: its handle counts as alive like the channel's, so it is held and let go with it.
  const pipe = child.stderr as unknown as { ref?(): void; unref?(): void } | null
  child.on('message', (message) => {
    const received = unpacked(message as FromExecutor, shared)
    if (received) onMessage(received)
    else child.kill('SIGKILL') // a fault of ours; the batch is tried again
  })
  child.on('error', () => undefined) // followed by `exit`, or by `close` when it never started
  child.once('close', () => {
    shared?.close()
    onEnd()
  })
  return {
    pid: child.pid,
    // A message that meets a dead process is not lost silently: the end is reported on its own.
    post: (message) => void child.send(packed(message, shared), () => undefined),
    hold: (held) => {
      for (const part of [child, child.channel, pipe]) {
        if (held) part?.ref?.()
        else part?.unref?.()
      }
    },
    kill: () => void child.kill('SIGKILL'),
    lastWords: () => tail.text()
  }
}

/** The file that each kind of shell begins with. */
export type ShellEntries = Readonly<Record<ShellKind, URL>>

const ENTRIES: ShellEntries = {
  process: new URL('./executor-process.ts', import.meta.url),
  thread: new URL('./executor-thread.ts', import.meta.url)
}

/** Starts an empty executor. */
export function openShell(
  kind: ShellKind,
  events: ShellEvents,
  options: {
    readonly environment?: ShellEnvironment
    readonly entries?: ShellEntries | undefined
  } = {}
): Shell {
  const { environment = {}, entries = ENTRIES } = options
  return kind === 'process'
    ? openProcess(events, entries.process, environment)
    : openThread(events, entries.thread)
}
