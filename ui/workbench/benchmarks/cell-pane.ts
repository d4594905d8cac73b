// The right pane of a benchmark: the selected setting with its figures, their 95 % intervals and the difference
// to another run, where its time goes, or why it has no figures.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { BenchmarkCell, BenchmarkReport, Measured } from '../../api/index.ts'
import { type Share, shared } from '../../elements/index.ts'
import { formatBytes, formatNumber, msg, str } from '../../i18n/index.ts'
import { screenStyles } from '../screen.styles.ts'
import { EMPTY_STATE, type WorkbenchState } from '../workbench-state.ts'
import { figureOf, latencyLines } from './benchmark-grid.ts'
import { figureWords, instanceWords, intervalWords, settingWords } from './benchmark-words.ts'
import { styles } from './cell-pane.styles.ts'
import { caveats, differenceWords, sameCell } from './compare.ts'
import './use-setting.ts'

const MEGABYTE = 1e6

/** A figure that is a mean over all repeats and has no interval of its own. */
const certain = (value: number | null): Measured | null =>
  value === null ? null : { value, low: value, high: value }

/** Parts of a request's time, largest first. */
export function sharesOf({ shares }: BenchmarkCell): readonly Share[] {
  if (!shares) return []
  const words = {
    queue: msg('Wait for the batch'),
    copy: msg('Copy in and out'),
    compute: msg('Compute'),
    other: msg('Everything else')
  }
  return (['queue', 'copy', 'compute', 'other'] as const)
    .map((part) => ({ label: words[part], value: Math.round(shares[part] * 100) }))
    .toSorted((a, b) => b.value - a.value)
    .map((share, index) => ({ ...share, strong: index === 0 }))
}

interface Shown {
  readonly unit: string
  readonly now: Measured | null
  readonly before: Measured | null
}

@customElement('workbench-benchmark-cell')
export class BenchmarkCellPane extends LitElement {
  static override styles = [shared, screenStyles, styles]
  @property({ attribute: false }) report: BenchmarkReport | undefined
  @property({ attribute: false }) cell: BenchmarkCell | undefined
  /** The run that this one is compared with. */
  @property({ attribute: false }) other: BenchmarkReport | undefined
  @property({ attribute: false }) data: WorkbenchState = EMPTY_STATE

  #figure({ unit, now, before }: Shown): TemplateResult | typeof nothing {
    if (!now) return nothing
    const difference = differenceWords(now, before)
    return html`<div>
      <dt class="second">${unit} ${intervalWords(now)}</dt>
      <dd class="figure ${now.low === null ? 'unsure' : ''}">${figureWords(now.value)}</dd>
      ${difference === '' ? nothing : html`<dd class="second difference">${difference}</dd>`}
    </div>`
  }

  #figures(cell: BenchmarkCell, before: BenchmarkCell | undefined): TemplateResult {
    const energy = (of: BenchmarkCell | undefined): Measured | null =>
      of ? figureOf(of, 'per-joule') : null
    return html`<dl class="figures">
      ${this.#figure({ unit: msg('rows/s'), now: cell.throughput, before: before?.throughput ?? null })}
      ${this.#figure({ unit: msg('ms p95'), now: cell.p95Ms, before: before?.p95Ms ?? null })}
      ${this.#figure({ unit: msg('ms p50'), now: cell.p50Ms, before: before?.p50Ms ?? null })}
      ${this.#figure({ unit: msg('ms p99'), now: cell.p99Ms, before: before?.p99Ms ?? null })}
      ${this.#figure({ unit: 'W', now: certain(cell.powerW), before: certain(before?.powerW ?? null) })}
      ${this.#figure({ unit: msg('rows/J'), now: energy(cell), before: energy(before) })}
    </dl>`
  }

  /** What the figures rest on. */
  #facts(cell: BenchmarkCell): TemplateResult {
    const memory = (megabytes: number | null): string =>
      megabytes === null ? '' : formatBytes(megabytes * MEGABYTE)
    const facts = [
      [msg('Line-up'), instanceWords(cell.setting)],
      [msg('Repeats'), formatNumber(cell.repeats)],
      [msg('Memory'), memory(cell.memoryMb)],
      [msg('GPU memory'), memory(cell.gpuMemoryMb)],
      [
        msg('Energy for 1,000 rows'),
        cell.joulesPer1000 === null ? '' : `${figureWords(cell.joulesPer1000)}\u00A0J`
      ]
    ].filter(([, value]) => value !== '')
    return html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
  }

  #goal(cell: BenchmarkCell): TemplateResult | typeof nothing {
    const goal = this.report?.latencyGoalMs
    if (!cell.p95Ms || goal === undefined) return nothing
    const misses = cell.p95Ms.value > goal
    return html`<p class="goal">
      <ns-status kind=${misses ? 'warning' : 'done'}
        >${misses ? msg(str`Slower than the goal of ${figureWords(goal)} ms`) : msg(str`Within the goal of ${figureWords(goal)} ms`)}</ns-status
      >
    </p>`
  }

  #shares(cell: BenchmarkCell): TemplateResult | typeof nothing {
    const shares = sharesOf(cell)
    const [most] = shares
    if (!most) return nothing
    return html`<section>
      <h3>${msg('Where the time of a batch goes')}</h3>
      <p class="muted">${msg(str`${most.label} takes most, ${most.value} %.`)}</p>
      <ns-share-bar unit="%" .shares=${shares}></ns-share-bar>
    </section>`
  }

  #latency(report: BenchmarkReport): TemplateResult | typeof nothing {
    const lines = latencyLines(report)
    if (lines.length === 0) return nothing
    const goal = msg(str`goal ${figureWords(report.latencyGoalMs)} ms`)
    return html`<section>
      <h3>${msg('p95 in ms by rows per second')}<span>${msg('one dot a batch size')}</span></h3>
      <ns-dot-lines
        .lines=${lines}
        .goal=${report.latencyGoalMs}
        goal-words=${goal}
        selected=${this.cell?.id ?? ''}
        label=${msg(str`95th percentile by throughput for ${lines.map(({ label }) => label).join('; ')}. The numbers are in the grid and its table.`)}
      ></ns-dot-lines>
    </section>`
  }

  #compared(): TemplateResult | typeof nothing {
    const { report, other, cell } = this
    if (!report || !other || !cell) return nothing
    const words = caveats(report, other)
    const missing = sameCell(other, cell)
      ? ''
      : msg('The other run has no figures for this setting.')
    return html`${[...words, missing].filter(Boolean).map((sentence) => html`<p class="caveat"><ns-status kind="check">${sentence}</ns-status></p>`)}`
  }

  override render(): TemplateResult {
    const { report, cell } = this
    if (!report || !cell) return html``
    const measured = cell.throughput !== null
    return html`<section>
        <h2>${settingWords(cell.setting)}</h2>
        ${cell.id === report.best ? html`<p class="muted">${msg('The best setting within the goal.')}</p>` : nothing}
        ${measured ? this.#figures(cell, sameCell(this.other, cell)) : html`<p class="why">${cell.sentence}</p>`}
        ${measured && cell.repeats < 3 ? html`<p class="muted">${msg('Fewer than 3 repeats: no interval, so do not rely on it.')}</p>` : nothing}
        ${measured && cell.sentence !== '' ? html`<p class="muted">${cell.sentence}</p>` : nothing}
        ${this.#goal(cell)} ${measured ? this.#compared() : nothing}
        <workbench-use-setting
          .report=${report}
          .cell=${cell}
          .device=${this.data.device}
          .models=${this.data.models}
          with=${this.other?.id ?? ''}
        ></workbench-use-setting>
      </section>
      ${this.#shares(cell)}
      ${measured ? html`<section><h3>${msg('What it took')}</h3>${this.#facts(cell)}</section>` : nothing}
      ${this.#latency(report)}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-benchmark-cell': BenchmarkCellPane
  }
}
