// Search in front of the page: an input over a list of hits (APG, combobox with a list that is always open).
// Arrow keys choose, Enter opens. What can be found is the app's business.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { msg } from '../../i18n/index.ts'
import '../dialog.ts'
import { shared } from '../shared.styles.ts'

export interface SearchHit {
  /** Address of the place. */
  readonly href: string
  readonly title: string
  readonly detail: string
}

const MOST_HITS = 10

/** `find` answers with the hits for what was typed, best first; call `show` to open it. */
@customElement('ns-search-dialog')
export class NsSearchDialog extends LitElement {
  static override styles = [
    shared,
    css`
      input {
        width: 100%;
        min-height: 44px;
        padding: 0 12px;
        border: 1px solid var(--ns-edge);
        border-radius: var(--ns-radius);
        background: var(--ns-well);
        font: 400 var(--ns-name);
      }
      ul {
        margin-top: 8px;
      }
      li {
        display: flex;
        justify-content: space-between;
        gap: 16px;
        min-height: 44px;
        align-items: center;
        padding: 0 12px;
        border-bottom: 1px solid var(--ns-rule);
        cursor: pointer;
      }
      li[aria-selected='true'] {
        background: var(--ns-selected);
        box-shadow: inset 3px 0 var(--ns-select);
      }
      .title {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .detail,
      .none {
        flex: none;
        color: var(--ns-muted);
        font: 400 var(--ns-second);
      }
      .none {
        padding: 12px;
      }
    `
  ]
  @property({ attribute: false }) find: (words: string) => readonly SearchHit[] = () => []
  /** What is searched; spoken, and the hint in the input. */
  @property() label = ''
  @property() placeholder = ''
  @state() private open = false
  @state() private words = ''
  @state() private chosen = 0

  /** Opens the search with an empty input. */
  show(): void {
    this.words = ''
    this.chosen = 0
    this.open = true
    void this.updateComplete.then(() => this.renderRoot.querySelector('input')?.focus())
  }

  #go(hit: SearchHit | undefined): void {
    if (!hit) return
    this.open = false
    location.hash = hit.href
  }

  #key(event: KeyboardEvent, hits: readonly SearchHit[]): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      this.chosen = Math.max(0, Math.min(hits.length - 1, this.chosen + step))
      event.preventDefault()
    } else if (event.key === 'Enter') this.#go(hits[this.chosen])
  }

  #list(hits: readonly SearchHit[]): TemplateResult {
    return html`<ul id="hits" role="listbox" aria-label=${this.label}>
      ${hits.map(
        (hit, index) => html`<li
          id="hit-${index}"
          role="option"
          aria-selected=${index === this.chosen}
          @click=${() => this.#go(hit)}
        >
          <span class="title">${hit.title}</span><span class="detail">${hit.detail}</span>
        </li>`
      )}
    </ul>`
  }

  override render(): TemplateResult {
    const hits = this.open ? this.find(this.words.trim().toLowerCase()).slice(0, MOST_HITS) : []
    return html`<ns-dialog
      heading=${msg('Search')}
      ?open=${this.open}
      @ns-close=${() => {
        this.open = false
      }}
    >
      <input
        type="search"
        role="combobox"
        aria-label=${this.label}
        aria-expanded="true"
        aria-controls="hits"
        aria-activedescendant=${hits.length === 0 ? '' : `hit-${this.chosen}`}
        autocomplete="off"
        placeholder=${this.placeholder}
        .value=${this.words}
        @input=${(event: Event) => {
          this.words = (event.target as HTMLInputElement).value
          this.chosen = 0
        }}
        @keydown=${(event: KeyboardEvent) => this.#key(event, hits)}
      />
      ${this.#list(hits)}
      ${this.open && hits.length === 0 ? html`<p class="none" role="status">${msg('Nothing has these words.')}</p>` : ''}
    </ns-dialog>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-search-dialog': NsSearchDialog
  }
}
