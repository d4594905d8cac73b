// W9, one benchmark: the grid of rung and precision by batch size, the best of each place with whiskers, and
// the selected setting at the right; comparison with another run, report and data as files.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { type BenchmarkReport, type BenchmarkSummary, runtimeApi } from '../../api/index.ts'
import { go, Loader, serverNow, shared, showFailure } from '../../elements/index.ts'
import { formatDuration, formatNumber, formatWhen, keepUnits, msg, str } from '../../i18n/index.ts'
import { gpuNames } from '../../words/index.ts'
import { paneStyles } from '../pane.styles.ts'
import { screenStyles } from '../screen.styles.ts'
import { EMPTY_STATE, isLive, type WorkbenchState } from '../workbench-state.ts'
import {
  barsSentence,
  firstCell,
  gridOf,
  gridSentence,
  type Measure,
  measureHead,
  measuresOf,
  measureWord,
  speedUpBars,
  throughputBars
} from './benchmark-grid.ts'
import { RUN_STATES } from './benchmark-words.ts'
import '../../elements/bench-charts/index.ts'
import './cell-pane.ts'
import { cellColumns } from './cell-columns.ts'
import { styles } from './run-screen.styles.ts'

/** A run that goes on is read so often while the device does not tell of it, milliseconds. */
const REFRESH_MS = 1500

@customElement('workbench-benchmark-run')
export class BenchmarkRunScreen extends LitElement {
  static override styles = [shared, screenStyles, paneStyles, styles]
  @property({ attribute: false }) data: WorkbenchState = EMPTY_STATE
  @property({ attribute: 'run-id' }) runId = ''
  /** Id of the run to compare with, and of the selected setting: both from the address. */
  @property({ attribute: 'with' }) with = ''
  @property() chosen = ''
  @state() private measure: Measure = 'throughput'
  @state() private table = false
  @state() private speedUp = false
  @state() private deleting = false
  protected readonly run = new Loader<BenchmarkReport>(this, REFRESH_MS)
  protected readonly other = new Loader<BenchmarkReport | undefined>(this)
  protected readonly runs = new Loader<readonly BenchmarkSummary[]>(this)

  #told: BenchmarkSummary | null | undefined

  protected override willUpdate(changed: Map<string, unknown>): void {
    const told = this.data.benchmarks.get(this.runId)
    if (changed.has('runId')) {
      this.run.load(() => this.#read(), true)
      this.runs.load(runtimeApi.benchmarks)
    } else if (told && told !== this.#told) this.run.again()
    this.#told = told
    this.run.follow(isLive(this.data))
    if (changed.has('with')) {
      const id = this.with
      this.other.load(
        () => (id === '' ? Promise.resolve(undefined) : runtimeApi.benchmark(id)),
        true
      )
    }
  }

  /** A run that has ended does not change any more. */
  #read(): Promise<BenchmarkReport> {
    const known = this.run.value
    return known && known.id === this.runId && known.state !== 'running'
      ? Promise.resolve(known)
      : runtimeApi.benchmark(this.runId)
  }

  #go(query: { with?: string; cell?: string }): void {
    go(['benchmarks', this.runId], { with: this.with, cell: this.chosen, ...query }, true)
  }

  async #delete(running: boolean): Promise<void> {
    this.deleting = false
    try {
      await runtimeApi.deleteBenchmark(this.runId)
      if (running) this.run.again()
      else go(['benchmarks'])
    } catch (error) {
      showFailure(error)
    }
  }

  #compare(report: BenchmarkReport): TemplateResult | typeof nothing {
    const others = (this.runs.value ?? []).filter(
      ({ id, state }) => id !== report.id && state === 'done'
    )
    if (others.length === 0) return nothing
    const now = serverNow()
    return html`<ns-field
      class="compare"
      label=${msg('Compare with')}
      label-unseen
      type="select"
      .value=${this.with}
      .choices=${[
        { value: '', label: msg('Compare with …') },
        ...others.map(({ id, model, version, startedAt }) => ({
          value: id,
          label: [
            msg('Compare with'),
            ...(model === report.model ? [] : [model]),
            `${version}, ${formatWhen(startedAt, now)}`
          ].join(' ')
        }))
      ]}
      @ns-change=${(event: CustomEvent<string>) => this.#go({ with: event.detail })}
    ></ns-field>`
  }

  #acts(report: BenchmarkReport): TemplateResult {
    const running = report.state === 'running'
    return html`<div class="acts">
      ${this.#compare(report)}
      <ns-button
        href=${runtimeApi.benchmarkUrl(report.id, 'html', this.with)}
        download=${`benchmark-${report.model}-${report.id}.html`}
        >${msg('Report as HTML')}</ns-button
      >
      <ns-button
        kind="quiet"
        href=${runtimeApi.benchmarkUrl(report.id, 'json')}
        download=${`benchmark-${report.model}-${report.id}.json`}
        >JSON</ns-button
      >
      ${
        running
          ? html`<ns-button kind="destructive" @click=${() => void this.#delete(true)}>${msg('Stop the run')}</ns-button>`
          : html`<ns-button
                kind="quiet"
                @click=${() => {
                  this.deleting = true
                }}
                >${msg('Delete')}</ns-button
              >
              <ns-button kind="filled" href=${`#/benchmarks/new?from=${encodeURIComponent(report.id)}`}>${msg('Measure again')}</ns-button>`
      }
    </div>`
  }

  #head(report: BenchmarkReport): TemplateResult {
    const [shape, word] = RUN_STATES[report.state]()
    const repeats = Math.max(0, ...report.cells.map((cell) => cell.repeats))
    const facts = [
      formatWhen(report.startedAt, serverNow()),
      report.endedAt === null ? '' : formatDuration(report.endedAt - report.startedAt),
      gpuNames(report.machine.gpus) || report.machine.cpu,
      report.shape,
      repeats === 0 ? '' : msg(str`${formatNumber(repeats)} repeats`)
    ]
    const words = facts.filter(Boolean).join(', ')
    return html`<div class="page-head">
      <div>
        <h1>${report.model} ${report.version}</h1>
        <p class="under"><ns-status kind=${shape} ?strong=${report.state === 'failed'}>${word}</ns-status><span class="cut" title=${words}>${words}</span></p>
      </div>
      ${this.#acts(report)}
    </div>`
  }

  #progress(report: BenchmarkReport): TemplateResult | typeof nothing {
    if (report.state !== 'running') return nothing
    const measured = report.cells.filter(({ repeats }) => repeats > 0).length
    const elapsed = serverNow() - report.startedAt
    const left =
      report.progress > 0.05
        ? msg(
            str`about ${formatDuration((elapsed / report.progress) * (1 - report.progress))} left`
          )
        : ''
    return html`<div class="progress">
      <ns-progress
        .done=${Math.round(report.progress * 100)}
        .total=${100}
        label=${msg('The benchmark')}
        start=${msg(str`${formatNumber(measured)} of ${formatNumber(report.cells.length)} settings measured`)}
        end=${left}
      ></ns-progress>
    </div>`
  }

  #grid(report: BenchmarkReport, chosen: string): TemplateResult {
    const measures = measuresOf(report)
    const measure = measures.includes(this.measure) ? this.measure : 'throughput'
    const { columns, rows } = gridOf(report, measure)
    return html`<section class="grid">
      <div class="over">
        <h2>${measureHead(measure)}</h2>
        <ns-tabs
          switch
          label=${msg('What the grid shows')}
          .tabs=${measures.map((id) => ({ id, label: measureWord(id) }))}
          selected=${measure}
          @ns-select=${(event: CustomEvent<Measure>) => {
            this.measure = event.detail
          }}
        ></ns-tabs>
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
            label=${msg('All settings')}
            selectable
            .columns=${cellColumns()}
            .rows=${report.cells}
            .key=${({ id }: BenchmarkReport['cells'][number]) => id}
            selected=${chosen}
            @ns-select=${(event: CustomEvent<BenchmarkReport['cells'][number]>) => this.#go({ cell: event.detail.id })}
          ></ns-table>`
          : html`<ns-heat-grid
            label=${gridSentence(report, measure)}
            row-head=${msg('rung, precision')}
            column-head=${msg('batch size')}
            .columns=${columns.map(String)}
            .rows=${rows}
            selected=${chosen}
            @ns-select=${(event: CustomEvent<string>) => this.#go({ cell: event.detail })}
          ></ns-heat-grid>`
      }
      <p class="sentence">${gridSentence(report, measure)}</p>
    </section>`
  }

  #bars(report: BenchmarkReport): TemplateResult | typeof nothing {
    const bars = this.speedUp ? speedUpBars(report) : throughputBars(report)
    if (bars.length === 0) return nothing
    return html`<section class="bars">
      <div class="over">
        <h2>${this.speedUp ? msg('Speed-up, times') : msg('Best of each, rows per second')}<span>${msg('with 95 % confidence')}</span></h2>
        <ns-tabs
          switch
          label=${msg('What the bars show')}
          .tabs=${[
            { id: 'rate', label: msg('Throughput') },
            { id: 'speed-up', label: msg('Speed-up') }
          ]}
          selected=${this.speedUp ? 'speed-up' : 'rate'}
          @ns-select=${(event: CustomEvent<string>) => {
            this.speedUp = event.detail === 'speed-up'
          }}
        ></ns-tabs>
      </div>
      <ns-bars axis .bars=${bars}></ns-bars>
      <p class="sentence">${barsSentence(report, this.speedUp)}</p>
    </section>`
  }

  #findings({ findings }: BenchmarkReport): TemplateResult | typeof nothing {
    if (findings.length === 0) return nothing
    return html`<ul class="findings">${findings.map((sentence) => html`<li>${keepUnits(sentence)}</li>`)}</ul>`
  }

  #question(report: BenchmarkReport): TemplateResult {
    return html`<ns-dialog
      heading=${msg('Delete this run?')}
      ?open=${this.deleting}
      @ns-close=${() => {
        this.deleting = false
      }}
    >
      <p>${msg(str`Its ${report.cells.length} settings and their figures are gone then. Save the report first if you need them.`)}</p>
      <ns-button
        slot="acts"
        @click=${() => {
          this.deleting = false
        }}
        >${msg('Keep it')}</ns-button
      >
      <ns-button slot="acts" kind="destroy" @click=${() => void this.#delete(false)}>${msg('Delete the run')}</ns-button>
    </ns-dialog>`
  }

  #content(report: BenchmarkReport): TemplateResult {
    const cell = report.cells.find(({ id }) => id === this.chosen) ?? firstCell(report)
    if (!cell) {
      return html`<ns-empty heading=${msg('This run has no settings')}
        >${report.findings.join(' ') || msg('It ended before anything was measured; its reason is in the log of the device.')}</ns-empty
      >`
    }
    return html`<div class="columns">
      <div class="main">
        ${this.#findings(report)} ${this.#grid(report, cell.id)} ${this.#bars(report)}
      </div>
      <workbench-benchmark-cell tabindex="0" role="region" aria-label=${msg('The selected setting')} .report=${report} .cell=${cell} .other=${this.other.value} .data=${this.data}></workbench-benchmark-cell>
    </div>`
  }

  override render(): TemplateResult {
    const { value, failure } = this.run
    if (!value) {
      return failure
        ? html`<ns-empty kind="error" heading=${msg('The run cannot be read')}
          >${failure.sentence} <span class="code">${failure.code}</span
          ><ns-button slot="acts" href="#/benchmarks">${msg('All runs')}</ns-button></ns-empty
        >`
        : html`<ns-empty kind="skeleton"></ns-empty>`
    }
    return html`${this.#head(value)} ${this.#progress(value)}
      ${failure ? html`<p class="old" role="status"><ns-status kind="stale">${msg('Not up to date')}: ${failure.sentence}</ns-status></p>` : nothing}
      ${this.#content(value)} ${this.#question(value)}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-benchmark-run': BenchmarkRunScreen
  }
}
