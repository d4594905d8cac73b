// Markdown → its text: headings and list items on lines of their own, links by their words, code left out.

import { fromMarkdown } from 'mdast-util-from-markdown'
import { type ExtractedText, tidyLines } from './extracted-text.ts'

type Node = ReturnType<typeof fromMarkdown>['children'][number]

/** Characters that are parsed at once at least. */
const STRETCH = 8192

const FRONT_MATTER = /^---\r?\n([\s\S]{0,20000}?)\r?\n---\r?\n/

/** Text and title; the title is that of the front matter, else the first heading. */
export function markdownText(source: string): ExtractedText {
  const front = FRONT_MATTER.exec(source)
  const nodes = stretches(front ? source.slice(front[0].length) : source).flatMap(
    (stretch) => fromMarkdown(stretch).children
  )
  const blocks = nodes.map((node) => blockText(node)).filter((block) => block !== '')
  const named = /^title:\s*["']?(.+?)["']?\s*$/m.exec(front?.[1] ?? '')?.[1]
  const heading = nodes.find((node) => node.type === 'heading')
  const title = named ?? (heading ? inlineText(heading) : undefined)
  return { text: tidyLines(blocks.join('\n\n')), pages: [], ...(title ? { title } : {}) }
}

/**
 * Cuts a long source where a block surely begins: the parser needs the square of the length. A link whose address
 * stands in another stretch keeps its brackets, which the reader can bear.
 */
function stretches(source: string): string[] {
  if (source.length <= 2 * STRETCH) return [source]
  const parts: string[] = []
  let start = 0
  let at = 0
  let isFenced = false
  let afterBlank = false
  for (const line of source.split('\n')) {
    if (/^ {0,3}(?:`{3}|~{3})/.test(line)) isFenced = !isFenced
    if (afterBlank && !isFenced && at - start >= STRETCH && /^(?:#{1,6} |\p{L})/u.test(line)) {
      parts.push(source.slice(start, at))
      start = at
    }
    afterBlank = line.trim() === ''
    at += line.length + 1
  }
  parts.push(source.slice(start))
  return parts
}

/** One block as it should stand on lines of its own; code is no text. */
function blockText(node: Node): string {
  switch (node.type) {
    case 'code':
    case 'html':
    case 'definition':
    case 'thematicBreak':
      return ''
    case 'list':
      return node.children.map((item) => `- ${itemText(item)}`).join('\n')
    case 'blockquote':
      return node.children.map(blockText).join('\n\n')
    default:
      return inlineText(node)
  }
}

const itemText = (item: { children: Node[] }): string =>
  item.children.map(blockText).filter(Boolean).join('\n')

/** Words only: no marks, no addresses, no HTML. */
function inlineText(node: Node): string {
  if (node.type === 'html') return ''
  if (node.type === 'break') return '\n'
  if (node.type === 'image' || node.type === 'imageReference') return node.alt ?? ''
  if ('children' in node) return (node.children as Node[]).map(inlineText).join('')
  return 'value' in node ? node.value : ''
}
