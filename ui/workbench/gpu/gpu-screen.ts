// W10, the GPUs: all of them in a list when there are several, one with figures and history, and at the right
// what holds the models back; on a narrow window that comes first. Without a GPU it says so and shows the processor.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { repeat } from 'lit/directives/repeat.js'
import { deviceApi, type GpuOverview, type GpuReading } from '../../api/index.ts'
import { type Column, go, Loader, Narrow, shared } from '../../elements/index.ts'
import { formatCount, formatNumber, formatValue, msg } from '../../i18n/index.ts'
import { gpuProblems, memoryWords } from '../../words/index.ts'
import { paneStyles } from '../pane.styles.ts'
import { screenStyles } from '../screen.styles.ts'
import { EMPTY_STATE, type WorkbenchState } from '../workbench-state.ts'
import './advice-panel.ts'
import './gpu-facts.ts'
import { styles } from './gpu-screen.styles.ts'
import { cpuSeries, seriesOf } from './gpu-words.ts'
import './history-charts.ts'

const ASK_MS = 5000

/** Below this width, px, the columns stand one below the other: see pane.styles.ts. */
const ONE_COLUMN = 900

const columns = (): readonly Column<GpuReading>[] => [
  { id: 'index', head: 'GPU', kind: 'fit', value: ({ index }) => index },
  {
    id: 'name',
    wide: true,
    head: msg('Name'),
    kind: 'cut',
    value: ({ name }) => name,
    cell: ({ name }) => html`<span title=${name}>${name}</span>`
  },
  {
    id: 'state',
    head: msg('State'),
    kind: 'fit',
    value: (gpu) => gpuProblems(gpu).length,
    cell: (gpu) => {
      const [problem] = gpuProblems(gpu)
      return problem
        ? html`<ns-status kind="warning" strong title=${problem}>${msg('Look')}</ns-status>`
        : html`<ns-status kind="normal">${msg('Normal')}</ns-status>`
    }
  },
  {
    id: 'load',
    head: msg('Busy'),
    kind: 'number',
    value: ({ load }) => load,
    cell: ({ load }) => formatValue(load, '%')
  },
  {
    id: 'memory',
    head: msg('Memory'),
    kind: 'number',
    value: ({ memoryUsedMb }) => memoryUsedMb,
    cell: ({ memoryUsedMb }) => memoryWords({ memoryUsedMb, memoryTotalMb: null })
  },
  {
    id: 'temperature',
    head: msg('Temp.'),
    kind: 'number',
    value: ({ temperatureC }) => temperatureC,
    cell: ({ temperatureC }) => formatValue(temperatureC, '°C')
  },
  {
    id: 'power',
    wide: true,
    head: msg('Power'),
    kind: 'number',
    value: ({ powerW }) => powerW,
    cell: ({ powerW }) => formatValue(powerW, 'W')
  }
]

@customElement('workbench-gpu')
export class GpuScreen extends LitElement {
  static override styles = [shared, screenStyles, paneStyles, styles]
  @property({ attribute: false }) data: WorkbenchState = EMPTY_STATE
  /** Number of the GPU that is shown, from the address. */
  @property() chosen = ''

  protected readonly narrow = new Narrow(this, ONE_COLUMN)
  /** Whoever asks for the GPUs has them read every second for a while: this screen keeps asking. */
  protected readonly asked = new Loader<GpuOverview>(this, ASK_MS)

  #live: GpuOverview | null = null
  #answer: GpuOverview | undefined
  /** What came last, by the stream or as an answer; a machine without GPUs sends no events of them. */
  #newest: GpuOverview | null = null

  override connectedCallback(): void {
    super.connectedCallback()
    this.asked.load(deviceApi.gpus)
  }

  protected override willUpdate(): void {
    const [live, answer] = [this.data.gpus, this.asked.value]
    if (live && live !== this.#live) this.#newest = live
    else if (answer && answer !== this.#answer) this.#newest = answer
    this.#live = live
    this.#answer = answer
  }

  #all(gpus: readonly GpuReading[], chosen: GpuReading): TemplateResult | typeof nothing {
    if (gpus.length < 2) return nothing
    return html`<ns-table
      label=${msg('All GPUs')}
      selectable
      .columns=${columns()}
      .rows=${gpus}
      .key=${({ index }: GpuReading) => String(index)}
      selected=${String(chosen.index)}
      @ns-select=${(event: CustomEvent<GpuReading>) => go(['gpu', String(event.detail.index)], {}, true)}
    ></ns-table>`
  }

  #gpus({ gpus }: GpuOverview): TemplateResult {
    const gpu = gpus.find(({ index }) => String(index) === this.chosen) ?? gpus[0]
    if (!gpu) return html``
    return html`${this.#all(gpus, gpu)}
      <workbench-gpu-facts .gpu=${gpu}>
        <workbench-history
          slot="history"
          heading=${msg('History')}
          .series=${seriesOf(this.data.series, gpu.index)}
        ></workbench-history>
      </workbench-gpu-facts>`
  }

  #cpu({ sentence }: GpuOverview): TemplateResult {
    const { device } = this.data
    return html`<ns-empty heading=${msg('No GPU')}>${sentence}</ns-empty>
      <div class="section-head">
        <h2>${msg('Processor')}</h2>
        <span>${device ? `${device.cpu}, ${formatNumber(device.cores)} ${msg('cores')}` : ''}</span>
      </div>
      <workbench-history heading=${msg('History')} .series=${cpuSeries(this.data.series)}></workbench-history>`
  }

  #content(): TemplateResult {
    const gpus = this.#newest
    const { failure } = this.asked
    if (!gpus) {
      return failure
        ? html`<ns-empty kind="error" heading=${msg('The GPUs cannot be read')}
          >${failure.sentence} <span class="code">${failure.code}</span></ns-empty
        >`
        : html`<ns-empty kind="skeleton"></ns-empty>`
    }
    return gpus.gpus.length === 0 ? this.#cpu(gpus) : this.#gpus(gpus)
  }

  /** How many there are and whether all is well; on a narrow window what is wrong with the only one is far below. */
  #counts(): TemplateResult | string {
    const gpus = this.#newest?.gpus
    if (!gpus) return ''
    if (gpus.length === 0) return msg('Models run on the processor')
    const count = formatCount(gpus.length, msg('GPU'), msg('GPUs'))
    const problems = gpus.map(gpuProblems).filter(({ length }) => length > 0)
    if (problems.length === 0) return `${count}, ${msg('all normal')}`
    const [only = []] = this.narrow.on && gpus.length === 1 ? problems : []
    const words = only.join(' ') || `${count}, ${problems.length} ${msg('to look at')}`
    return html`<ns-status kind="warning" strong>${words}</ns-status>`
  }

  /** As they are seen so they are read: what to do stands before the charts where only one of them fits. */
  #columns() {
    const parts = ['main', 'advice'] as const
    const seen = this.narrow.on ? parts.toReversed() : parts
    return repeat(
      seen,
      (part) => part,
      (part) =>
        part === 'main'
          ? html`<div class="main">${this.#content()}</div>`
          : html`<workbench-advice
            role="region"
            aria-label=${msg('What holds the models back')}
            .data=${this.data}
            .few=${this.narrow.on ? 1 : 6}
          ></workbench-advice>`
    )
  }

  override render(): TemplateResult {
    return html`<div class="page-head">
        <div>
          <h1>${msg('GPU')}</h1>
          <p>${this.#counts()}</p>
        </div>
        <div class="acts"><ns-button href="#/benchmarks/new">${msg('Measure a model')}</ns-button></div>
      </div>
      <div class="columns">${this.#columns()}</div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-gpu': GpuScreen
  }
}
