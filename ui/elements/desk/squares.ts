// One square for each device, in the order of update. One is in the tab order, arrow keys walk; choosing
// one fires `ns-select` with its id.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { shared } from '../shared.styles.ts'

export interface Square {
  readonly id: string
  /** Name and state in words. */
  readonly label: string
  readonly state: 'done' | 'active' | 'failed' | 'waiting' | 'offline' | 'open'
}

const SIGNS: Readonly<Record<Square['state'], string>> = {
  done: '',
  active: '◧',
  failed: '×',
  waiting: '·',
  offline: '×',
  open: ''
}

/** Up to some hundred squares; beyond that counts say more. */
@customElement('ns-squares')
export class NsSquares extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      div {
        display: flex;
        flex-wrap: wrap;
      }
      button {
        display: grid;
        place-items: center;
        width: var(--ns-square, 24px);
        height: var(--ns-square, 24px);
        padding: 4px;
        border: 0;
        background: none;
        cursor: pointer;
      }
      i {
        display: grid;
        place-items: center;
        width: 100%;
        height: 100%;
        border: 1px solid var(--ns-quiet);
        font: 600 13px/1 var(--ns-font);
        font-style: normal;
        forced-color-adjust: none;
      }
      .done i {
        border-color: var(--ns-slate-6);
        background: var(--ns-slate-6);
      }
      .active i {
        border-color: var(--ns-slate-6);
        background: linear-gradient(90deg, var(--ns-slate-6) 50%, transparent 50%);
        font-size: 0;
      }
      .failed i {
        border-color: var(--ns-p1);
        background: var(--ns-p1);
        color: var(--ns-on-p1);
      }
      .offline i {
        border-style: dashed;
        color: var(--ns-muted);
      }
      button:focus-visible,
      [aria-pressed='true'] {
        outline: 2px solid var(--ns-select);
        outline-offset: -2px;
      }
    `
  ]
  @property({ attribute: false }) squares: readonly Square[] = []
  /** Id of the chosen one. */
  @property() selected = ''

  #select(id: string): void {
    this.dispatchEvent(new CustomEvent('ns-select', { detail: id, bubbles: true, composed: true }))
  }

  readonly #key = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const all = [...this.renderRoot.querySelectorAll('button')]
    const here = all.indexOf(event.target as HTMLButtonElement)
    all[Math.max(0, Math.min(all.length - 1, here + step))]?.focus()
  }

  override render(): TemplateResult {
    const entry = this.squares.some(({ id }) => id === this.selected)
      ? this.selected
      : this.squares[0]?.id
    return html`<div role="group" aria-label="Devices" @keydown=${this.#key}>
      ${this.squares.map(
        ({ id, label, state }) => html`<button
          type="button"
          class=${state}
          tabindex=${id === entry ? 0 : -1}
          aria-label=${label}
          title=${label}
          aria-pressed=${id === this.selected}
          @click=${() => this.#select(id)}
        >
          <i aria-hidden="true">${SIGNS[state]}</i>
        </button>`
      )}
    </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-squares': NsSquares
  }
}
