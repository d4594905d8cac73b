// K4, an analysis by touch: each kind runs on a small sample of its own; what runs shows its progress and
// can be stopped. Files of one's own are dropped in the workbench, which has a keyboard and a mouse.

import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { type AnalysisDescription, deviceApi, type Job } from '../../api/index.ts'
import { type StatusShape, shared, showFailure } from '../../elements/index.ts'
import { formatBytes, formatCount, formatNumber, formatRemaining, msg } from '../../i18n/index.ts'
import { type DeviceState, EMPTY_STATE } from '../device-state.ts'
import { Loader } from '../loader.ts'
import { screenStyles } from '../screen.styles.ts'

const STATES: Readonly<Record<Job['state'], readonly [StatusShape, () => string]>> = {
  waiting: ['waiting', () => msg('Waiting')],
  running: ['running', () => msg('Running')],
  paused: ['paused', () => msg('Paused')],
  done: ['done', () => msg('Done')],
  failed: ['failed', () => msg('Failed')],
  cancelled: ['off', () => msg('Cancelled')]
}

const isOpen = ({ state }: Job): boolean => ['waiting', 'running', 'paused'].includes(state)

/** Follows jobs by the picture of the device; only the kinds of analysis are read here. */
@customElement('kiosk-run')
export class KioskRun extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    css`
      .acts {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        margin-top: 8px;
      }
      ns-progress {
        margin: 8px 0;
      }
    `
  ]
  @property({ attribute: false }) data: DeviceState = EMPTY_STATE
  @state() private starting = ''
  protected readonly analyses = new Loader<AnalysisDescription[]>(this)

  override connectedCallback(): void {
    super.connectedCallback()
    this.analyses.load(deviceApi.analyses)
  }

  /** Any act that can be refused; the refusal is shown in the device's words. */
  async #try(act: () => Promise<unknown>): Promise<void> {
    try {
      await act()
    } catch (error) {
      showFailure(error)
    }
    this.starting = ''
  }

  #start({ kind }: AnalysisDescription, sample: string): void {
    this.starting = sample
    void this.#try(() => deviceApi.startJob({ kind, sample, options: {} }))
  }

  /** A kind of analysis with a button for each of its samples. */
  #analysis(analysis: AnalysisDescription): TemplateResult {
    return html`<section class="panel">
      <h2>${analysis.title}</h2>
      <p>${analysis.summary}</p>
      <div class="acts">
        ${analysis.samples.map(
          ({ id, title, bytes }) => html`<ns-button
            ?busy=${this.starting === id}
            @click=${() => this.#start(analysis, id)}
            >${msg('Run')}: ${title} (${formatBytes(bytes)})</ns-button
          >`
        )}
      </div>
    </section>`
  }

  /** How far it is, and how long it will take, when that is known. */
  #progress({ progress, title }: Job): TemplateResult {
    const { done, failed, total, secondsLeft } = progress
    const of =
      total === null
        ? formatNumber(done)
        : `${formatNumber(done)} ${msg('of')} ${formatNumber(total)}`
    return html`<ns-progress
      .done=${done}
      .failed=${failed}
      .total=${total}
      label=${title}
      start=${`${of} ${progress.unit}`}
      end=${secondsLeft === null ? '' : `${formatRemaining(secondsLeft)} ${msg('left')}`}
    ></ns-progress>`
  }

  /** `next` marks the one result that is the next sensible thing to open. */
  #job(job: Job, next: boolean): TemplateResult {
    const [kind, word] = STATES[job.state]
    return html`<li>
      <p class="line"><strong>${job.title}</strong><ns-status kind=${kind}>${word()}</ns-status></p>
      <p class="muted">${job.sentence}</p>
      ${isOpen(job) ? this.#progress(job) : nothing}
      <div class="acts">
        ${
          isOpen(job)
            ? html`<ns-button @click=${() => void this.#try(() => deviceApi.actOnJob(job.id, 'cancel'))}>${msg('Cancel')}</ns-button>`
            : nothing
        }
        ${
          job.hasReport
            ? html`<ns-button kind=${next ? 'filled' : 'plain'} href="/workbench/#/jobs/${job.id}">${msg('Open the result')}</ns-button>`
            : nothing
        }
      </div>
    </li>`
  }

  /** What runs comes before what ended; eight fit a touch screen. */
  #jobs(): TemplateResult {
    const { jobs } = this.data
    const shown = [...jobs.filter(isOpen), ...jobs.filter((job) => !isOpen(job))].slice(0, 8)
    const newest = shown.find(({ hasReport }) => hasReport)
    return html`<section class="panel">
      <h2>${msg('Analyses on this device')} <span>${formatCount(jobs.length, msg('job'), msg('jobs'))}</span></h2>
      ${
        shown.length === 0
          ? html`<p class="muted">${msg('None yet. Run one on a sample to see what it does.')}</p>`
          : html`<ul class="rows">${shown.map((job) => this.#job(job, job === newest))}</ul>`
      }
    </section>`
  }

  #kinds(): TemplateResult | TemplateResult[] {
    const { value, failure } = this.analyses
    if (value) return value.map((analysis) => this.#analysis(analysis))
    return failure === ''
      ? html`<ns-empty kind="skeleton"></ns-empty>`
      : html`<ns-empty kind="error" heading=${msg('No analysis can be started')}>${failure}</ns-empty>`
  }

  override render(): TemplateResult {
    return html`<div class="columns">
      <div>
        ${this.#kinds()}
        <section class="panel">
          <h2>${msg('Files of your own')}</h2>
          <p>${msg('Drop files or folders in the workbench. They stay on this device.')}</p>
          <div class="acts"><ns-button href="/workbench/">${msg('Open the workbench')}</ns-button></div>
        </section>
      </div>
      <div>${this.#jobs()}</div>
    </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'kiosk-run': KioskRun
  }
}
