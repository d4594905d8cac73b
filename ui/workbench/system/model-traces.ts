// The last batches of a model: a column for each with computing and waiting, and the same as a table with size, waiting,
// computing, what was expected, and why the batch was closed.

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { type BatchTrace, runtimeApi } from '../../api/index.ts'
import '../../elements/bench-charts/index.ts'
import { type Column, Loader, shared } from '../../elements/index.ts'
import { formatClockSeconds, formatNumber, msg } from '../../i18n/index.ts'
import { rungWord } from '../../words/index.ts'
import { screenStyles } from '../screen.styles.ts'
import { sheetStyles } from '../sheet.styles.ts'
import { reasonWords, stacksOf, tracesSentence } from './model-words.ts'

const REFRESH_MS = 2000
/** Batches that are drawn; the table has all that came. */
const DRAWN = 40

const ms = (
  id: string,
  head: string,
  value: (trace: BatchTrace) => number | null
): Column<BatchTrace> => ({
  id,
  head,
  kind: 'number',
  value,
  cell: (trace) => formatNumber(value(trace), 1)
})

const count = (
  id: string,
  head: string,
  value: (trace: BatchTrace) => number
): Column<BatchTrace> => ({
  id,
  head,
  kind: 'number',
  value,
  cell: (trace) => formatNumber(value(trace))
})

const columns = (): readonly Column<BatchTrace>[] => [
  {
    id: 'at',
    head: msg('At'),
    kind: 'fit',
    value: ({ at }) => at,
    cell: ({ at }) => formatClockSeconds(at)
  },
  count('requests', msg('Requests'), ({ requests }) => requests),
  count('rows', msg('Rows'), ({ rows }) => rows),
  ms('wait', msg('Waited, ms'), ({ queueMaxMs }) => queueMaxMs),
  ms('compute', msg('Computed, ms'), ({ computeMs }) => computeMs),
  ms('predicted', msg('Expected, ms'), ({ predictedMs }) => predictedMs),
  { id: 'bucket', head: msg('Shape'), kind: 'code', value: ({ bucket }) => bucket },
  { id: 'reason', head: msg('Closed because'), value: reasonWords },
  {
    id: 'rung',
    head: msg('Ran on'),
    kind: 'fit',
    value: ({ rung }) => rung,
    cell: ({ rung, instance }) => `${rungWord(rung)}, ${instance}`
  }
]

@customElement('workbench-traces')
export class ModelTraces extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    sheetStyles,
    css`
      .over {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 4px 12px;
        padding: 4px var(--ns-pad);
      }
      ns-stacks {
        margin: 4px var(--ns-pad) 12px;
      }
      ns-table {
        max-height: 320px;
      }
    `
  ]
  @property() model = ''
  @state() private table = false
  protected readonly traces = new Loader<readonly BatchTrace[]>(this, REFRESH_MS)

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { model } = this
    if (changed.has('model') && model !== '') this.traces.load(() => runtimeApi.traces(model), true)
  }

  #batches(traces: readonly BatchTrace[]): TemplateResult {
    if (traces.length === 0) {
      return html`<p class="note muted">${tracesSentence(traces)}</p>`
    }
    return html`<div class="over">
        <p class="muted">${tracesSentence(traces)}</p>
        <ns-button
          kind="quiet"
          pressed=${this.table ? 'true' : 'false'}
          @click=${() => {
            this.table = !this.table
          }}
          >${msg('Table')}</ns-button
        >
      </div>
      ${
        this.table
          ? html`<ns-table
            label=${msg('The last batches')}
            .columns=${columns()}
            .rows=${traces}
            .key=${({ at, instance }: BatchTrace) => `${at} ${instance}`}
          ></ns-table>`
          : html`<ns-stacks
            .stacks=${stacksOf(traces.slice(0, DRAWN))}
            unit="ms"
            base-words=${msg('computed')}
            top-words=${msg('waited; above, rows')}
            label=${tracesSentence(traces)}
          ></ns-stacks>`
      }`
  }

  override render(): TemplateResult {
    const { value, failure } = this.traces
    return html`<h3>${msg('The last batches, newest at the right')}</h3>
      ${value ? this.#batches(value) : nothing}
      ${failure ? html`<p class="note"><ns-status kind="stale">${failure.sentence}</ns-status></p>` : nothing}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-traces': ModelTraces
  }
}
