// The report as a file: a button that shows four links (APG, disclosure). Escape or leaving closes it.

import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { deviceApi } from '../../api/index.ts'
import { icons, shared } from '../../elements/index.ts'
import { msg } from '../../i18n/index.ts'

const FORMATS = ['html', 'md', 'csv', 'json'] as const
type Format = (typeof FORMATS)[number]

const WORDS: Readonly<Record<Format, () => readonly [string, string]>> = {
  html: () => ['HTML', msg('to read and print')],
  md: () => ['Markdown', msg('to edit')],
  csv: () => ['CSV', msg('for a spreadsheet')],
  json: () => ['JSON', msg('everything, for programs')]
}

/** A file name that every system takes. */
const fileName = (title: string): string =>
  title
    .normalize('NFKD')
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, 60) || 'report'

@customElement('workbench-export')
export class ExportMenu extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        position: relative;
        display: inline-flex;
      }
      ul {
        position: absolute;
        z-index: 10;
        top: calc(100% + 4px);
        inset-inline-end: 0;
        min-width: 248px;
        border: 1px solid var(--ns-edge);
        border-radius: var(--ns-radius);
        background: var(--ns-tile);
      }
      li + li {
        border-top: 1px solid var(--ns-rule);
      }
      li a {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 16px;
        min-height: max(36px, var(--ns-target));
        padding: 0 12px;
        color: var(--ns-text);
        text-decoration: none;
      }
      li a:hover {
        background: var(--ns-hover);
      }
      li a:focus-visible {
        outline-offset: -2px;
      }
      li span {
        color: var(--ns-muted);
        font: 400 var(--ns-second);
      }
      svg {
        width: 14px;
        height: 14px;
        margin-right: -4px;
      }
      @media (width < 720px) {
        :host {
          flex: 1;
        }
        ns-button {
          flex: 1;
        }
        ul {
          inset-inline: 0 auto;
        }
      }
    `
  ]
  @property() job = ''
  @property() name = ''
  @state() private open = false

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !this.open) return
    event.stopPropagation()
    this.open = false
    this.renderRoot.querySelector('ns-button')?.focus()
  }

  readonly #left = (event: FocusEvent): void => {
    if (!(event.relatedTarget instanceof Node) || !this.contains(event.relatedTarget)) {
      const inside = this.renderRoot.contains(event.relatedTarget as Node | null)
      if (!inside) this.open = false
    }
  }

  override render(): TemplateResult {
    return html`<ns-button
        pressed=${this.open ? 'true' : ''}
        @keydown=${this.#key}
        @click=${() => {
          this.open = !this.open
        }}
        >${msg('Export')}${icons.down}</ns-button
      >
      ${
        this.open
          ? html`<ul aria-label=${msg('Formats')} @keydown=${this.#key} @focusout=${this.#left}>
            ${FORMATS.map((format) => {
              const [word, use] = WORDS[format]()
              return html`<li>
                <a
                  href=${deviceApi.reportUrl(this.job, format)}
                  download="${fileName(this.name)}.${format}"
                  @click=${() => {
                    this.open = false
                  }}
                  >${word}<span>${use}</span></a
                >
              </li>`
            })}
          </ul>`
          : nothing
      }`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-export': ExportMenu
  }
}
