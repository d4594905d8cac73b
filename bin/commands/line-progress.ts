// A progress bar over the bytes of the files that a command reads.

import { createProgress, type ProgressStream } from '../progress-bar.ts'

export interface Progress {
  add(bytes: number): void
  end(): void
}

/** Starts a bar over so many bytes, or over an unknown number; nothing is drawn but on a terminal. */
export function startProgress(
  total: number | null,
  stream: ProgressStream = process.stderr
): Progress {
  const megabytes = (bytes: number): number => Math.round(bytes / 1e6)
  const bar = createProgress(stream, { title: 'Reading', unit: 'MB' })
  let done = 0
  return {
    add: (bytes) => {
      done += bytes
      bar.update(megabytes(done), total === null ? null : megabytes(total))
    },
    end: () => bar.end()
  }
}
