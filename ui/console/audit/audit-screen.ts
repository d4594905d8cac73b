// The audit trail: who did what, with what outcome, newest first. It is read; nothing is changed here.

import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { type FleetAudit, fleetApi } from '../../api/index.ts'
import { type Column, Loader, Narrow, serverNow, shared } from '../../elements/index.ts'
import { formatWhen, msg } from '../../i18n/index.ts'
import { EMPTY_STATE, type FleetState } from '../fleet-state.ts'
import { failed } from '../reads.ts'
import { screenStyles } from '../screen.styles.ts'

const ROWS = 500
const OUTCOMES = { done: 'done', refused: 'failed', failed: 'failed' } as const

/** `rollout-created` as a person says it. */
const actionWords = (action: string): string => {
  const words = action.replaceAll(/[-_.]/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const outcomeWord = (outcome: FleetAudit['outcome']): string =>
  ({ done: msg('Done'), refused: msg('Refused'), failed: msg('Failed') })[outcome]

/** Reads again when rollouts or models change, and every 15 s. */
@customElement('console-audit')
export class ConsoleAudit extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    css`
    `
  ]
  @property({ attribute: false }) data: FleetState = EMPTY_STATE
  @state() private words = ''
  protected readonly narrow = new Narrow(this)
  protected readonly entries = new Loader<readonly FleetAudit[]>(this, 15_000)

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('data')
    // Every change of the fleet may have left a line; a first reading needs none.
    if (!before || before.rollouts !== this.data.rollouts || before.models !== this.data.models) {
      if (changed.has('data')) this.entries.load(() => fleetApi.audit(ROWS))
    }
  }

  /** Refused and failed outcomes carry a shape, so that they are found by eye. */
  #columns(): readonly Column<FleetAudit>[] {
    const now = serverNow()
    const when: Column<FleetAudit> = {
      id: 'at',
      head: msg('When'),
      kind: 'fit',
      cell: ({ at }) => formatWhen(at, now)
    }
    const outcome: Column<FleetAudit> = {
      id: 'outcome',
      head: msg('Outcome'),
      kind: 'fit',
      cell: ({ outcome: result }) =>
        html`<ns-status kind=${OUTCOMES[result]}>${outcomeWord(result)}</ns-status>`
    }
    if (this.narrow.on) {
      return [
        {
          id: 'what',
          head: msg('What'),
          cell: ({ at, action, subject, detail, actor }) =>
            html`<span><strong>${actionWords(action)}</strong> ${subject}<br /><span class="muted">${formatWhen(at, now)}, ${actor}. ${detail}</span></span>`
        },
        outcome
      ]
    }
    return [
      when,
      { id: 'actor', head: msg('Who'), kind: 'fit', value: ({ actor }) => actor },
      {
        id: 'action',
        head: msg('What'),
        kind: 'fit',
        value: ({ action }) => action,
        cell: ({ action }) => html`<strong>${actionWords(action)}</strong>`
      },
      { id: 'subject', head: msg('On what'), kind: 'fit', value: ({ subject }) => subject },
      {
        id: 'detail',
        head: msg('Detail'),
        cell: ({ detail }) => detail
      },
      outcome
    ]
  }

  #list(): TemplateResult {
    const { value, failure } = this.entries
    if (failure && !value) return failed(failure, () => this.entries.again())
    if (!value) return html`<ns-empty kind="skeleton" rows="8"></ns-empty>`
    const words = this.words.trim().toLowerCase()
    const rows = value.filter(({ actor, action, subject, detail }) =>
      `${actor} ${actionWords(action)} ${subject} ${detail}`.toLowerCase().includes(words)
    )
    if (rows.length === 0) {
      return html`<ns-empty heading=${msg('No entry')}>${
        words === ''
          ? msg('Every act on this fleet leaves a line here.')
          : msg('None has these words.')
      }</ns-empty>`
    }
    return html`<ns-table
      class="fill"
      label=${msg('Audit trail')}
      .columns=${this.#columns()}
      .rows=${rows}
      .key=${({ at, actor, action, subject }: FleetAudit) => `${at} ${actor} ${action} ${subject}`}
    ></ns-table>`
  }

  override render(): TemplateResult {
    return html`<div class="page-head">
        <div><h1><span>${msg('Audit')}</span></h1></div>
        <div class="acts">
          <ns-field
            type="search"
            label=${msg('Find in the audit trail')}
            label-unseen
            placeholder=${msg('Who, what or on what')}
            value=${this.words}
            @ns-input=${(event: CustomEvent<string>) => {
              this.words = event.detail
            }}
          ></ns-field>
        </div>
      </div>
      ${this.#list()}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'console-audit': ConsoleAudit
  }
}
