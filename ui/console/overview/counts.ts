// The strip of counts: how many devices are in which state, each a link to those devices.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { FleetOverview } from '../../api/index.ts'
import { type StatusShape, shared } from '../../elements/index.ts'
import { formatCount, formatNumber, msg } from '../../i18n/index.ts'

interface Cell {
  readonly href: string
  readonly shape: StatusShape
  readonly label: string
  readonly count: number
  readonly more: string
  /** Left out on a phone when it is 0. */
  readonly minor?: boolean
}

/** The worst open alarm gives the shape of the cell that counts alarms. */
function cells(overview: FleetOverview): readonly Cell[] {
  const { counts, attention, rollouts } = overview
  const share = counts.devices === 0 ? '' : formatNumber((counts.online / counts.devices) * 100, 1)
  const alarms = attention.filter(({ id }) => id.startsWith('alarm '))
  const worst = alarms.reduce<number>((least, { priority }) => Math.min(least, priority), 3)
  const running = rollouts.filter(({ state }) => state === 'running').length
  return [
    {
      href: '#/devices?state=online',
      shape: 'normal',
      label: msg('Online'),
      count: counts.online,
      more: share === '' ? '' : `${share}\u00A0%`
    },
    {
      href: '#/devices?state=stale',
      shape: 'stale',
      label: msg('Stale'),
      count: counts.stale,
      more: msg('not reporting'),
      minor: true
    },
    {
      href: '#/devices?state=offline',
      shape: 'off',
      label: msg('Offline'),
      count: counts.offline,
      more: msg('work on alone')
    },
    {
      href: '#/rollouts',
      shape: 'running',
      label: msg('Updating'),
      count: counts.updating,
      more:
        running === 0
          ? msg('no rollout runs')
          : `${msg('in')} ${formatCount(running, msg('rollout'), msg('rollouts'))}`
    },
    {
      href: '#/alerts',
      shape: counts.alarms === 0 ? 'normal' : (`p${worst}` as StatusShape),
      label: msg('Alarms'),
      count: counts.alarms,
      more:
        counts.alarms === 0
          ? msg('none is open')
          : alarms.length === 0
            ? msg('none is urgent')
            : `${alarms.length} ${msg('urgent')}`
    }
  ]
}

/** Figures change in place. */
@customElement('console-counts')
export class ConsoleCounts extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        container-type: inline-size;
      }
      div {
        display: flex;
        border: 1px solid var(--ns-rule);
        border-radius: var(--ns-radius);
        background: var(--ns-well);
      }
      a {
        flex: 1;
        min-width: 0;
        padding: 7px 12px 9px;
        color: var(--ns-text);
        text-decoration: none;
      }
      a + a {
        border-left: 1px solid var(--ns-rule);
      }
      a:hover {
        background: var(--ns-hover);
      }
      a:focus-visible {
        outline-offset: -2px;
      }
      .value {
        display: flex;
        align-items: baseline;
        gap: 8px;
      }
      b {
        font: 500 var(--ns-figure);
      }
      .more {
        overflow: hidden;
        color: var(--ns-muted);
        font: 400 var(--ns-second);
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      @container (width < 560px) {
        div {
          border-width: 0 0 1px;
          border-radius: 0;
        }
        a {
          display: flex;
          flex-direction: column-reverse;
          padding: 8px 0 8px 10px;
        }
        a:first-child {
          padding-left: var(--ns-pad);
        }
        ns-status {
          gap: 3px;
          font: 400 var(--ns-axis);
          --ns-mark: 12px;
        }
        .more,
        .none {
          display: none;
        }
      }
    `
  ]
  @property({ attribute: false }) overview: FleetOverview | null = null

  override render(): TemplateResult {
    if (!this.overview) return html``
    return html`<div>
      ${cells(this.overview).map(
        ({ href, shape, label, count, more, minor }) => html`<a
          href=${href}
          class=${minor && count === 0 ? 'none' : ''}
        >
          <ns-status kind=${shape}>${label}</ns-status>
          <span class="value"><b>${formatNumber(count)}</b><span class="more">${more}</span></span>
        </a>`
      )}
    </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'console-counts': ConsoleCounts
  }
}
