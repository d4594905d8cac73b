// The end of what a native library wrote to stderr, and the line of it that helps most. Keeps a few kilobytes,
// and of what it forgets the first error.

/** Of a child's stderr, characters. */
const KEPT = 16_384
const LONGEST = 400

/** A library that the dynamic loader missed, in its own words. */
const LOADER =
  /[^\s:'"]+\.so[.\d]*: (?:cannot open shared object file[^\n]*|undefined symbol[^\n]*|version `[^\n]*|file too short|invalid ELF header|wrong ELF class[^\n]*)/
const ERROR_LINE = /^.*(?:\[E:onnxruntime|\bERROR\b|\bError\b|\bFAIL\b).*$/m
/** Colours of a terminal, which help nobody in a report. */
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g')

const errorIn = (text: string): string | undefined =>
  LOADER.exec(text)?.[0] ?? ERROR_LINE.exec(text)?.[0]

/** Collects output and forgets all but its first error and its end. */
export class LogTail {
  #text = ''
  #error: string | undefined

  add(chunk: Uint8Array | string): void {
    this.#text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')
    // Cut rarely: a builder writes megabytes in small pieces.
    if (this.#text.length < 2 * KEPT) return
    this.#error ??= errorIn(this.#text.slice(0, -KEPT))
    this.#text = this.#text.slice(-KEPT)
  }

  text(): string {
    return this.#error === undefined ? this.#text : `${this.#error}\n${this.#text}`
  }
}

/**
 * What an engineer needs of a library's output: the missing file that the loader names, else the first error,
 * else what was said about it, else the first line.
 * @param log what was written to stderr
 * @param said words that came another way
 * @returns null when there is nothing but space
 */
export function helpfulLine(log: string, said: string | null = null): string | null {
  const loader = LOADER.exec(log)?.[0] ?? LOADER.exec(said ?? '')?.[0]
  const line = loader ?? errorIn(log) ?? said ?? log.trim()
  const plain = line.replaceAll(COLOURS, '').trim().split('\n', 1)[0] ?? ''
  return plain === '' ? null : plain.slice(0, LONGEST)
}
