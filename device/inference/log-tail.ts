// The end of what a native library wrote to stderr, and the line of it that helps most. Keeps a few kilobytes.

/** Of a child's stderr, bytes. */
const KEPT = 16_384
const LONGEST = 400

/** Collects output and forgets all but its end. */
export class LogTail {
  #text = ''

  add(chunk: Uint8Array | string): void {
    const added = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')
    this.#text = (this.#text + added).slice(-KEPT)
  }

  text(): string {
    return this.#text
  }
}

/** A library that the dynamic loader missed, in its own words. */
const LOADER =
  /[^\s:'"]+\.so[.\d]*: (?:cannot open shared object file[^\n]*|undefined symbol[^\n]*|version `[^\n]*|file too short|invalid ELF header|wrong ELF class[^\n]*)/
const ERROR_LINE = /^.*(?:\[E:onnxruntime|\bError\b|\bERROR\b|\bFAIL\b).*$/m

/**
 * What an engineer needs of a library's output: the missing file that the loader names, else the first
 * error, else the first line.
 * @returns null when there is nothing but space
 */
export function helpfulLine(text: string): string | null {
  const line =
    LOADER.exec(text)?.[0] ?? ERROR_LINE.exec(text)?.[0] ?? text.trim().split('\n', 1)[0] ?? ''
  // Colours of the terminal help nobody in a report.
  const plain = line.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '').trim()
  return plain === '' ? null : plain.slice(0, LONGEST)
}
