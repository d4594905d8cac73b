// Debian's mosquitto as a broker for tests, with mutual TLS and the topic rules of a fleet: a second
// implementation of MQTT that knows nothing of ours.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestAuthority } from './test-authority.ts'

const PROGRAM = '/usr/sbin/mosquitto'

/** False, or the sentence with which a test that needs the broker is skipped. */
export const noMosquitto: string | false = existsSync(PROGRAM)
  ? false
  : 'needs mosquitto (apt-get install mosquitto); the real broker was not checked'

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

export class Mosquitto {
  readonly port: number
  #configuration: string
  #process: ChildProcess | undefined

  private constructor(port: number, configuration: string) {
    this.port = port
    this.#configuration = configuration
  }

  static async start(authority: TestAuthority): Promise<Mosquitto> {
    const folder = mkdtempSync(join(tmpdir(), 'nearside-broker-'))
    const server = await authority.issue('broker')
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    }
    const port = await freePort()
    const configuration = [
      'user root',
      'persistence false',
      'allow_anonymous false',
      'max_inflight_messages 0',
      'max_queued_messages 0',
      `acl_file ${file('acl', 'user fleet\ntopic readwrite #\n\npattern write ns/v1/%u/up/#\npattern read ns/v1/%u/down/#\n')}`,
      `listener ${port} 127.0.0.1`,
      `cafile ${file('ca.pem', authority.certificate)}`,
      `certfile ${file('server.pem', server.certificate)}`,
      `keyfile ${file('server.key', server.privateKey)}`,
      'require_certificate true',
      'use_identity_as_username true'
    ]
    const broker = new Mosquitto(port, file('mosquitto.conf', `${configuration.join('\n')}\n`))
    await broker.up()
    return broker
  }

  /** Starts the process, also again after down. */
  async up(): Promise<void> {
    const child = spawn(PROGRAM, ['-c', this.#configuration], {
      stdio: ['ignore', 'ignore', 'pipe']
    })
    this.#process = child
    for await (const line of createInterface({ input: child.stderr })) {
      if (/ running$/.test(line)) {
        child.stderr.resume()
        return
      }
    }
    throw new Error('mosquitto did not start')
  }

  /** Kills the process, as a crash would. */
  async down(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (!child || child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
}
