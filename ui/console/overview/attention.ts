// What needs attention: most urgent first, one act each. A row never jumps under the pointer or the focus;
// what is new meanwhile waits behind a button that says how many there are.

import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import type { AttentionItem } from '../../api/index.ts'
import { icons, shapeOfPriority, shared } from '../../elements/index.ts'
import { formatCount, keepUnits, msg } from '../../i18n/index.ts'

/** Holds the order while a pointer or the focus is inside. */
@customElement('console-attention')
export class ConsoleAttention extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      li {
        display: grid;
        grid-template-columns: 16px minmax(0, 1fr) auto 132px;
        align-items: center;
        gap: 2px 14px;
        min-height: 57px;
        padding: 8px var(--ns-pad);
        border-top: 1px solid var(--ns-rule);
      }
      .mark {
        align-self: start;
        margin-top: 2px;
        --ns-mark: 16px;
      }
      .title {
        font-weight: 600;
      }
      .detail {
        color: var(--ns-muted);
      }
      .since {
        color: var(--ns-muted);
      }
      .go {
        display: none;
      }
      .new {
        padding: 8px var(--ns-pad);
        border-top: 1px solid var(--ns-rule);
        background: var(--ns-selected);
      }
      .gone .title {
        font-weight: 400;
        text-decoration: line-through;
      }
      @media (width < 720px) {
        li {
          position: relative;
          grid-template-columns: 16px minmax(0, 1fr) 20px;
          padding-block: 10px;
        }
        .since {
          grid-column: 2;
          grid-row: 2;
          font: 400 var(--ns-second);
        }
        li ns-button {
          position: absolute;
          inset: 0;
          opacity: 0;
        }
        li:focus-within {
          outline: 2px solid var(--ns-select);
          outline-offset: -2px;
        }
        .go {
          display: block;
          grid-column: 3;
          grid-row: 1 / span 2;
        }
      }
    `
  ]
  @property({ attribute: false }) items: readonly AttentionItem[] = []
  /** What was shown when the pointer came; undefined while nobody is here. */
  @state() private held: readonly AttentionItem[] | undefined

  readonly #hold = (): void => {
    this.held ??= this.items
  }
  readonly #release = (): void => {
    if (!this.matches(':hover') && !this.matches(':focus-within')) this.held = undefined
  }

  /** A row that has settled meanwhile stays where it is and says so. */
  #row(item: AttentionItem, gone: boolean): TemplateResult {
    const { priority, title, detail, since, action } = item
    return html`<li class=${gone ? 'gone' : ''}>
      <ns-status class="mark" kind=${shapeOfPriority(priority)} label=${`${msg('Priority')} ${priority}`}></ns-status>
      <div>
        <p class="title">${keepUnits(title)}</p>
        <p class="detail">${gone ? msg('This has settled.') : keepUnits(detail)}</p>
      </div>
      <ns-age class="since" bare .at=${since}></ns-age>
      <ns-button href=${action.href} label=${`${action.label}: ${title}`}>${action.label}</ns-button>
      <span class="go" aria-hidden="true">${icons.forward}</span>
    </li>`
  }

  override render(): TemplateResult {
    const shown = this.held ?? this.items
    const now = new Map(this.items.map((item) => [item.id, item]))
    const known = new Set(shown.map(({ id }) => id))
    const waiting = this.items.filter(({ id }) => !known.has(id)).length
    return html`<div
      @pointerenter=${this.#hold}
      @pointerleave=${() => setTimeout(this.#release)}
      @focusin=${this.#hold}
      @focusout=${() => setTimeout(this.#release)}
    >
      ${
        waiting === 0
          ? nothing
          : html`<p class="new">
            <ns-button
              @click=${() => {
                this.held = this.items
              }}
              >${msg('Show')} ${formatCount(waiting, msg('new one'), msg('new ones'))}</ns-button
            >
          </p>`
      }
      <ul>
        ${repeat(
          shown,
          ({ id }) => id,
          (item) => this.#row(now.get(item.id) ?? item, !now.has(item.id))
        )}
      </ul>
    </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'console-attention': ConsoleAttention
  }
}
