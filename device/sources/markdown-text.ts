// Markdown → its text: headings and list items on lines of their own, links by their words, code left out.

import { fromMarkdown } from 'mdast-util-from-markdown'
import { type ExtractedText, tidyLines } from './extracted-text.ts'

type Node = ReturnType<typeof fromMarkdown>['children'][number]

const FRONT_MATTER = /^---\r?\n([\s\S]{0,20000}?)\r?\n---\r?\n/

/** Text and title; the title is that of the front matter, else the first heading. */
export function markdownText(source: string): ExtractedText {
  const front = FRONT_MATTER.exec(source)
  const tree = fromMarkdown(front ? source.slice(front[0].length) : source)
  const blocks = tree.children.map((node) => blockText(node)).filter((block) => block !== '')
  const named = /^title:\s*["']?(.+?)["']?\s*$/m.exec(front?.[1] ?? '')?.[1]
  const heading = tree.children.find((node) => node.type === 'heading')
  const title = named ?? (heading ? inlineText(heading) : undefined)
  return { text: tidyLines(blocks.join('\n\n')), pages: [], ...(title ? { title } : {}) }
}

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

function inlineText(node: Node): string {
  if (node.type === 'html') return ''
  if (node.type === 'break') return '\n'
  if (node.type === 'image' || node.type === 'imageReference') return node.alt ?? ''
  if ('children' in node) return (node.children as Node[]).map(inlineText).join('')
  return 'value' in node ? node.value : ''
}
