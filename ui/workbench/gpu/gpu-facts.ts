// One GPU now: what holds it back, its figures, and the processes on it. A figure that the hardware does not
// give is a dash.

import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { GpuReading } from '../../api/index.ts'
import { type Column, shared } from '../../elements/index.ts'
import { formatBytes, formatNumber, formatValue, msg, str } from '../../i18n/index.ts'
import { gpuProblems, throttleWords, xidWords } from '../../words/index.ts'
import { screenStyles } from '../screen.styles.ts'
import { sheetStyles } from '../sheet.styles.ts'
import { eccWords, gaugesOf, linkWords } from './gpu-words.ts'

type Process = GpuReading['processes'][number]

const STALE_MS = 5000
const MEGABYTE = 1e6

const processColumns = (): readonly Column<Process>[] => [
  {
    id: 'model',
    head: msg('Model'),
    kind: 'strong',
    value: ({ model }) => model,
    cell: ({ model }) => model ?? html`<span class="muted">${msg('another program')}</span>`
  },
  {
    id: 'pid',
    head: msg('Process'),
    kind: 'number',
    value: ({ pid }) => pid,
    cell: ({ pid }) => String(pid)
  },
  {
    id: 'memory',
    head: msg('Memory'),
    kind: 'number',
    value: ({ memoryMb }) => memoryMb,
    cell: ({ memoryMb }) => (memoryMb === null ? '–' : formatBytes(memoryMb * MEGABYTE))
  }
]

@customElement('workbench-gpu-facts')
export class GpuFacts extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    sheetStyles,
    css`
      .note + .note {
        padding-top: 0;
      }
      .gauges {
        grid-template-columns: repeat(auto-fit, minmax(116px, 1fr));
        gap: 12px 16px;
        padding-top: 4px;
      }
      @media (900px <= width < 1100px) {
        .gauges {
          grid-template-columns: repeat(3, minmax(0, 1fr));
        }
      }
      .gauges dd {
        white-space: nowrap;
      }
      .gauges dt {
        display: flex;
        justify-content: space-between;
        gap: 8px;
        white-space: nowrap;
      }
      .meter {
        height: 4px;
        margin-top: 4px;
        background: var(--ns-band);
        forced-color-adjust: none;
      }
      .meter i {
        display: block;
        height: 100%;
        background: var(--ns-slate-6);
      }
      .ruled {
        border-top: 1px solid var(--ns-rule);
      }
    `
  ]
  @property({ attribute: false }) gpu: GpuReading | undefined

  /** What needs a look comes before the figures; without it one quiet line. */
  #problems(gpu: GpuReading): TemplateResult {
    const problems = gpuProblems(gpu)
    return problems.length === 0
      ? html`<p class="note"><ns-status kind="normal">${throttleWords(gpu)}</ns-status></p>`
      : html`${problems.map((sentence) => html`<p class="note"><ns-status kind="warning" strong>${sentence}</ns-status></p>`)}`
  }

  #gauges(gpu: GpuReading): TemplateResult {
    return html`<dl class="gauges">
      ${gaugesOf(gpu).map(
        ({ label, value, of, share }) => html`<div>
          <dt><span>${label}</span><span>${of}</span></dt>
          <dd class="figure">${value}</dd>
          ${share === null ? nothing : html`<dd class="meter" aria-hidden="true"><i style="width:${share * 100}%"></i></dd>`}
        </div>`
      )}
    </dl>`
  }

  #facts(gpu: GpuReading): TemplateResult {
    const facts: readonly (readonly [string, string])[] = [
      [msg('Memory traffic'), formatValue(gpu.memoryLoad, '%')],
      [msg('Memory temperature'), formatValue(gpu.memoryTemperatureC, '°C')],
      [msg('Memory clock'), formatValue(gpu.memoryClockMhz, 'MHz')],
      [msg('Fan'), formatValue(gpu.fanPercent, '%')],
      [msg('Link'), linkWords(gpu)],
      [msg('Memory errors'), eccWords(gpu)],
      [msg('Last error of the driver'), xidWords(gpu) || msg('none')],
      [msg('Power mode'), gpu.powerMode ?? '–'],
      [msg('Driver'), gpu.driver ?? '–'],
      [msg('Read from'), gpu.source]
    ]
    const known = facts.filter(([, value]) => value !== '–')
    return html`<dl>${known.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
  }

  override render(): TemplateResult | typeof nothing {
    const { gpu } = this
    if (!gpu) return nothing
    const { processes } = gpu
    return html`<div class="section-head">
        <h2>${msg('GPU')} ${gpu.index}: ${gpu.name}</h2>
        <span><ns-age .at=${gpu.at} stale-after=${STALE_MS}></ns-age></span>
      </div>
      ${this.#problems(gpu)} ${this.#gauges(gpu)}
      <slot name="history"></slot>
      <h3 class="ruled">${msg('More figures')}</h3>
      ${this.#facts(gpu)}
      ${gpu.unifiedMemory ? html`<p class="note muted">${msg('Its memory is that of the processor.')}</p>` : nothing}
      <h3>${msg('Processes on it')}</h3>
      ${
        processes.length === 0
          ? html`<p class="note muted">${msg('None.')}</p>`
          : html`<ns-table
            label=${msg(str`Processes on GPU ${formatNumber(gpu.index)}`)}
            .columns=${processColumns()}
            .rows=${processes}
            .key=${({ pid }: Process) => String(pid)}
          ></ns-table>`
      }`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-gpu-facts': GpuFacts
  }
}
