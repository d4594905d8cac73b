// The text of a template, or of a line of it, in which the variable parts are marked.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { msg } from '../../i18n/index.ts'
import { markExample } from './log-model.ts'

@customElement('workbench-template')
export class TemplateText extends LitElement {
  static override styles = css`
    :host {
      font: var(--ns-code);
      overflow-wrap: anywhere;
    }
    :host([short]) span.all {
      display: -webkit-box;
      overflow: hidden;
      -webkit-box-orient: vertical;
      -webkit-line-clamp: 2;
    }
    i {
      padding: 0 3px;
      border-radius: var(--ns-radius-mark);
      background: var(--ns-slate-2);
      color: var(--ns-text);
      font-style: normal;
    }
    .head {
      color: var(--ns-muted);
    }
  `
  @property() template = ''
  /** A line of the template; the template itself is shown without. */
  @property() line = ''
  /** Two lines at most. */
  @property({ type: Boolean, reflect: true }) short = false

  override render(): TemplateResult {
    if (this.line !== '') {
      return html`${markExample(this.template, this.line).map(({ text, kind }) =>
        kind === 'variable' ? html`<i>${text}</i>` : html`<span class=${kind}>${text}</span>`
      )}`
    }
    const parts = this.template.split('<*>')
    return html`<span class="all"
      >${parts.map((part, index) => (index === 0 ? part : html`<i title=${msg('Differs from line to line')}>…</i>${part}`))}</span
    >`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-template': TemplateText
  }
}
