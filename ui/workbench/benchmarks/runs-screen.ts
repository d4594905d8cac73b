// W9, the list of benchmarks: what was measured when, what came out best, and the way to a new one.

import { html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { type BenchmarkSummary, runtimeApi } from '../../api/index.ts'
import { type Column, go, Loader, serverNow, shared } from '../../elements/index.ts'
import { formatDuration, formatNumber, formatWhen, msg } from '../../i18n/index.ts'
import { screenStyles } from '../screen.styles.ts'
import { sheetStyles } from '../sheet.styles.ts'
import { EMPTY_STATE, isLive, type WorkbenchState } from '../workbench-state.ts'
import { RUN_STATES } from './benchmark-words.ts'
import { liveRuns } from './live-runs.ts'

/** The list is read so often while the device does not tell of its runs, milliseconds. */
const REFRESH_MS = 3000

const columns = (): readonly Column<BenchmarkSummary>[] => [
  {
    id: 'at',
    head: msg('When'),
    kind: 'fit',
    value: ({ startedAt }) => startedAt,
    cell: ({ startedAt }) => formatWhen(startedAt, serverNow())
  },
  {
    id: 'model',
    head: msg('Model'),
    kind: 'strong',
    value: ({ model, version }) => `${model} ${version}`
  },
  {
    id: 'state',
    head: msg('State'),
    kind: 'fit',
    value: ({ state }) => RUN_STATES[state]()[1],
    cell: ({ state, progress }) => {
      const [shape, word] = RUN_STATES[state]()
      return html`<ns-status kind=${shape} ?strong=${state === 'failed'}
        >${word}${state === 'running' ? ` ${formatNumber(progress * 100)}\u00A0%` : ''}</ns-status
      >`
    }
  },
  {
    id: 'cells',
    wide: true,
    head: msg('Settings'),
    kind: 'number',
    value: ({ cells }) => cells
  },
  {
    id: 'took',
    wide: true,
    head: msg('Took'),
    kind: 'number',
    value: ({ startedAt, endedAt }) => (endedAt === null ? null : endedAt - startedAt),
    cell: ({ startedAt, endedAt }) => (endedAt === null ? '–' : formatDuration(endedAt - startedAt))
  },
  {
    id: 'finding',
    head: msg('What it found'),
    wide: true,
    cell: ({ findings }) => findings[0] ?? '–'
  }
]

@customElement('workbench-benchmark-runs')
export class BenchmarkRunsScreen extends LitElement {
  static override styles = [shared, screenStyles, sheetStyles]
  @property({ attribute: false }) data: WorkbenchState = EMPTY_STATE
  protected readonly runs = new Loader<readonly BenchmarkSummary[]>(this, REFRESH_MS)

  override connectedCallback(): void {
    super.connectedCallback()
    this.runs.load(runtimeApi.benchmarks)
  }

  protected override willUpdate(): void {
    this.runs.follow(isLive(this.data))
  }

  #list(runs: readonly BenchmarkSummary[]): TemplateResult {
    if (runs.length === 0) {
      return html`<ns-empty heading=${msg('Nothing has been measured yet')}>
        ${msg('A benchmark runs a model on every rung, precision and batch size that you choose, and says which setting to take.')}
        <ns-button slot="acts" kind="filled" href="#/benchmarks/new">${msg('Measure a model')}</ns-button></ns-empty
      >`
    }
    return html`<ns-table
      label=${msg('Benchmarks')}
      selectable
      .columns=${columns()}
      .rows=${runs}
      .key=${({ id }: BenchmarkSummary) => id}
      @ns-select=${(event: CustomEvent<BenchmarkSummary>) => go(['benchmarks', event.detail.id])}
    ></ns-table>`
  }

  override render(): TemplateResult {
    const { failure } = this.runs
    const value = this.runs.value && liveRuns(this.runs.value, this.data.benchmarks)
    return html`<div class="page-head">
        <div>
          <h1>${msg('Benchmarks')}</h1>
          <p>${msg('What each rung, precision and batch size gains on this machine')}</p>
        </div>
        <div class="acts"><ns-button kind=${value && value.length > 0 ? 'filled' : 'plain'} href="#/benchmarks/new">${msg('New benchmark')}</ns-button></div>
      </div>
      ${
        value
          ? this.#list(value)
          : failure
            ? html`<ns-empty kind="error" heading=${msg('The benchmarks cannot be read')}>${failure.sentence} <span class="code">${failure.code}</span></ns-empty>`
            : html`<ns-empty kind="skeleton"></ns-empty>`
      }`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-benchmark-runs': BenchmarkRunsScreen
  }
}
