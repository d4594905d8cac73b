// All rollouts, newest first, each with how far it is and the sentence that says why.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { Rollout } from '../../api/index.ts'
import { type Column, go, Narrow, serverNow, shared } from '../../elements/index.ts'
import { formatDuration, formatWhen, msg } from '../../i18n/index.ts'
import { EMPTY_STATE, type FleetState, isLost } from '../fleet-state.ts'
import { waiting } from '../reads.ts'
import { screenStyles } from '../screen.styles.ts'
import { rolloutSaid } from '../words.ts'
import { railSegment } from './rollout-words.ts'

/** A row opens its rollout. */
@customElement('console-rollouts')
export class ConsoleRollouts extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    css`
    `
  ]
  @property({ attribute: false }) data: FleetState = EMPTY_STATE
  protected readonly narrow = new Narrow(this)

  /** On a phone the sentence and the rail stand under the version. */
  #columns(): readonly Column<Rollout>[] {
    const now = serverNow()
    const status = ({ state }: Rollout): TemplateResult => {
      const [shape, word] = rolloutSaid(state)
      return html`<ns-status kind=${shape}>${word}</ns-status>`
    }
    const name: Column<Rollout> = {
      id: 'model',
      head: msg('Version'),
      value: ({ model, version }) => `${model} ${version}`,
      cell: (rollout) => html`<span
        ><strong>${rollout.model} ${rollout.version}</strong>${
          this.narrow.on
            ? html`<br /><span class="muted">${rollout.sentence}</span><ns-rollout-rail style="margin-top:6px" .segments=${[railSegment(rollout)]}></ns-rollout-rail>`
            : ''
        }</span
      >`
    }
    const state: Column<Rollout> = {
      id: 'state',
      head: msg('State'),
      value: (rollout) => rolloutSaid(rollout.state)[1],
      cell: status,
      kind: 'fit'
    }
    if (this.narrow.on) return [name, state]
    return [
      { ...name, kind: 'fit' },
      state,
      {
        id: 'devices',
        head: msg('Devices'),
        value: ({ counts }) => counts.total,
        cell: (rollout) =>
          html`<ns-rollout-rail style="min-width:140px" .segments=${[railSegment(rollout)]}></ns-rollout-rail>`,
        kind: 'fit'
      },
      {
        id: 'sentence',
        head: msg('What happened'),
        cell: ({ sentence }) => sentence
      },
      {
        id: 'created',
        head: msg('Started'),
        value: ({ createdAt }) => createdAt,
        cell: ({ createdAt }) => formatWhen(createdAt, now),
        kind: 'number'
      },
      {
        id: 'took',
        head: msg('Took'),
        value: ({ createdAt, endedAt }) => (endedAt === null ? null : endedAt - createdAt),
        cell: ({ createdAt, endedAt }) =>
          endedAt === null ? '–' : formatDuration(Math.max(1000, endedAt - createdAt)),
        kind: 'number'
      }
    ]
  }

  #list(rollouts: readonly Rollout[]): TemplateResult {
    if (rollouts.length === 0) {
      return html`<ns-empty heading=${msg('Nothing was rolled out yet')}>
        ${msg('A rollout brings one version of a model to the devices that you choose. Each device checks the signature itself.')}
        <ns-button slot="acts" href="#/registry">${msg('Open the registry')}</ns-button>
      </ns-empty>`
    }
    return html`<ns-table
      class="fill"
      label=${msg('Rollouts')}
      selectable
      .columns=${this.#columns()}
      .rows=${rollouts}
      .key=${(rollout: Rollout) => rollout.id}
      @ns-select=${(event: CustomEvent<Rollout>) => go(['rollouts', event.detail.id])}
    ></ns-table>`
  }

  override render(): TemplateResult {
    const { rollouts } = this.data
    if (!rollouts) return waiting(this.data)
    return html`<div class="page-head">
        <div><h1><span>${msg('Rollouts')}</span></h1></div>
        <div class="acts">
          <ns-button
            kind="filled"
            href="#/rollouts/new"
            ?disabled=${isLost(this.data)}
            reason=${msg('The fleet does not answer now.')}
            >${msg('New rollout')}</ns-button
          >
        </div>
      </div>
      ${this.#list(rollouts)}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'console-rollouts': ConsoleRollouts
  }
}
