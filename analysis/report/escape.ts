// Makes any text harmless in HTML, Markdown and CSV. Names and log lines come from outside: none of them may
// become markup, a link or a spreadsheet formula.

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
}

/** Text for HTML, in content and in quoted attributes. */
export function escapeHtml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}

/** Text for one line of Markdown: no markup, no HTML, no line break. */
export function escapeMarkdown(text: string): string {
  return visible(text)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_{}[\]|~]/g, '\\$&')
    .replace(/[<>&]/g, (character) => ENTITIES[character] ?? character)
    .replace(/^([-+=#]|\d+[.)])/, '\\$1')
    .replace(/\b(https?|www)(?=[:.])/gi, '$1\u200b')
}

/** One CSV cell (RFC 4180). A cell that a spreadsheet would run gets an apostrophe in front (OWASP). */
export function escapeCsv(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text
}

/** Control characters and marks that turn the reading direction round are shown, not obeyed. */
function visible(text: string): string {
  return text.replace(/(?![\t\n\r])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, '\ufffd')
}
