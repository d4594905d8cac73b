// A progress bar on standard error while a log is read; nothing when standard error is no terminal.

const WIDTH = 30
const REDRAW_MS = 200

export interface Progress {
  add(bytes: number): void
  end(): void
}

/** Starts a bar over so many bytes, or a plain counter when the total is unknown. */
export function startProgress(total: number | null): Progress {
  if (!process.stderr.isTTY) return { add: () => undefined, end: () => undefined }
  let done = 0
  let drawn = 0
  return {
    add(bytes) {
      done += bytes
      const now = Date.now()
      if (now - drawn < REDRAW_MS) return
      drawn = now
      process.stderr.write(`\r${drawBar(done, total)}`)
    },
    end() {
      if (drawn > 0) process.stderr.write('\r\u001b[K')
    }
  }
}

/** One line such as `█████░░░ 62 %  31.0 MB`. */
export function drawBar(done: number, total: number | null): string {
  const megabytes = `${(done / 1e6).toFixed(1)} MB`
  if (total === null || total === 0) return `${megabytes} read`
  const share = Math.min(1, done / total)
  const full = Math.round(share * WIDTH)
  return `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${Math.round(share * 100)} %  ${megabytes}`
}
