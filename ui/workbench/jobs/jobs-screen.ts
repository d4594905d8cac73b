// W3, the jobs: what runs, what waits, what is done; live. Failures carry their remedy as a button.

import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { deviceApi, type Job } from '../../api/index.ts'
import { go, shared, showFailure } from '../../elements/index.ts'
import { formatNumber, msg, str } from '../../i18n/index.ts'
import { isOpen, matchesSearch } from '../job-words.ts'
import { screenStyles } from '../screen.styles.ts'
import { EMPTY_STATE, shownJobs, type WorkbenchState } from '../workbench-state.ts'
import './job-row.ts'

const VIEWS: Readonly<Record<string, (job: Job) => boolean>> = {
  all: () => true,
  open: isOpen,
  done: ({ state }) => state === 'done',
  failed: ({ state, progress }) => state === 'failed' || progress.failed > 0
}

/** Ended jobs that are drawn at first. */
const FIRST_ENDED = 100

@customElement('workbench-jobs')
export class JobsScreen extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    css`
      :host {
        overflow: auto;
      }
      .bar {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 16px;
        padding: 8px var(--ns-pad);
        border-bottom: 1px solid var(--ns-rule);
      }
      .bar ns-field {
        flex: 0 1 240px;
      }
      .section-head {
        position: sticky;
        top: 0;
        z-index: 2;
        background: var(--ns-ground);
      }
      @media (width < 720px) {
        .page-head p {
          display: none;
        }
        .bar ns-field {
          flex: 1 1 100%;
        }
      }
      .more {
        padding: 12px var(--ns-pad);
      }
    `
  ]
  @property({ attribute: false }) data: WorkbenchState = EMPTY_STATE
  @property() view = 'all'
  @state() private words = ''
  @state() private all = false
  @state() private clearing = false
  @state() private typed = ''

  #bar(jobs: readonly Job[]): TemplateResult {
    const count = (view: string): number => jobs.filter(VIEWS[view] ?? isOpen).length
    const tabs = [
      { id: 'all', label: msg('All'), count: jobs.length },
      { id: 'open', label: msg('Open'), count: count('open') },
      { id: 'done', label: msg('Done'), count: count('done') },
      { id: 'failed', label: msg('With failures'), count: count('failed') }
    ]
    return html`<div class="bar">
      <ns-tabs
        switch
        label=${msg('Which jobs')}
        .tabs=${tabs}
        selected=${this.view}
        @ns-select=${(event: CustomEvent<string>) => go(['jobs'], { view: event.detail === 'all' ? '' : event.detail }, true)}
      ></ns-tabs>
      <ns-field
        label=${msg('Filter by words')}
        label-unseen
        type="search"
        placeholder=${msg('Filter by words')}
        @ns-input=${(event: CustomEvent<string>) => {
          this.words = event.detail
        }}
      ></ns-field>
    </div>`
  }

  #section(title: string, note: string, jobs: readonly Job[]): TemplateResult | typeof nothing {
    if (jobs.length === 0) return nothing
    const next = jobs.find(({ hasReport }) => hasReport)
    return html`<section>
      <div class="section-head"><h2>${title}</h2><span>${note}</span></div>
      ${jobs.map(
        (job) =>
          html`<workbench-job-row .job=${job} .rates=${this.data.rates.get(job.id) ?? []} ?next=${job === next}></workbench-job-row>`
      )}
    </section>`
  }

  async #clear(ended: readonly Job[]): Promise<void> {
    this.clearing = false
    for (const { id } of ended) {
      try {
        await deviceApi.deleteJob(id)
      } catch (error) {
        showFailure(error)
        return
      }
    }
  }

  #clearDialog(ended: readonly Job[]): TemplateResult {
    const count = formatNumber(ended.length)
    return html`<ns-dialog
      heading=${msg(str`Delete ${count} ended jobs?`)}
      ?open=${this.clearing}
      @ns-close=${() => {
        this.clearing = false
        this.typed = ''
      }}
    >
      <p>${msg('Their files and reports are wiped at once. Export first what you need.')}</p>
      <br />
      <ns-field
        label=${msg(str`Type ${ended.length} to confirm`)}
        .value=${this.typed}
        @ns-input=${(event: CustomEvent<string>) => {
          this.typed = event.detail
        }}
      ></ns-field>
      <ns-button
        slot="acts"
        @click=${() => {
          this.clearing = false
        }}
        >${msg('Keep them')}</ns-button
      >
      <ns-button
        slot="acts"
        kind="destroy"
        ?disabled=${this.typed.trim() !== String(ended.length)}
        reason=${msg('Type the number of jobs first.')}
        @click=${() => void this.#clear(ended)}
        >${msg(str`Delete ${count} jobs`)}</ns-button
      >
    </ns-dialog>`
  }

  #lists(jobs: readonly Job[]): TemplateResult {
    const shown = jobs
      .filter(VIEWS[this.view] ?? isOpen)
      .filter((job) => matchesSearch(job, this.words))
    const running = shown.filter(({ state }) => state === 'running')
    const waiting = shown
      .filter(({ state }) => state === 'waiting' || state === 'paused')
      .toReversed()
    const ended = shown.filter((job) => !isOpen(job))
    const few = this.all ? ended : ended.slice(0, FIRST_ENDED)
    if (shown.length === 0) {
      return html`<ns-empty heading=${msg('No job is like that')}>${msg('Choose another view, or take words out of the filter.')}</ns-empty>`
    }
    return html`${this.#section(msg('Running'), '', running)}
      ${this.#section(msg('Waiting'), msg('in the order of their turn'), waiting)}
      ${this.#section(msg('Ended'), msg('latest first'), few)}
      ${
        few.length === ended.length
          ? nothing
          : html`<p class="more">
            <ns-button
              @click=${() => {
                this.all = true
              }}
              >${msg(str`Show all ${formatNumber(ended.length)}`)}</ns-button
            >
          </p>`
      }`
  }

  #content(jobs: readonly Job[]): TemplateResult {
    if (this.data.jobs === null) return html`<ns-empty kind="skeleton"></ns-empty>`
    if (jobs.length > 0) return html`${this.#bar(jobs)} ${this.#lists(jobs)}`
    return html`<ns-empty heading=${msg('No job yet')}>
      ${msg('Drop files or folders, or try a sample; what runs is shown here with its progress.')}
      <ns-button slot="acts" kind="filled" href="#/new">${msg('New analysis')}</ns-button></ns-empty
    >`
  }

  override render(): TemplateResult {
    const jobs = shownJobs(this.data)
    const ended = jobs.filter((job) => !isOpen(job))
    return html`<div class="page-head">
        <div>
          <h1>${msg('Jobs')}</h1>
          <p>${msg('Two run at a time; files and reports are wiped a day after the end')}</p>
        </div>
        <div class="acts">
          ${
            ended.length < 2
              ? nothing
              : html`<ns-button
                kind="quiet"
                @click=${() => {
                  this.clearing = true
                }}
                >${msg('Delete ended')}</ns-button
              >`
          }
          <ns-button href="#/new">${msg('New analysis')}</ns-button>
        </div>
      </div>
      ${this.#content(jobs)} ${this.#clearDialog(ended)}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-jobs': JobsScreen
  }
}
