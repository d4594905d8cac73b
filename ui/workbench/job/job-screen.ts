// One job: while it runs its progress and its files; then its result, whose view is loaded when it is
// first needed.

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { deviceApi, type Job, type JobDetail, type Report } from '../../api/index.ts'
import { Loader, serverNow, shared } from '../../elements/index.ts'
import { formatBytes, formatCount, formatDuration, formatWhen, msg, str } from '../../i18n/index.ts'
import { askAct } from '../job-acts.ts'
import {
  actsOf,
  actWord,
  doneWords,
  isOpen,
  type JobAct,
  KIND_WORDS,
  leftWords,
  rateWords,
  stateWords
} from '../job-words.ts'
import { screenStyles } from '../screen.styles.ts'
import { EMPTY_STATE, shownJobs, type WorkbenchState } from '../workbench-state.ts'
import './export-menu.ts'
import './job-files.ts'
import { styles } from './job-screen.styles.ts'

const VIEWS: Readonly<Record<Job['kind'], () => Promise<unknown>>> = {
  text: () => import('../findings/index.ts'),
  logs: () => import('../logs/index.ts'),
  machines: () => import('../machines/index.ts')
}

/** Files are read again at each twentieth of the way, and when anything else changes. */
const STEPS = 20
/** Lines or rows of a step while their number is unknown. */
const UNKNOWN_STEP = 100_000

/** A job's turn: its files are read again when any of it changes. */
function turnOf({ id, state, endedAt, progress }: Job): string {
  const { done, failed, total } = progress
  const step = total === null ? UNKNOWN_STEP : Math.max(1, total / STEPS)
  return [id, state, endedAt, failed, Math.floor(done / step)].join(' ')
}

@customElement('workbench-job')
export class JobScreen extends LitElement {
  static override styles = [shared, screenStyles, styles]
  @property({ attribute: false }) data: WorkbenchState = EMPTY_STATE
  @property({ attribute: 'job-id' }) jobId = ''
  /** What is open inside the result. */
  @property({ attribute: false }) inside: readonly string[] = []
  protected readonly detail = new Loader<JobDetail>(this)
  protected readonly report = new Loader<Report>(this)
  #turn = ''
  #reported = ''

  #job(): Job | undefined {
    return shownJobs(this.data).find(({ id }) => id === this.jobId)
  }

  protected override willUpdate(_: PropertyValues): void {
    const job = this.#job()
    if (!job) return
    const turn = turnOf(job)
    if (turn !== this.#turn) {
      const other = !this.#turn.startsWith(job.id)
      this.#turn = turn
      this.detail.load(() => deviceApi.job(job.id), other)
    }
    const reported = job.hasReport && !isOpen(job) ? `${job.id} ${job.endedAt}` : ''
    if (reported !== '' && reported !== this.#reported) {
      this.report.load(async () => {
        const [answer] = await Promise.all([deviceApi.report(job.id), VIEWS[job.kind]()])
        return answer
      }, true)
    }
    this.#reported = reported
  }

  #act(act: JobAct, job: Job): TemplateResult {
    const kind = act === 'delete' ? 'quiet' : 'plain'
    return html`<ns-button kind=${kind} @click=${() => askAct(this, act, job)}>${actWord(act, job)}</ns-button>`
  }

  #lead(job: Job): string {
    const now = serverNow()
    const files = `${formatCount(job.inputs, msg('file'), msg('files'))}, ${formatBytes(job.bytes)}`
    const when =
      job.endedAt === null
        ? job.startedAt === null
          ? msg(str`since ${formatWhen(job.createdAt, now)}`)
          : msg(str`started ${formatWhen(job.startedAt, now)}`)
        : msg(str`ended ${formatWhen(job.endedAt, now)}`)
    const wiped =
      job.wipedAt === null ? '' : `, ${msg(str`wiped in ${formatDuration(job.wipedAt - now)}`)}`
    return `${KIND_WORDS[job.kind]()}, ${files}, ${when}${wiped}`
  }

  #head(job: Job): TemplateResult {
    const files = this.inside[0] === 'files'
    const list = job.hasReport && !isOpen(job)
    return html`<div class="page-head ${this.inside.length > 0 && !files ? 'inner' : ''}">
      <div>
        <h1>${job.title}</h1>
        <p>${this.#lead(job)}</p>
      </div>
      <div class="acts">
        ${list ? html`<ns-button kind="quiet" href=${files ? `#/jobs/${job.id}` : `#/jobs/${job.id}/files`}>${files ? msg('Result') : msg('Files')}</ns-button>` : nothing}
        ${actsOf(job).map((act) => this.#act(act, job))}
        ${list ? html`<workbench-export job=${job.id} name=${job.title}></workbench-export>` : nothing}
      </div>
    </div>`
  }

  #standing(job: Job): TemplateResult {
    const [kind, word] = stateWords(job)
    const { done, failed, total } = job.progress
    return html`<div class="standing">
      <p><ns-status kind=${kind} ?strong=${kind === 'failed'}>${word}</ns-status> ${job.sentence}</p>
      ${
        isOpen(job)
          ? html`<ns-progress
            .done=${done - failed}
            .failed=${failed}
            .total=${total}
            label=${job.title}
            start=${[doneWords(job), rateWords(job)].filter(Boolean).join(', ')}
            end=${leftWords(job)}
          ></ns-progress>`
          : nothing
      }
      ${job.code && job.state === 'failed' ? html`<p class="code muted">${job.code}</p>` : nothing}
    </div>`
  }

  #files(): TemplateResult {
    const { value, failure } = this.detail
    if (value?.id === this.jobId) {
      return html`<workbench-job-files .job=${value}></workbench-job-files>`
    }
    if (!failure) return html`<ns-empty kind="skeleton"></ns-empty>`
    return html`<ns-empty kind="error" heading=${msg('The files cannot be listed')}>${failure.sentence} <span class="code">${failure.code}</span></ns-empty>`
  }

  #result(job: Job): TemplateResult {
    const { value, failure } = this.report
    if (value?.kind === 'text') {
      return html`<workbench-text-report .report=${value} job-id=${job.id} .inside=${this.inside}></workbench-text-report>`
    }
    if (value?.kind === 'logs') {
      return html`<workbench-log-report .report=${value} job-id=${job.id} .inside=${this.inside}></workbench-log-report>`
    }
    if (value?.kind === 'machines') {
      return html`<workbench-machine-report .report=${value} job-id=${job.id} .inside=${this.inside}></workbench-machine-report>`
    }
    if (!failure) return html`<ns-empty kind="skeleton" rows="8"></ns-empty>`
    const gone = failure.code === 'NS_JOB_INPUTS_GONE'
    return html`<ns-empty kind=${gone ? 'empty' : 'error'} heading=${gone ? msg('The report was wiped') : msg('The report cannot be read')}>
      ${failure.sentence} <span class="code">${failure.code}</span>
      <ns-button slot="acts" @click=${() => this.report.again()}>${msg('Try again')}</ns-button>
      <ns-button slot="acts" href="#/new/${job.kind}">${msg('New analysis')}</ns-button></ns-empty
    >`
  }

  override render(): TemplateResult {
    const job = this.#job()
    if (!job) {
      if (this.data.jobs === null) return html`<ns-empty kind="skeleton"></ns-empty>`
      return html`<ns-empty kind="error" heading=${msg('There is no such job')}>
        ${msg('It was deleted, or this device never had it.')}
        <ns-button slot="acts" href="#/jobs">${msg('Jobs')}</ns-button></ns-empty
      >`
    }
    const result = job.hasReport && !isOpen(job) && this.inside[0] !== 'files'
    return html`${this.#head(job)} ${result ? nothing : this.#standing(job)}
      <div class="body">${result ? this.#result(job) : this.#files()}</div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-job': JobScreen
  }
}
