// Search over jobs and places: a list box under an input (APG, combobox with a list that is always open).
// Arrow keys choose, Enter opens.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { shared } from '../elements/index.ts'
import { msg } from '../i18n/index.ts'
import { KIND_WORDS, matchesSearch, stateWords } from './job-words.ts'
import { navigation } from './places.ts'
import { EMPTY_STATE, shownJobs, type WorkbenchState } from './workbench-state.ts'

interface Hit {
  readonly href: string
  readonly title: string
  readonly detail: string
}

const MOST_HITS = 10

@customElement('workbench-search')
export class WorkbenchSearch extends LitElement {
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
  @property({ attribute: false }) data: WorkbenchState = EMPTY_STATE
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

  #hits(): readonly Hit[] {
    const jobs = shownJobs(this.data)
      .filter((job) => matchesSearch(job, this.words))
      .map((job) => ({
        href: `#/jobs/${job.id}`,
        title: job.title,
        detail: `${KIND_WORDS[job.kind]()}, ${stateWords(job)[1].toLowerCase()}`
      }))
    const places = navigation(this.data)
      .flatMap(({ items }) => items)
      .filter(({ label }) => label.toLowerCase().includes(this.words.trim().toLowerCase()))
      .map(({ href, label }) => ({ href, title: label, detail: msg('Place') }))
    return [...jobs, ...places].slice(0, MOST_HITS)
  }

  #go(hit: Hit | undefined): void {
    if (!hit) return
    this.open = false
    location.hash = hit.href
  }

  readonly #key = (event: KeyboardEvent): void => {
    const hits = this.#hits()
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      this.chosen = Math.max(0, Math.min(hits.length - 1, this.chosen + step))
      event.preventDefault()
    } else if (event.key === 'Enter') this.#go(hits[this.chosen])
  }

  #list(hits: readonly Hit[]): TemplateResult {
    return html`<ul id="hits" role="listbox" aria-label=${msg('Jobs and places')}>
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
    const hits = this.open ? this.#hits() : []
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
        aria-label=${msg('Search jobs and places')}
        aria-expanded="true"
        aria-controls="hits"
        aria-activedescendant=${`hit-${this.chosen}`}
        autocomplete="off"
        placeholder=${msg('Title, kind or state of a job')}
        .value=${this.words}
        @input=${(event: Event) => {
          this.words = (event.target as HTMLInputElement).value
          this.chosen = 0
        }}
        @keydown=${this.#key}
      />
      ${this.#list(hits)}
      ${this.open && hits.length === 0 ? html`<p class="none" role="status">${msg('No job and no place has these words.')}</p>` : ''}
    </ns-dialog>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-search': WorkbenchSearch
  }
}
