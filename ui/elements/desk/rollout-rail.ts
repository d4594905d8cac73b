// The waves of a rollout as segments that fill: done, failed, and what is left. Words stand below.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { msg } from '../../i18n/index.ts'
import { shared } from '../shared.styles.ts'

export interface RailSegment {
  readonly label: string
  readonly total: number
  readonly done: number
  readonly failed: number
  /** The wave that runs now. */
  readonly current?: boolean
}

/** As many segments as there are waves; the current one is bold. */
@customElement('ns-rollout-rail')
export class NsRolloutRail extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        font: 400 var(--ns-axis);
      }
      ol {
        display: flex;
        gap: 6px;
      }
      li {
        flex: 1;
        min-width: 0;
        color: var(--ns-muted);
      }
      .track {
        display: flex;
        height: 8px;
        margin-bottom: 2px;
        border: 1px solid var(--ns-edge);
        forced-color-adjust: none;
      }
      .done {
        background: var(--ns-slate-6);
      }
      .failed {
        background: var(--ns-p2);
      }
      .current {
        color: var(--ns-text);
        font-weight: 600;
      }
    `
  ]
  @property({ attribute: false }) segments: readonly RailSegment[] = []

  override render(): TemplateResult {
    return html`<ol>
      ${this.segments.map(({ label, total, done, failed, current }) => {
        const share = (part: number): string => `width:${total === 0 ? 0 : (part / total) * 100}%`
        return html`<li class=${current ? 'current' : ''}>
          <div class="track" aria-hidden="true">
            <span class="done" style=${share(done)}></span><span class="failed" style=${share(failed)}></span>
          </div>
          ${label}<span class="unseen"
            >: ${done} ${msg('of')} ${total} ${msg('done')}, ${failed} ${msg('failed')}</span
          >
        </li>`
      })}
    </ol>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-rollout-rail': NsRolloutRail
  }
}
