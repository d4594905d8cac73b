// A model card, written in a little Markdown, as headings, lists and paragraphs. Everything else stays
// text; nothing in a card becomes markup. Pure.

export type CardBlock =
  | { readonly kind: 'heading' | 'text' | 'table'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }

const plain = (text: string): string =>
  text
    .replaceAll(/\*\*|__|`/g, '')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()

function blockOf(lines: readonly string[]): CardBlock[] {
  const [first = ''] = lines
  if (/^#{1,6} /.test(first)) {
    const heading: CardBlock = { kind: 'heading', text: plain(first.replace(/^#+ /, '')) }
    return lines.length === 1 ? [heading] : [heading, ...blockOf(lines.slice(1))]
  }
  if (/^\|/.test(first)) {
    const rows = lines.filter((line) => !/^[|\s:-]+$/.test(line))
    const cells = rows.map((line) => line.split('|').slice(1, -1).map(plain).join('  ·  '))
    return [{ kind: 'table', text: cells.join('\n') }]
  }
  const item = lines.findIndex((line) => /^[-*] /.test(line))
  if (item < 0) return [{ kind: 'text', text: plain(lines.join(' ')) }]
  const items = lines
    .slice(item)
    .join('\n')
    .split(/^[-*] /m)
    .filter((text) => text.trim() !== '')
    .map((text) => plain(text.replaceAll('\n', ' ')))
  const before: CardBlock[] = item === 0 ? [] : blockOf(lines.slice(0, item))
  return [...before, { kind: 'list', items }]
}

/** The blocks of a card in order; the title, which the page shows anyway, is left out. */
export function cardBlocks(card: string): readonly CardBlock[] {
  return card
    .replace(/^\s*# .*\n/, '')
    .split(/\n\s*\n/)
    .map((block) => block.split('\n').filter((line) => line.trim() !== ''))
    .filter((lines) => lines.length > 0)
    .flatMap(blockOf)
}
