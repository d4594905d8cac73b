// The agent's end of the line to a process that builds an engine: asks, waits, and ends it. What it writes is
// given on as it comes and its last words are kept. (A disconnect from this end would be shorter, but Node 24
// then never says `close`.)

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { NearsideError } from '../../contract/index.ts'
import type { FromBuilder, ToBuilder } from './engine-build-protocol.ts'
import { gpuEnvironment } from './gpu-libraries.ts'
import { helpfulLine, LogTail } from './log-tail.ts'

export interface BuilderChildOptions {
  /** Module that answers, `engine-build-process.ts` or a recording. */
  readonly script: URL
  readonly libraries: readonly string[]
  readonly deviceId: number
  readonly onLog: (chunk: string) => void
}

export class BuilderChild {
  #child: ChildProcess
  #tail = new LogTail()
  #ended: Promise<void>
  #listener: (message: FromBuilder | undefined) => void = () => undefined
  #over = false

  constructor({ script, libraries, deviceId, onLog }: BuilderChildOptions) {
    const child = fork(fileURLToPath(script), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...gpuEnvironment({ rung: 'tensorrt', deviceId, libraries }) }
    })
    this.#child = child
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#tail.add(chunk)
      onLog(chunk)
    })
    child.on('message', (message) => this.#listener(message as FromBuilder))
    child.on('error', () => undefined) // followed by `close`
    this.#ended = new Promise((resolve) => {
      child.once('close', () => {
        this.#over = true
        this.#listener(undefined)
        resolve()
      })
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /**
   * Sends one message and waits for its answer.
   * @throws NearsideError what the builder refuses with, NS_ENGINE_BUILD when it ended; `details.detail` has
   *   the library's own words
   */
  async ask(message: ToBuilder): Promise<FromBuilder> {
    const answer = await new Promise<FromBuilder | undefined>((resolve) => {
      this.#listener = resolve
      if (this.#over) resolve(undefined)
      else this.#child.send(message, () => undefined)
    })
    if (answer && answer.type !== 'failed') return answer
    if (answer) {
      await this.#ended // by itself; its stderr is complete then
      const detail = helpfulLine(this.#tail.text(), answer.detail)
      throw new NearsideError(answer.code, answer.sentence, { details: { detail } })
    }
    const { signalCode, exitCode } = this.#child
    const how = signalCode ? `by ${signalCode}` : `with code ${exitCode}`
    const sentence = `The process that builds the engine ended ${how}; it most likely lacked memory.`
    const details = { detail: helpfulLine(this.#tail.text()) }
    throw new NearsideError('NS_ENGINE_BUILD', sentence, { details })
  }

  /** Ends it in the middle of a native call. */
  kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    return this.#ended
  }
}
