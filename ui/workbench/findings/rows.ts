// The rows of the list at the left: a document, a finding, or a document that could not be read.

import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { shared } from '../../elements/index.ts'
import { formatCount, formatNumber, msg } from '../../i18n/index.ts'
import { confidenceWord, type ListRow, roleWord } from './text-model.ts'

/** A confidence as a bar, a number and a word. */
export function confidenceBar(score: number, word = true): TemplateResult {
  return html`<span class="confidence"
    ><span class="track" aria-hidden="true"><span style="width:${Math.round(score * 100)}%"></span></span
    >${formatNumber(score, 2)}${word ? html`, ${confidenceWord(score)}` : nothing}</span
  >`
}

export const confidenceStyles = css`
  .confidence {
    display: inline-flex;
    align-items: center;
    gap: 8px;
    white-space: nowrap;
  }
  .track {
    width: 64px;
    height: 6px;
    background: var(--ns-rule);
    forced-color-adjust: none;
  }
  .track span {
    display: block;
    height: 100%;
    background: var(--ns-text);
  }
`

@customElement('workbench-text-row')
export class TextRow extends LitElement {
  static override styles = [
    shared,
    confidenceStyles,
    css`
      :host {
        display: flex;
        flex-direction: column;
        justify-content: center;
        gap: 2px;
        height: 100%;
        padding: 0 16px;
      }
      strong {
        overflow: hidden;
        font-weight: 600;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .text {
        display: -webkit-box;
        overflow: hidden;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 2;
      }
      p:last-child {
        display: flex;
        justify-content: space-between;
        gap: 12px;
        color: var(--ns-muted);
        font: 400 var(--ns-second);
        white-space: nowrap;
      }
      p:last-child > :first-child {
        overflow: hidden;
        text-overflow: ellipsis;
      }
    `
  ]
  @property({ attribute: false }) row: ListRow | undefined

  override render(): TemplateResult | typeof nothing {
    const { row } = this
    if (!row) return nothing
    if (row.kind === 'finding') {
      return html`<p class="text">${row.text}</p>
        <p><span>${roleWord(row.role)}, ${row.title}</span>${confidenceBar(row.score, false)}</p>`
    }
    if (row.kind === 'failure') {
      return html`<strong>${row.name}</strong><p><span title=${row.code}>${row.sentence}</span></p>`
    }
    const found = formatCount(row.result.keyFindings.length, msg('finding'), msg('findings'))
    return html`<strong>${row.title}</strong>
      <p><span>${row.name}</span><span>${found}</span></p>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-text-row': TextRow
  }
}
