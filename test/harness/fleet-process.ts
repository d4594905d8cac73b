// The fleet manager as a process of its own, for tests that kill it.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const MAIN = join(import.meta.dirname, '..', '..', 'bin', 'nearside.ts')

interface FleetReady {
  readonly console: string
  readonly mqtt: string
}

export class FleetProcess {
  readonly url: string
  readonly mqttUrl: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, { console, mqtt }: FleetReady) {
    this.#child = child
    this.url = console
    this.mqttUrl = mqtt
  }

  /** Starts `nearside fleet` on a home folder; ports 0 unless given, so that a restart can keep them. */
  static async start(
    home: string,
    ports: { readonly port?: number; readonly mqttPort?: number } = {}
  ): Promise<FleetProcess> {
    const { port = 0, mqttPort = 0 } = ports
    const args = [MAIN, 'fleet', '--json', '--home', home, '--log-file', join(home, 'fleet.log')]
    args.push('--port', String(port), '--mqtt-port', String(mqttPort))
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    return new FleetProcess(child, await firstLine(child))
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get ports(): { port: number; mqttPort: number } {
    return { port: Number(new URL(this.url).port), mqttPort: Number(new URL(this.mqttUrl).port) }
  }

  /** Ends the process, by default as a crash would. Resolves with the exit code or the signal. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | string | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    const [code, by] = (await exited) as [number | null, string | null]
    return code ?? by
  }
}

function firstLine(child: ChildProcess): Promise<FleetReady> {
  return new Promise((resolve, reject) => {
    let out = ''
    let errors = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      errors += chunk.toString()
    })
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      if (out.includes('\n')) resolve(JSON.parse(out) as FleetReady)
    })
    child.once('exit', (code) => reject(new Error(`the fleet ended with ${code}: ${errors}`)))
  })
}
