// Help: all keys, and how this browser shows the workbench (light or dark, row height).

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, state } from 'lit/decorators.js'
import { currentTheme, setTheme, shared, type Theme } from '../elements/index.ts'
import { msg } from '../i18n/index.ts'

const ROWS_KEY = 'nearside-rows'

/** Applies the row height kept in this browser. */
function showRows(rows: string): void {
  if (rows === 'compact') document.documentElement.dataset['rows'] = rows
  else delete document.documentElement.dataset['rows']
}
showRows(localStorage.getItem(ROWS_KEY) ?? '')

const keys = (): readonly (readonly [readonly string[], string])[] => [
  [['/'], msg('Search jobs and places')],
  [['?'], msg('This help')],
  [['J', 'K'], msg('Next and previous in a list of results')],
  [['[', ']'], msg('Previous and next finding of a document')],
  [['↑', '↓'], msg('Walk over the rows of a table; Enter opens one')],
  [['←', '→'], msg('Walk over the bars of a timeline; Escape lets go')],
  [['Esc'], msg('Close what is in front')]
]

@customElement('workbench-help')
export class WorkbenchHelp extends LitElement {
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
        margin-bottom: 12px;
        padding-bottom: 12px;
        border-bottom: 1px solid var(--ns-rule);
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
  @state() private open = false
  @state() private theme: Theme = currentTheme()
  @state() private rows = localStorage.getItem(ROWS_KEY) ?? 'normal'

  /** Opens the help. */
  show(): void {
    this.open = true
  }

  #choices(): TemplateResult {
    const themes = [
      { id: 'system', label: msg('Automatic') },
      { id: 'light', label: msg('Light') },
      { id: 'dark', label: msg('Dark') }
    ]
    const rows = [
      { id: 'normal', label: msg('Normal') },
      { id: 'compact', label: msg('Compact') }
    ]
    return html`<div class="choice">
        <span>${msg('Brightness')}</span>
        <ns-tabs
          switch
          label=${msg('Brightness')}
          .tabs=${themes}
          selected=${this.theme}
          @ns-select=${(event: CustomEvent<Theme>) => {
            this.theme = event.detail
            setTheme(event.detail)
          }}
        ></ns-tabs>
      </div>
      <div class="choice">
        <span>${msg('Rows')}</span>
        <ns-tabs
          switch
          label=${msg('Rows')}
          .tabs=${rows}
          selected=${this.rows}
          @ns-select=${(event: CustomEvent<string>) => {
            this.rows = event.detail
            localStorage.setItem(ROWS_KEY, event.detail)
            showRows(event.detail)
          }}
        ></ns-tabs>
      </div>`
  }

  override render(): TemplateResult {
    return html`<ns-dialog
      heading=${msg('Help')}
      ?open=${this.open}
      @ns-close=${() => {
        this.open = false
      }}
    >
      <ul>
        ${keys().map(([names, words]) => html`<li><span>${names.map((name) => html`<kbd>${name}</kbd>`)}</span>${words}</li>`)}
      </ul>
      ${this.#choices()}
      <ns-button
        slot="acts"
        kind="filled"
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
    'workbench-help': WorkbenchHelp
  }
}
