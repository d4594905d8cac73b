// Bytes → text. UTF-8 without any fault first, then UTF-16 with its mark, then Windows-1252 only when the
// result really looks like written language: a wrong guess would be worse than a refusal.

import { NearsideError } from '../../contract/index.ts'
import { hasUtf16Mark } from './file-kind.ts'

// Letters, quotes, dashes and signs that European texts use; þ, ÿ and the like are rarer than damage.
const LIKELY_1252 =
  /[\x80\x82\x84\x85\x91-\x97\x99\xa0\xa3\xa7\xa9\xab\xae\xb0-\xb3\xb5\xb7\xbb-\xbe\xc0-\xcf\xd1-\xd7\xd9-\xdc\xdf-\xef\xf1-\xfc]/
// A capital inside or at the end of a word is half of a broken UTF-8 pair, not a letter.
const BROKEN_PAIR =
  /[a-z\xdf-\xfc][\xc0-\xd6\xd8-\xde]|[\xc0-\xd6\xd8-\xde](?![A-Za-z\xc0-\xfc'\s.-])/
const MOST_HIGH_SHARE = 0.25

/** Text of a file, without its byte order mark. @throws NearsideError NS_INPUT_ENCODING, NS_INPUT_BINARY */
export function decodeText(bytes: Uint8Array, name: string): string {
  const text = decodeUtf16(bytes, name) ?? decodeUtf8(bytes) ?? decodeWindows1252(bytes)
  if (text === undefined) throw encodingError(name)
  if (text.includes('\0')) {
    throw new NearsideError(
      'NS_INPUT_BINARY',
      `${name} is not text; give a text, Markdown, HTML or PDF file.`
    )
  }
  return text
}

const encodingError = (name: string): NearsideError =>
  new NearsideError(
    'NS_INPUT_ENCODING',
    `${name} is damaged or in an unknown encoding; save it as UTF-8 and try again.`
  )

function decodeUtf16(bytes: Uint8Array, name: string): string | undefined {
  if (!hasUtf16Mark(bytes)) return undefined
  const encoding = bytes[0] === 0xff ? 'utf-16le' : 'utf-16be'
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
    const strange = text.match(/\p{Cn}|\p{Co}|(?!\s)\p{Cc}/gu)?.length ?? 0
    if (strange <= text.length / 100) return text
  } catch {
    // falls through to the refusal: half a character is left at the end
  }
  throw encodingError(name)
}

/** Undefined at the first fault: a replaced character would hide damage. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Undefined when the bytes look more like damage than like an old encoding. */
function decodeWindows1252(bytes: Uint8Array): string | undefined {
  const raw = Buffer.from(bytes).toString('latin1')
  const high = raw.match(/[\x80-\xff]/g) ?? []
  if (high.length > MOST_HIGH_SHARE * raw.length) return undefined
  if (!high.every((character) => LIKELY_1252.test(character))) return undefined
  if (BROKEN_PAIR.test(raw)) return undefined
  const text = new TextDecoder('windows-1252').decode(bytes)
  return /(?!\s)\p{Cc}/u.test(text) ? undefined : text
}
