// HTML → the text that a reader would see: blocks on lines of their own, without scripts, styles, navigation
// and forms. Nothing is fetched and nothing is run.

import { Parser } from 'htmlparser2'
import { type ExtractedText, tidyLines } from './extracted-text.ts'

const setOf = (names: string): ReadonlySet<string> => new Set(names.split(' '))

const SKIPPED = setOf(
  'script style nav noscript template svg math iframe object select button textarea head footer'
)
const BLOCKS = setOf(
  'address article aside blockquote body caption dd details dialog div dl dt fieldset figcaption figure ' +
    'form h1 h2 h3 h4 h5 h6 header hr html li main ol p pre section summary table tbody td tfoot th thead tr ul'
)

/** Text and title of a page; the title is that of the head, else the first h1. */
export function htmlText(source: string): ExtractedText {
  const page = new PageText()
  const parser = new Parser(page, { decodeEntities: true, lowerCaseTags: true })
  parser.write(source)
  parser.end()
  const title = (page.title || page.heading).replace(/\s+/g, ' ').trim()
  return { text: tidyLines(page.text), pages: [], ...(title ? { title } : {}) }
}

/**
 * Collects the text while the parser walks through the page. What was collected is never looked at again: that
 * would cost the square of its length.
 */
class PageText {
  title = ''
  heading = ''
  readonly #pieces: string[] = []
  /** Line ends since the last visible text. */
  #lineEnds = 2
  /** The last thing collected was white space. */
  #isSpaced = true
  #skipped = 0
  #inTitle = false
  #inHeading = false
  #preformatted = 0

  get text(): string {
    return this.#pieces.join('')
  }

  onopentag(name: string): void {
    if (name === 'title' && this.title === '') this.#inTitle = true
    if (SKIPPED.has(name)) this.#skipped += 1
    if (this.#skipped > 0) return
    if (name === 'br') this.#add('\n', this.#lineEnds + 1)
    if (name === 'pre') this.#preformatted += 1
    if (BLOCKS.has(name)) this.#startBlock(name)
    if (name === 'h1' && this.heading === '') this.#inHeading = true
  }

  onclosetag(name: string): void {
    if (name === 'title') this.#inTitle = false
    if (name === 'h1') this.#inHeading = false
    if (SKIPPED.has(name)) this.#skipped = Math.max(0, this.#skipped - 1)
    else if (this.#skipped === 0 && BLOCKS.has(name)) this.#endBlock(name)
    if (name === 'pre') this.#preformatted = Math.max(0, this.#preformatted - 1)
  }

  ontext(data: string): void {
    if (this.#inTitle) this.title += data
    if (this.#skipped > 0) return
    if (this.#inHeading) this.heading += data
    const words = this.#preformatted > 0 ? data : data.replace(/[\s\u00a0]+/g, ' ')
    const text = this.#isSpaced && this.#preformatted === 0 ? words.trimStart() : words
    if (text === '') return
    this.#add(text, 0)
    this.#isSpaced = text.endsWith(' ')
  }

  #add(text: string, lineEnds: number): void {
    this.#pieces.push(text)
    this.#lineEnds = lineEnds
    this.#isSpaced = true
  }

  #endBlock(name: string): void {
    if (name === 'td' || name === 'th') return
    this.#startBlock(name === 'li' || name === 'tr' ? 'tr' : 'end')
  }

  #startBlock(name: string): void {
    if (name === 'td' || name === 'th') {
      if (this.#lineEnds === 0) this.#add('\t', 0)
      return
    }
    const wanted = name === 'li' || name === 'tr' ? 1 : 2
    if (this.#lineEnds < wanted) this.#add('\n'.repeat(wanted - this.#lineEnds), wanted)
    if (name === 'li') this.#add('- ', 0)
  }
}
