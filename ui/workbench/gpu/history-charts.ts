// The past of a few series as charts with one cursor: the last charts' times stand for all. What was stored is
// read when the range changes; live values are added as they come.

import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { deviceApi, type SeriesReading } from '../../api/index.ts'
import { type ChartPoint, shared } from '../../elements/index.ts'
import { msg } from '../../i18n/index.ts'
import { grownPoints } from './live-points.ts'

const RANGES = [
  { id: '15', label: '15 min' },
  { id: '480', label: '8 h' },
  { id: '10080', label: '7 d' }
] as const

@customElement('workbench-history')
export class HistoryCharts extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      .over {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 12px;
        padding: 8px var(--ns-pad);
      }
      h2 {
        font: 600 var(--ns-body);
      }
      .charts {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr));
        gap: 12px 24px;
        padding: 0 var(--ns-pad) 12px;
      }
      ns-time-series {
        height: 172px;
      }
      ns-time-series[table] {
        height: auto;
      }
    `
  ]
  @property({ attribute: false }) series: readonly SeriesReading[] = []
  @property() heading = ''
  @state() private minutes = 15
  @state() private points: ReadonlyMap<string, readonly ChartPoint[]> = new Map()
  #read = ''

  protected override willUpdate(changed: PropertyValues): void {
    const wanted = `${this.minutes} ${this.series.map(({ name }) => name).join()}`
    if (wanted !== this.#read) {
      this.#read = wanted
      void this.#load(wanted)
    } else if (changed.has('series')) {
      this.points = grownPoints(this.points, this.series, this.minutes * 60_000)
    }
  }

  /** Reads every series; one that cannot be read keeps its live values. */
  async #load(wanted: string): Promise<void> {
    const read = await Promise.all(
      this.series.map(async ({ name }) => {
        const past = await deviceApi.history(name, this.minutes).catch(() => undefined)
        return [name, past?.points ?? []] as const
      })
    )
    if (wanted === this.#read) this.points = new Map(read)
  }

  override render(): TemplateResult {
    return html`<div class="over">
        <h2>${this.heading}</h2>
        <ns-tabs
          switch
          label=${msg('Range')}
          .tabs=${RANGES}
          selected=${String(this.minutes)}
          @ns-select=${(event: CustomEvent<string>) => {
            this.minutes = Number(event.detail)
          }}
        ></ns-tabs>
      </div>
      <div class="charts">
        ${this.series.map(
          ({ name, title, unit, decimals }) => html`<ns-time-series
            sync="gpu"
            heading=${title}
            unit=${unit}
            .decimals=${decimals}
            .points=${this.points.get(name) ?? []}
          ></ns-time-series>`
        )}
      </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-history': HistoryCharts
  }
}
