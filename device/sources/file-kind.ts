// Tells what a file is: by its first bytes, and only where those leave it open by its ending. A wrong ending
// never makes a file unreadable.

export const DOCUMENT_KINDS = ['pdf', 'html', 'markdown', 'jsonl', 'text'] as const
export type DocumentKind = (typeof DOCUMENT_KINDS)[number]
export type FileKind = DocumentKind | 'zip' | 'office' | 'binary' | 'empty'

/** How many bytes `fileKind` wants to see. */
export const KIND_BYTES = 8192

const OFFICE = /\.(?:docx|docm|xlsx|xlsm|pptx|odt|ods|odp|epub)$/i
/** First bytes of kinds that hold no text; most others are known by their NUL bytes. */
const MAGIC = [
  '\x1f\x8b',
  'BZh',
  '\xfd7zXZ',
  '\x28\xb5\x2f\xfd',
  '7z\xbc\xaf',
  'Rar!',
  '\x7fELF',
  '\x89PNG',
  'GIF8',
  '\xff\xd8\xff',
  'MZ\x90',
  'RIFF',
  'OggS',
  'ID3',
  '\xd0\xcf\x11\xe0',
  '{\\rtf'
]

/** Kind of a file from its name and its first bytes (KIND_BYTES of them). */
export function fileKind(name: string, head: Uint8Array): FileKind {
  if (head.length === 0) return 'empty'
  const start = Buffer.from(head.subarray(0, 1024)).toString('latin1')
  if (/^[\s\S]{0,1019}?%PDF-\d/.test(start) && !start.includes('\0'.repeat(8))) return 'pdf'
  if (start.startsWith('PK\x03\x04') || start.startsWith('PK\x05\x06'))
    return OFFICE.test(name) ? 'office' : 'zip'
  if (hasUtf16Mark(head)) return byEnding(name)
  if (MAGIC.some((magic) => start.startsWith(magic)) || head.includes(0)) return 'binary'
  if (
    /^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)?<(?:!doctype html|html|head|body)\b/i.test(
      start
    )
  )
    return 'html'
  if (/^(?:\xef\xbb\xbf)?\{\s*"[\s\S]*?"sentences"\s*:\s*\[/.test(start)) return 'jsonl'
  return byEnding(name)
}

export const hasUtf16Mark = (head: Uint8Array): boolean =>
  (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)

/** UTF-16 only with its mark, as Windows programs write it; everything else is read as UTF-8. */
export function encodingOf(head: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (!hasUtf16Mark(head)) return 'utf-8'
  return head[0] === 0xff ? 'utf-16le' : 'utf-16be'
}

function byEnding(name: string): DocumentKind {
  if (/\.(?:html?|xhtml)$/i.test(name)) return 'html'
  if (/\.(?:md|markdown|mdown)$/i.test(name)) return 'markdown'
  if (/\.(?:jsonl|ndjson)$/i.test(name)) return 'jsonl'
  return 'text'
}
