// Help of a desk app: all keys, and how this browser shows the pages (light or dark, row height). Slotted
// text stands above.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { msg } from '../../i18n/index.ts'
import '../dialog.ts'
import { shared } from '../shared.styles.ts'
import '../tabs.ts'
import { currentTheme, setTheme, type Theme } from '../theme.ts'

const ROWS_KEY = 'nearside-rows'

/** Applies a row height and keeps it in this browser. */
function setRows(rows: string): void {
  localStorage.setItem(ROWS_KEY, rows)
  if (rows === 'compact') document.documentElement.dataset['rows'] = rows
  else delete document.documentElement.dataset['rows']
}

export type KeyHelp = readonly [keys: readonly string[], does: string]

/** Call `show` to open it. */
@customElement('ns-help-dialog')
export class NsHelpDialog extends LitElement {
  static override styles = [
    shared,
    css`
      li,
      .choice {
        display: grid;
        grid-template-columns: 88px 1fr;
        align-items: center;
        min-height: 32px;
      }
      .choice {
        grid-template-columns: 88px auto;
        justify-content: start;
        min-height: 44px;
      }
      ul {
        margin: 12px 0;
        padding: 12px 0;
        border-block: 1px solid var(--ns-rule);
      }
      kbd {
        display: inline-block;
        min-width: 22px;
        margin-right: 4px;
        padding: 2px 5px;
        border: 1px solid var(--ns-edge);
        border-radius: var(--ns-radius-mark);
        font: 400 var(--ns-axis);
        text-align: center;
      }
    `
  ]
  @property({ attribute: false }) keys: readonly KeyHelp[] = []
  @state() private open = false
  @state() private theme: Theme = currentTheme()
  @state() private rows = localStorage.getItem(ROWS_KEY) ?? 'normal'

  override connectedCallback(): void {
    super.connectedCallback()
    setRows(this.rows)
  }

  /** Opens the help. */
  show(): void {
    this.open = true
  }

  /** One row of joined buttons with its name. */
  #choice(
    label: string,
    selected: string,
    pick: { tabs: { id: string; label: string }[]; choose: (id: string) => void }
  ): TemplateResult {
    return html`<div class="choice">
      <span>${label}</span>
      <ns-tabs
        switch
        label=${label}
        .tabs=${pick.tabs}
        selected=${selected}
        @ns-select=${(event: CustomEvent<string>) => pick.choose(event.detail)}
      ></ns-tabs>
    </div>`
  }

  override render(): TemplateResult {
    const themes = [
      { id: 'system', label: msg('Automatic') },
      { id: 'light', label: msg('Light') },
      { id: 'dark', label: msg('Dark') }
    ]
    const rows = [
      { id: 'normal', label: msg('Normal') },
      { id: 'compact', label: msg('Compact') }
    ]
    return html`<ns-dialog
      heading=${msg('Help')}
      ?open=${this.open}
      @ns-close=${() => {
        this.open = false
      }}
    >
      <slot></slot>
      <ul>
        ${this.keys.map(
          ([keys, does]) =>
            html`<li><span>${keys.map((key) => html`<kbd>${key}</kbd>`)}</span>${does}</li>`
        )}
      </ul>
      ${this.#choice(msg('Brightness'), this.theme, {
        tabs: themes,
        choose: (id) => {
          this.theme = id as Theme
          setTheme(this.theme)
        }
      })}
      ${this.#choice(msg('Rows'), this.rows, {
        tabs: rows,
        choose: (id) => {
          this.rows = id
          setRows(id)
        }
      })}
      <ns-button
        slot="acts"
        @click=${() => {
          this.open = false
        }}
        >${msg('Close')}</ns-button
      >
    </ns-dialog>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-help-dialog': NsHelpDialog
  }
}
