// The fleet itself: broker and store with their figures, and where its interfaces are.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { FleetOverview } from '../../api/index.ts'
import { shared } from '../../elements/index.ts'
import { formatBytes, formatNumber, msg } from '../../i18n/index.ts'
import { EMPTY_STATE, type FleetState } from '../fleet-state.ts'
import { waiting } from '../reads.ts'
import { screenStyles } from '../screen.styles.ts'

const ADDRESSES = ['/openapi.json', '/metrics', '/healthz', '/readyz'] as const

/** Figures are those of the overview; nothing is read on its own. */
@customElement('console-system')
export class ConsoleSystem extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    css`
      .grid {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(280px, 1fr));
      }
      .grid > section {
        border: 0;
        border-bottom: 1px solid var(--ns-rule);
      }
      .grid > section + section {
        border-left: 1px solid var(--ns-rule);
      }
      .figures {
        display: grid;
        grid-template-columns: repeat(3, auto);
        justify-content: start;
        gap: 8px 40px;
        margin-top: 12px;
      }
      .figures p {
        color: var(--ns-muted);
        font: 400 var(--ns-second);
      }
      .figures b {
        color: var(--ns-text);
        font: 500 var(--ns-figure);
        white-space: nowrap;
      }
      li {
        line-height: max(28px, min(var(--ns-target), 44px));
      }
      @media (width < 720px) {
        .grid > section + section {
          border-left: 0;
        }
        .figures {
          gap: 8px 24px;
        }
      }
    `
  ]
  @property({ attribute: false }) data: FleetState = EMPTY_STATE

  #figure(label: string, value: string): TemplateResult {
    return html`<div><b>${value}</b><p>${label}</p></div>`
  }

  /** How many are connected, and how many were turned away. */
  #broker({ broker }: FleetOverview): TemplateResult {
    const well = broker.state === 'well'
    return html`<section>
      <div class="section-head">
        <h2>${msg('Broker')}</h2>
        <ns-status kind=${well ? 'normal' : 'p1'}>${well ? msg('Well') : msg('Failed')}</ns-status>
      </div>
      <div class="body">
        <p>${broker.sentence}</p>
        <div class="figures">
          ${this.#figure(msg('connections'), formatNumber(broker.clients))}
          ${this.#figure(msg('refused'), formatNumber(broker.denied))}
          ${this.#figure(msg('kind'), broker.kind)}
        </div>
      </div>
    </section>`
  }

  /** How much is kept, and how fast it grows. */
  #store({ store }: FleetOverview): TemplateResult {
    const well = store.state === 'well'
    return html`<section>
      <div class="section-head">
        <h2>${msg('Store')}</h2>
        <ns-status kind=${well ? 'normal' : 'p1'}>${well ? msg('Well') : msg('Failed')}</ns-status>
      </div>
      <div class="body">
        <p>${msg('An event is acknowledged to its device only after it was committed here.')}</p>
        <div class="figures">
          ${this.#figure(msg('on disk'), formatBytes(store.bytes))}
          ${this.#figure(msg('events kept'), formatNumber(store.events))}
          ${this.#figure(msg('events/s, mean of 10 s'), formatNumber(store.eventsPerSecond, 1))}
        </div>
      </div>
    </section>`
  }

  override render(): TemplateResult {
    const { overview } = this.data
    if (!overview) return waiting(this.data)
    return html`<div class="page-head">
        <div>
          <h1><span>${msg('System')}</span></h1>
          <p>${overview.name}, Nearside ${overview.version}</p>
        </div>
      </div>
      <div class="fill">
        <div class="grid">${this.#broker(overview)} ${this.#store(overview)}</div>
        <section>
          <div class="section-head"><h2>${msg('Interfaces')}</h2></div>
          <ul class="body">
            ${ADDRESSES.map((path) => html`<li><a class="code" href=${path}>${location.origin}${path}</a></li>`)}
          </ul>
        </section>
      </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'console-system': ConsoleSystem
  }
}
