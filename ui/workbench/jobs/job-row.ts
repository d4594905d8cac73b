// One job in a list: what it is, how far, what went wrong, and what can be done with it. Acts are asked of
// the app by an event.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { Job } from '../../api/index.ts'
import { type ChartPoint, serverNow, shared } from '../../elements/index.ts'
import { formatBytes, formatCount, formatWhen, keepUnits, msg, str } from '../../i18n/index.ts'
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
import { styles } from './job-row.styles.ts'

/** A rate is drawn from this many points on. */
const FEWEST_POINTS = 4

@customElement('workbench-job-row')
export class JobRow extends LitElement {
  static override styles = [shared, styles]
  @property({ attribute: false }) job: Job | undefined
  @property({ attribute: false }) rates: readonly ChartPoint[] = []
  /** Its Open is the one filled button of the screen. */
  @property({ type: Boolean }) next = false

  #act(act: JobAct, job: Job): TemplateResult {
    return html`<ns-button kind=${act === 'delete' ? 'quiet' : 'plain'} label="${actWord(act, job)}: ${job.title}" @click=${() => askAct(this, act, job)}
      >${actWord(act, job)}</ns-button
    >`
  }

  #progress(job: Job): TemplateResult {
    const { done, failed, total } = job.progress
    return html`<div class="progress">
      <ns-progress
        .done=${done - failed}
        .failed=${failed}
        .total=${total}
        label=${job.title}
        start=${[doneWords(job), rateWords(job)].filter(Boolean).join(', ')}
        end=${leftWords(job)}
      ></ns-progress>
      ${
        job.state !== 'running' || this.rates.length < FEWEST_POINTS
          ? nothing
          : html`<ns-sparkline class="rate" .points=${this.rates}></ns-sparkline>`
      }
    </div>`
  }

  #detail(job: Job): string {
    const files = `${formatCount(job.inputs, msg('file'), msg('files'))}, ${formatBytes(job.bytes)}`
    return `${KIND_WORDS[job.kind]()}, ${files}`
  }

  #failures({ progress, id }: Job): TemplateResult | typeof nothing {
    if (progress.failed === 0) return nothing
    return html`<a class="failures" href="#/jobs/${id}/files"
      ><ns-status kind="check"
        >${msg(str`${formatCount(progress.failed, msg('file'), msg('files'))} could not be read`)}</ns-status
      ></a
    >`
  }

  override render(): TemplateResult | typeof nothing {
    const { job } = this
    if (!job) return nothing
    const [kind, word] = stateWords(job)
    const open = isOpen(job)
    const when = job.endedAt ?? job.startedAt ?? job.createdAt
    return html`<div class="row ${open ? 'open' : ''} ${job.state === 'done' && job.progress.failed === 0 ? 'well' : ''}">
      <div class="what">
        <a href="#/jobs/${job.id}">${job.title}</a>
        <p>${this.#detail(job)}</p>
      </div>
      <ns-status class="state" kind=${kind} ?strong=${kind === 'failed'}>${word}</ns-status>
      ${open ? this.#progress(job) : html`<p class="sentence">${keepUnits(job.sentence)}</p>`}
      ${open ? this.#failures(job) : nothing}
      <span class="when">${formatWhen(when, serverNow())}</span>
      <div class="acts">
        ${actsOf(job).map((act) => this.#act(act, job))}
        ${
          job.hasReport
            ? html`<ns-button kind=${this.next ? 'filled' : 'plain'} label="${msg('Open')}: ${job.title}" href="#/jobs/${job.id}">${msg('Open')}</ns-button>`
            : nothing
        }
      </div>
    </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-job-row': JobRow
  }
}
