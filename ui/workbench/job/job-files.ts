// The files of a job, those that failed first, each with its reason.

import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import type { JobDetail } from '../../api/index.ts'
import { type Column, type StatusShape, shared } from '../../elements/index.ts'
import { formatBytes, formatNumber, msg, str } from '../../i18n/index.ts'
import { screenStyles } from '../screen.styles.ts'

type JobFile = JobDetail['files'][number]

const STATES: Readonly<Record<JobFile['state'], () => readonly [StatusShape, string]>> = {
  waiting: () => ['waiting', msg('Waiting')],
  done: () => ['done', msg('Read')],
  failed: () => ['check', msg('Not read')]
}

const columns = (): readonly Column<JobFile>[] => [
  {
    id: 'state',
    head: msg('State'),
    kind: 'fit',
    value: ({ state }) => STATES[state]()[1],
    cell: ({ state }) => {
      const [shape, word] = STATES[state]()
      return html`<ns-status kind=${shape}>${word}</ns-status>`
    }
  },
  { id: 'name', head: msg('File'), kind: 'strong', value: ({ name }) => name },
  {
    id: 'reason',
    head: msg('Reason'),
    value: ({ sentence }) => sentence,
    cell: ({ sentence, code }) =>
      sentence ? html`<span title=${code ?? ''}>${sentence}</span>` : ''
  },
  {
    id: 'bytes',
    head: msg('Size'),
    kind: 'number',
    value: ({ bytes }) => bytes,
    cell: ({ bytes }) => formatBytes(bytes)
  }
]

@customElement('workbench-job-files')
export class JobFiles extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    css`
      p {
        padding: 12px var(--ns-pad);
        color: var(--ns-muted);
      }
    `
  ]
  @property({ attribute: false }) job: JobDetail | undefined

  override render(): TemplateResult | typeof nothing {
    const { job } = this
    if (!job) return nothing
    const more = job.inputs - job.files.length
    return html`<ns-table
        label=${msg('Files of this job')}
        .columns=${columns()}
        .rows=${job.files}
        .key=${({ name }: JobFile) => name}
      ></ns-table>
      ${more > 0 ? html`<p>${msg(str`${formatNumber(more)} more files are not shown; those that failed come first.`)}</p>` : nothing}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-job-files': JobFiles
  }
}
