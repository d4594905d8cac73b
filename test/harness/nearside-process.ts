// The product as a process: `nearside up` in a home of its own, asked over HTTP, ended by real signals; and
// single commands with what they print.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fetchEventSource } from './event-source.ts'

export const MAIN = join(import.meta.dirname, '..', '..', 'bin', 'nearside.ts')

/** A home folder that nobody else uses. */
export function newHome(): string {
  return mkdtempSync(join(tmpdir(), 'nearside-home-'))
}

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface CommandOptions {
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a command to its end. */
export async function runNearside(
  args: readonly string[],
  { input, env = {} }: CommandOptions = {}
): Promise<CommandResult> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env } })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  child.stdin.on('error', () => undefined) // a command that refuses early does not read on
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

export interface Up {
  readonly home: string
  readonly device: string
  readonly console: string
  readonly mqtt: string
  readonly process: ChildProcess
  /** What it wrote to standard error so far. */
  stderr(): string
  /** Ctrl-C; resolves with the exit code when everything has ended. */
  stop(): Promise<number | null>
}

/** The command as people start it, with the cache of compiled code; tests go past it to keep theirs apart. */
export const LAUNCHER = join(import.meta.dirname, '..', '..', 'bin', 'nearside')

/** Starts `nearside up` on free ports and resolves when all is up. */
export async function startUp(
  home = newHome(),
  args: readonly string[] = [],
  main = MAIN
): Promise<Up> {
  const ports = ['--port', '0', '--fleet-port', '0', '--mqtt-port', '0']
  const child = spawn(process.execPath, [main, 'up', '--home', home, ...ports, '--json', ...args])
  let words = ''
  child.stderr.on('data', (chunk) => {
    words += chunk
  })
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', (code) => reject(new Error(`nearside up ended with ${code}: ${words}`)))
  })
  const said = JSON.parse(line) as { device: string; console: string; mqtt: string }
  const stop = async (): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    const ended = once(child, 'exit') as Promise<[number | null]>
    child.kill('SIGINT')
    return (await ended)[0]
  }
  return { home, ...said, process: child, stderr: () => words, stop }
}

/** GETs JSON; throws when the answer is no 2xx. */
export async function getJson<T>(url: string): Promise<T> {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as T
}

/** POSTs JSON and gives the answer with its status. */
export async function postJson<T>(
  url: string,
  body: unknown
): Promise<{ status: number; body: T }> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
  return { status: answer.status, body: (await answer.json()) as T }
}

/**
 * Asks again at every event of a server until the answer is the one waited for. No clock: the server's own
 * events (at least one a second) set the pace; a test that waits in vain ends by tap's time limit.
 */
export async function until<T>(
  server: string,
  ask: () => Promise<T>,
  isReady: (value: T) => boolean
): Promise<T> {
  const first = await ask().catch(() => undefined)
  if (first !== undefined && isReady(first)) return first
  for await (const _ of fetchEventSource(`${server}/api/v1/events`)) {
    const value = await ask().catch(() => undefined)
    if (value !== undefined && isReady(value)) return value
  }
  throw new Error('the event stream ended')
}
