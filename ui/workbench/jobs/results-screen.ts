// The finished jobs of one kind as a table, each leading to its result.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { Job } from '../../api/index.ts'
import { type Column, go, serverNow, shared } from '../../elements/index.ts'
import { formatBytes, formatNumber, formatWhen, msg } from '../../i18n/index.ts'
import { stateWords } from '../job-words.ts'
import { screenStyles } from '../screen.styles.ts'
import { EMPTY_STATE, shownJobs, type WorkbenchState } from '../workbench-state.ts'

interface KindWords {
  readonly title: string
  readonly lead: string
  readonly empty: string
  readonly next: string
}

const WORDS: Readonly<Record<Job['kind'], () => KindWords>> = {
  text: () => ({
    title: msg('Findings'),
    lead: msg('Summaries and key findings of documents, each with its source sentence'),
    empty: msg('No document has been read yet'),
    next: msg(
      'Drop reports, papers or notes; every finding leads to the sentence it was taken from.'
    )
  }),
  logs: () => ({
    title: msg('Log files'),
    lead: msg('Templates, bursts and unusual lines of log files'),
    empty: msg('No log file has been read yet'),
    next: msg('Drop log files, or watch those of this device under “Watched now”.')
  }),
  machines: () => ({
    title: msg('Machine data'),
    lead: msg('Tables of readings, with what was unusual in them'),
    empty: msg('No machine data has been read yet'),
    next: msg(
      'Drop a table of readings (CSV); every number column is watched for what has no like before.'
    )
  })
}

const UNIT_WORDS: Readonly<Record<Job['kind'], () => string>> = {
  text: () => msg('Documents'),
  logs: () => msg('Lines'),
  machines: () => msg('Rows')
}

const columns = (kind: Job['kind']): readonly Column<Job>[] => [
  { id: 'title', head: msg('Job'), kind: 'strong', value: ({ title }) => title },
  {
    id: 'state',
    head: msg('State'),
    kind: 'fit',
    value: (job) => stateWords(job)[1],
    cell: (job) => {
      const [shape, word] = stateWords(job)
      return html`<ns-status kind=${shape}>${word}</ns-status>`
    }
  },
  {
    id: 'items',
    head: UNIT_WORDS[kind](),
    kind: 'number',
    value: ({ progress }) => progress.done,
    cell: ({ progress }) => formatNumber(progress.done)
  },
  {
    id: 'bytes',
    head: msg('Size'),
    kind: 'number',
    value: ({ bytes }) => bytes,
    cell: ({ bytes }) => formatBytes(bytes)
  },
  {
    id: 'ended',
    head: msg('Ended'),
    kind: 'number',
    value: ({ endedAt }) => endedAt,
    cell: ({ endedAt }) => formatWhen(endedAt ?? 0, serverNow())
  }
]

@customElement('workbench-results')
export class ResultsScreen extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    css`
      :host {
        overflow: auto;
      }
    `
  ]
  @property({ attribute: false }) data: WorkbenchState = EMPTY_STATE
  @property() kind: Job['kind'] = 'text'
  /** Another screen carries the head. */
  @property({ type: Boolean }) bare = false

  #content(): TemplateResult {
    if (this.data.jobs === null) return html`<ns-empty kind="skeleton"></ns-empty>`
    const jobs = shownJobs(this.data).filter((job) => job.kind === this.kind && job.hasReport)
    const words = WORDS[this.kind]()
    if (jobs.length === 0) {
      return html`<ns-empty heading=${words.empty}>
        ${words.next}
        <ns-button slot="acts" kind="filled" href="#/new/${this.kind}">${msg('New analysis')}</ns-button></ns-empty
      >`
    }
    return html`<ns-table
      label=${words.title}
      selectable
      .columns=${columns(this.kind)}
      .rows=${jobs}
      .key=${({ id }: Job) => id}
      @ns-select=${(event: CustomEvent<Job>) => go(['jobs', event.detail.id])}
    ></ns-table>`
  }

  override render(): TemplateResult {
    const words = WORDS[this.kind]()
    if (this.bare) return this.#content()
    return html`<div class="page-head">
        <div>
          <h1>${words.title}</h1>
          <p>${words.lead}</p>
        </div>
        <div class="acts"><ns-button href="#/new/${this.kind}">${msg('New analysis')}</ns-button></div>
      </div>
      ${this.#content()}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-results': ResultsScreen
  }
}
