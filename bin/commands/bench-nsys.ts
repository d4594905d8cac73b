// Runs a command line once more under Nsight Systems, when that is installed.

import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { NearsideError } from '../../contract/index.ts'

/** The program of that name on the search path. */
export function findProgram(
  name: string,
  path: string = process.env['PATH'] ?? ''
): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/**
 * Runs this command in `nsys profile`, which follows the executors it starts, and resolves to its exit code.
 * @param args the arguments of this command
 * @throws NearsideError NS_USAGE_INVALID when Nsight Systems is not installed
 */
export async function runUnderNsys(
  args: readonly string[],
  nsys: string | undefined = findProgram('nsys')
): Promise<number> {
  if (nsys === undefined) {
    const sentence =
      'Nsight Systems (nsys) is not on the search path; install it, or leave --nsys out.'
    throw new NearsideError('NS_USAGE_INVALID', sentence)
  }
  const rest = args.filter((argument) => argument !== '--nsys')
  const profile = ['profile', '--trace=cuda,nvtx,osrt', '--output=nearside-bench-%p']
  const command = [process.execPath, ...process.execArgv, process.argv[1] ?? '', ...rest]
  const child = spawn(nsys, [...profile, ...command], { stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      const sentence = 'Nsight Systems could not be started; run nsys by hand to see why.'
      reject(new NearsideError('NS_USAGE_INVALID', sentence, { cause }))
    })
    child.once('close', (code) => resolve(code ?? 3))
  })
}
