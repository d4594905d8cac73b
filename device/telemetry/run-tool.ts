// Runs a small program once and gives its lines. A program that is missing, fails or hangs has none.

import { execFile } from 'node:child_process'

const TIMEOUT_MS = 5000

/** Non-empty lines of the program's output; empty when it is missing, fails, or takes over five seconds. */
export function runTool(command: string, args: readonly string[]): Promise<string[]> {
  const limits = { timeout: TIMEOUT_MS, killSignal: 'SIGKILL' } as const
  return new Promise((resolve) => {
    execFile(command, [...args], limits, (error, stdout) => {
      const lines = error ? [] : stdout.split('\n').map((line) => line.trim())
      resolve(lines.filter(Boolean))
    })
  })
}
