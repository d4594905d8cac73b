// PDF → its text, page by page, in the reading order that the file gives. Words divided at line ends are
// joined, page numbers dropped. Pictures are not read: a scanned page has no text.

import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NearsideError } from '../../contract/index.ts'
import { type ExtractedText, tidyLines } from './extracted-text.ts'

const HOME = join(dirname(fileURLToPath(import.meta.resolve('pdfjs-dist/package.json'))))
/** A gap of this many line heights starts a paragraph. */
const PARAGRAPH_GAP = 1.7

interface Piece {
  readonly str: string
  readonly hasEOL: boolean
  readonly height: number
  readonly transform: readonly number[]
}

/** Text, title and page starts. @throws NearsideError NS_INPUT_UNREADABLE, NS_INPUT_EMPTY */
export async function pdfText(bytes: Uint8Array, name: string): Promise<ExtractedText> {
  const { getDocument } = await import('pdfjs-dist/legacy/build/pdf.mjs')
  const task = getDocument({
    // A copy: the library keeps what it is given.
    data: new Uint8Array(bytes),
    verbosity: 0,
    // Character maps and fonts come from the package on disk: no look-up ever leaves the machine.
    cMapUrl: join(HOME, 'cmaps/'),
    cMapPacked: true,
    standardFontDataUrl: join(HOME, 'standard_fonts/'),
    disableFontFace: true,
    useSystemFonts: false,
    useWorkerFetch: false,
    isOffscreenCanvasSupported: false,
    stopAtErrors: false
  })
  try {
    return await readPages(await task.promise, name)
  } catch (error) {
    throw pdfError(error, name)
  } finally {
    await task.destroy()
  }
}

type PdfDocument = Awaited<
  ReturnType<typeof import('pdfjs-dist/legacy/build/pdf.mjs')['getDocument']>['promise']
>

async function readPages(document: PdfDocument, name: string): Promise<ExtractedText> {
  const pages: number[] = []
  let text = ''
  let largest = ''
  for (let number = 1; number <= document.numPages; number += 1) {
    const page = await document.getPage(number)
    const content = await page.getTextContent()
    const pieces = content.items.filter((item) => 'str' in item) as unknown as Piece[]
    if (number === 1) largest = largestLine(pieces)
    const body = pageText(pieces)
    if (text !== '') text += joins(text, body) ? '\n' : '\n\n'
    pages.push(text.length)
    text += body
    page.cleanup()
  }
  if (!/[\p{L}\p{N}]/u.test(text)) {
    throw new NearsideError(
      'NS_INPUT_EMPTY',
      `${name} holds pictures but no text; run text recognition on it first.`
    )
  }
  const title = await titleOf(document, largest)
  return { text, pages, ...(title ? { title } : {}) }
}

/** A sentence runs on to the next page when neither side shows an end or a beginning. */
const joins = (before: string, after: string): boolean =>
  /[\p{L},-]$/u.test(before) && /^\p{Ll}/u.test(after)

/** Puts the pieces of a page together: lines by their height on the page, paragraphs by gaps. */
function pageText(pieces: readonly Piece[]): string {
  let text = ''
  let last: { y: number; height: number } | undefined
  for (const piece of pieces) {
    const y = piece.transform[5] ?? 0
    if (piece.height > 0 && piece.str.trim() !== '') {
      const gap = last ? Math.abs(last.y - y) : 0
      const line = Math.max(1, Math.min(piece.height, last?.height ?? piece.height))
      const resized = last !== undefined && changed(last.height, piece.height)
      const jumped = gap > PARAGRAPH_GAP * line && !(isNextColumn(last, y) && goesOn(text))
      if (gap > 0.5 * line && (resized || jumped)) text = `${text.trimEnd()}\n\n`
      else if (gap > 0.5 * line && !/\s$/.test(text)) text += '\n'
      last = { y, height: piece.height }
    }
    text += piece.str
    if (piece.hasEOL) text += '\n'
  }
  return tidyPage(text)
}

const isNextColumn = (last: { y: number } | undefined, y: number): boolean =>
  last !== undefined && y > last.y

/** A jump to the next column starts no paragraph while the sentence is still open. */
const goesOn = (text: string): boolean => /[^.!?:]["”’)]?\s*$/u.test(text)

const changed = (a: number, b: number): boolean => Math.max(a, b) > 1.25 * Math.min(a, b)

/** Ligatures, soft hyphens and divided words become plain words again. */
function tidyPage(text: string): string {
  const plain = text
    .normalize('NFC')
    .replace(/[\ufb00-\ufb06]/g, (ligature) => ligature.normalize('NFKC'))
    .replace(/\0/g, '')
    .replace(/\u00ad\s*\n?\s*/g, '')
    .replace(/(\p{Ll}{2})[-‐]\s*\n+\s*(?=\p{Ll}{2})/gu, '$1')
    .replace(/\u00a0/g, ' ')
    .replace(/[ \t]{2,}/g, ' ')
  const lines = plain
    .split('\n')
    .filter((line) => !/^\s*(?:page\s+)?\d{1,4}(?:\s*(?:\/|of)\s*\d+)?\s*$/i.test(line))
  return tidyLines(lines.join('\n'))
}

/** The largest type on the first page is most likely the title. */
function largestLine(pieces: readonly Piece[]): string {
  const height = Math.max(
    0,
    ...pieces.filter(({ str }) => str.trim().length > 2).map((piece) => piece.height)
  )
  const at = pieces.findIndex((piece) => piece.height === height)
  const end = pieces.findIndex(
    (piece, i) => i > at && piece.str.trim() !== '' && piece.height < height
  )
  return at < 0
    ? ''
    : pieces
        .slice(at, end < 0 ? at + 20 : end)
        .map(({ str }) => str)
        .join(' ')
}

/** The stated title, unless a program wrote its own name or a file name there. */
async function titleOf(document: PdfDocument, largest: string): Promise<string> {
  const { info } = await document.getMetadata()
  const own = String((info as { Title?: unknown }).Title ?? '').trim()
  const useless =
    own.length < 4 || /^(?:untitled|microsoft word|.*\.(?:docx?|indd|tex|pdf|dvi))/i.test(own)
  return (useless ? largest : own).replace(/\s+/g, ' ').trim().slice(0, 200)
}

function pdfError(error: unknown, name: string): NearsideError {
  if (error instanceof NearsideError) return error
  const isLocked = (error as { name?: unknown } | null)?.name === 'PasswordException'
  const sentence = isLocked
    ? `${name} is protected by a password; save a copy without one and try again.`
    : `${name} is a damaged PDF; save it again from its program and try again.`
  return new NearsideError('NS_INPUT_UNREADABLE', sentence, { cause: error })
}
