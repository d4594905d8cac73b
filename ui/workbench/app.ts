// The workbench: frame, navigation, status bar, and one screen at a time. Screens of results are loaded
// when they are opened.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, state } from 'lit/decorators.js'
import type { Job } from '../api/index.ts'
import '../elements/charts/index.ts'
import '../elements/desk/index.ts'
import { HashRouter, icons, restoreTheme, serverNow, shared } from '../elements/index.ts'
import { formatBytes, msg, str } from '../i18n/index.ts'
import { styles } from './app.styles.ts'
import './job/index.ts'
import { type AskedAct, JobActs } from './job-acts.ts'
import { isOpen } from './job-words.ts'
import './jobs/index.ts'
import { LiveDevice } from './live-device.ts'
import './new-analysis/index.ts'
import { headingOf, litEntry, navigation, type Place, placeOf } from './places.ts'
import { lostWords, problemLines, providerWords, readingWords } from './problems.ts'
import { someLeave } from './remote-words.ts'
import { findInWorkbench, keysOfWorkbench } from './search.ts'
import './system/index.ts'
import { gpuName, gpuNames } from '../words/index.ts'
import { EMPTY_STATE, shownJobs, type WorkbenchState } from './workbench-state.ts'

restoreTheme()

/** Values older than this are bold in the status bar, milliseconds. */
const STALE_MS = 4000

const isTyping = (event: KeyboardEvent): boolean => {
  const target = event.composedPath()[0]
  return target instanceof Element && target.matches('input, textarea, select')
}

@customElement('ns-workbench')
export class NsWorkbench extends LitElement {
  static override styles = [shared, styles]
  @state() private data: WorkbenchState = EMPTY_STATE
  protected readonly router = new HashRouter(this)
  readonly #live = new LiveDevice((data) => {
    this.data = data
  })
  readonly #acts = new JobActs(this.#live)

  override connectedCallback(): void {
    super.connectedCallback()
    this.#live.start()
    addEventListener('keydown', this.#key)
    addEventListener('pagehide', this.#leave)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.#live.stop()
    removeEventListener('keydown', this.#key)
    removeEventListener('pagehide', this.#leave)
  }

  readonly #leave = (): void => this.#acts.flush()

  protected override willUpdate(): void {
    // These stay out of the first load; the log view is shared with results.
    const { screen } = placeOf(this.router.route)
    if (screen === 'logs') void import('./logs/index.ts')
    else if (screen === 'benchmarks') void import('./benchmarks/index.ts')
    else if (screen === 'gpu') void import('./gpu/index.ts')
  }

  #open(name: 'ns-search-dialog' | 'ns-help-dialog'): void {
    this.renderRoot.querySelector(name)?.show()
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === '/') this.#open('ns-search-dialog')
    else if (event.key === '?') this.#open('ns-help-dialog')
    else return
    event.preventDefault()
  }

  readonly #act = (event: CustomEvent<AskedAct>): void => void this.#acts.run(event.detail)
  readonly #took = (event: CustomEvent<Job>): void => this.#live.take(event.detail)

  #tools(): TemplateResult {
    const leaves = someLeave(this.data.models)
    return html`<a slot="tools" class=${leaves ? 'privacy leaves' : 'privacy'} href="#/privacy"
        >${leaves ? msg('Some inputs leave this device') : html`${icons.lock}${msg('Nothing leaves this device')}`}</a
      >
      <button
        slot="tools"
        class="find"
        type="button"
        aria-label=${msg('Search jobs')}
        aria-haspopup="dialog"
        @click=${() => this.#open('ns-search-dialog')}
      >
        ${icons.search}<span>${msg('Search jobs')}</span><kbd>/</kbd>
      </button>
      <button
        slot="tools"
        class="help"
        type="button"
        aria-label=${msg('Help')}
        aria-haspopup="dialog"
        @click=${() => this.#open('ns-help-dialog')}
      >
        ?
      </button>`
  }

  #problems(): TemplateResult {
    const [first, ...more] = problemLines(this.data, serverNow())
    if (!first) {
      return html`<ns-status kind=${this.data.device ? 'done' : 'stale'}
        >${this.data.device ? msg('No problem is known') : msg('Waiting for the device')}</ns-status
      >`
    }
    return html`<ns-status class="problem" kind="warning"
      ><a href=${first.href}>${first.sentence}</a>${
        more.length === 0 ? nothing : html`<span>${msg(str`and ${more.length} more`)}</span>`
      }</ns-status
    >`
  }

  #foot(): TemplateResult {
    const { series, models, at } = this.data
    const jobs = shownJobs(this.data).filter(isOpen)
    const counts = (
      [
        ['running', msg('running')],
        ['waiting', msg('waiting')],
        ['paused', msg('paused')]
      ] as const
    ).flatMap(([state, word]) => {
      const count = jobs.filter((job) => job.state === state).length
      return count === 0 ? [] : `${count} ${word}`
    })
    const [load, memory, gpu] = ['cpu.load', 'memory.used', 'gpu.load'].map((name) =>
      readingWords(series, name)
    )
    const figure = (label: string, value: string | undefined): TemplateResult | typeof nothing =>
      value === undefined ? nothing : html`<span class="extra">${label} <b>${value}</b></span>`
    return html`<div slot="foot-start" class="foot">
        ${this.#problems()}
        ${jobs.length === 0 ? nothing : html`<span><b>${counts.join(', ')}</b></span>`}
        ${figure(msg('Processor'), load)} ${figure(msg('GPU'), gpu)} ${figure(msg('Memory'), memory)}
      </div>
      <div slot="foot-end" class="foot end">
        <span class="extra">${providerWords(models)}</span>
        ${
          at === null
            ? nothing
            : html`<span>${msg('Updated')} <ns-age .at=${at} stale-after=${STALE_MS}></ns-age></span>`
        }
      </div>`
  }

  #screen(place: Place): TemplateResult {
    const { data } = this
    switch (place.screen) {
      case 'new':
        return html`<workbench-new .data=${data} kind=${place.subject} @job-started=${this.#took}></workbench-new>`
      case 'jobs':
        return html`<workbench-jobs .data=${data} view=${this.router.route.query['view'] ?? 'all'}></workbench-jobs>`
      case 'job':
        return html`<workbench-job .data=${data} job-id=${place.subject} .inside=${place.inside}></workbench-job>`
      case 'findings':
      case 'machines':
        return html`<workbench-results .data=${data} kind=${place.screen === 'findings' ? 'text' : 'machines'}></workbench-results>`
      case 'logs':
        return html`<workbench-log-watch .data=${data} view=${place.subject || 'watch'}></workbench-log-watch>`
      case 'benchmarks':
        return this.#benchmarks(place)
      case 'gpu':
        return html`<workbench-gpu .data=${data} chosen=${place.subject}></workbench-gpu>`
      case 'models':
        return html`<workbench-models .data=${data} chosen=${place.subject}></workbench-models>`
      case 'privacy':
        return html`<workbench-privacy></workbench-privacy>`
      case 'device':
        return html`<workbench-device .data=${data}></workbench-device>`
      default:
        return html`<ns-empty kind="error" heading=${msg('There is nothing at this address')}>
          ${msg('It may have been mistyped, or come from a newer version.')}
          <ns-button slot="acts" href="#/jobs">${msg('Jobs')}</ns-button></ns-empty
        >`
    }
  }

  #benchmarks({ subject }: Place): TemplateResult {
    const { query } = this.router.route
    if (subject === '')
      return html`<workbench-benchmark-runs .data=${this.data}></workbench-benchmark-runs>`
    if (subject === 'new') {
      return html`<workbench-benchmark-new .data=${this.data} from=${query['from'] ?? ''} model=${query['model'] ?? ''}></workbench-benchmark-new>`
    }
    return html`<workbench-benchmark-run
      .data=${this.data}
      run-id=${subject}
      with=${query['with'] ?? ''}
      chosen=${query['cell'] ?? ''}
    ></workbench-benchmark-run>`
  }

  #subjectDetail(): string {
    const { device } = this.data
    if (!device) return ''
    const gpus = gpuNames(device.gpus.map(gpuName))
    return gpus || `${device.cores} ${msg('cores')}, ${formatBytes(device.memoryBytes)}`
  }

  override render(): TemplateResult {
    const place = placeOf(this.router.route)
    const job = (this.data.jobs ?? []).find(({ id }) => id === place.subject)
    const lost = lostWords(this.data)
    return html`<ns-desk-frame
        product="workbench"
        subject=${this.data.device?.name ?? ''}
        subject-detail=${this.#subjectDetail()}
        .groups=${navigation(this.data)}
        current=${litEntry(place, job)}
        heading=${headingOf(place, job)}
        @job-act=${this.#act}
      >
        ${this.#tools()} ${this.#foot()}
        <p slot="rail-foot">Nearside ${this.data.device?.version ?? ''}</p>
        <div class="screen">
          ${lost ? html`<p class="lost" role="status">${icons.nolink}${lost}</p>` : nothing}
          ${this.#screen(place)}
        </div>
      </ns-desk-frame>
      <ns-search-dialog
        label=${msg('Search jobs and places')}
        placeholder=${msg('Title, kind or state of a job')}
        .find=${(words: string) => findInWorkbench(this.data, words)}
      ></ns-search-dialog>
      <ns-help-dialog .keys=${keysOfWorkbench()}
        >${msg('Drop files under “New analysis”; every result leads to the sentence, line or row it was taken from.')}</ns-help-dialog
      >
      <ns-toast></ns-toast>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-workbench': NsWorkbench
  }
}
