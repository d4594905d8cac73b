// W4, the result of a text analysis: filters, a list of documents or findings, and the reader. Addresses
// name what is open; J and K walk the list, the brackets the findings of the document.

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { go, icons, shared } from '../../elements/index.ts'
import { formatNumber, msg, str } from '../../i18n/index.ts'
import '../../elements/desk/index.ts'
import './reader.ts'
import './rows.ts'
import {
  type DocumentRow,
  filterRows,
  findingsInOrder,
  type ListMode,
  type ListRow,
  ROLES,
  type Role,
  roleCounts,
  roleWord,
  rowsOf,
  type TextReport,
  type TextRows
} from './text-model.ts'
import { styles } from './text-report.styles.ts'

const HEIGHTS: Readonly<Record<ListMode, number>> = { documents: 56, findings: 84, failures: 56 }
const NO_ROWS: TextRows = { documents: [], findings: [], failures: [] }

const typing = (event: KeyboardEvent): boolean => {
  const target = event.composedPath()[0]
  return target instanceof Element && target.matches('input, textarea, select')
}

@customElement('workbench-text-report')
export class TextReportView extends LitElement {
  static override styles = [shared, styles]
  @property({ attribute: false }) report: TextReport | undefined
  @property({ attribute: 'job-id' }) jobId = ''
  /** `['documents', '3']` or `['findings', '3-12']`. */
  @property({ attribute: false }) inside: readonly string[] = []
  @state() private mode: ListMode = 'documents'
  @state() private only: Role | '' = ''
  @state() private words = ''
  #rows: TextRows = NO_ROWS
  /** Part of the address that was asked for: keys come faster than addresses change. */
  #asked = ''
  #shown: readonly ListRow[] = []

  override connectedCallback(): void {
    super.connectedCallback()
    if (this.inside[0] === 'findings') this.mode = 'findings'
    addEventListener('keydown', this.#key)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    removeEventListener('keydown', this.#key)
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('inside')) this.#asked = this.inside[1] ?? ''
    if (changed.has('report')) this.#rows = this.report ? rowsOf(this.report) : NO_ROWS
    this.#shown = filterRows(this.#rows, { mode: this.mode, role: this.only, words: this.words })
  }

  /** Number of the document and of the sentence that the address names; the first document by default. */
  #open(): { readonly input: number; readonly sentence: number } {
    const [input, sentence] = this.#asked.split('-').map(Number)
    const known = this.#rows.documents.some((row) => row.input === input)
    if (input === undefined || !known) {
      return { input: this.#rows.documents[0]?.input ?? -1, sentence: -1 }
    }
    return { input, sentence: sentence === undefined || Number.isNaN(sentence) ? -1 : sentence }
  }

  #go(row: ListRow | undefined, replace = false): void {
    if (!row || row.kind === 'failure') return
    const place = row.kind === 'finding' ? 'findings' : 'documents'
    this.#asked = row.key
    go(['jobs', this.jobId, place, row.key], {}, replace)
  }

  #selected(): number {
    const { input, sentence } = this.#open()
    const key = this.mode === 'findings' ? `${input}-${sentence}` : String(input)
    return this.#shown.findIndex((row) => row.key === key)
  }

  /** The next finding of the document before or after the lit sentence. */
  #bracket(step: number): void {
    const { input, sentence } = this.#open()
    const findings = findingsInOrder(this.#rows, input)
    const next =
      step > 0
        ? findings.find((finding) => finding.sentence > sentence)
        : findings.findLast((finding) => finding.sentence < sentence)
    this.#go(next ?? (sentence < 0 ? findings[0] : undefined), true)
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (typing(event) || event.ctrlKey || event.metaKey || event.altKey) return
    const step = { j: 1, k: -1 }[event.key.toLowerCase()]
    const bracket = { ']': 1, '[': -1 }[event.key]
    if (step !== undefined) {
      const next = Math.max(0, Math.min(this.#shown.length - 1, this.#selected() + step))
      this.#go(this.#shown[next], this.inside.length > 0)
    } else if (bracket !== undefined) this.#bracket(bracket)
    else return
    event.preventDefault()
  }

  #show(mode: ListMode, role: Role | '' = ''): void {
    this.mode = mode
    this.only = role
  }

  #modes(): readonly { readonly id: ListMode; readonly label: string; readonly count: number }[] {
    const all = [
      { id: 'documents', label: msg('Documents'), count: this.#rows.documents.length },
      { id: 'findings', label: msg('Key findings'), count: this.#rows.findings.length },
      { id: 'failures', label: msg('Not read'), count: this.#rows.failures.length }
    ] as const
    return all.filter(({ id, count }) => id !== 'failures' || count > 0)
  }

  #filters(): TemplateResult {
    const counts = roleCounts(this.#rows.findings)
    const entry = (
      shown: readonly [string, number],
      on: boolean,
      act: () => void
    ): TemplateResult =>
      html`<button type="button" aria-pressed=${on} @click=${act}>${shown[0]}<span>${formatNumber(shown[1])}</span></button>`
    return html`<nav class="filters" aria-label=${msg('Filters')}>
      <h3>${msg('Show')}</h3>
      ${this.#modes().map(({ id, label, count }) =>
        entry([label, count], this.mode === id && this.only === '', () => this.#show(id))
      )}
      <h3>${msg('Findings by role')}</h3>
      ${ROLES.filter((role) => counts.has(role)).map((role) =>
        entry([roleWord(role), counts.get(role) ?? 0], this.only === role, () =>
          this.#show('findings', role)
        )
      )}
    </nav>`
  }

  #list(): TemplateResult {
    const selected = this.#selected()
    const choices = [
      ...this.#modes().map(({ id, label, count }) => ({
        value: id,
        label: `${label} (${formatNumber(count)})`
      })),
      ...[...roleCounts(this.#rows.findings)].map(([role, count]) => ({
        value: `role ${role}`,
        label: `${msg('Findings')}: ${roleWord(role)} (${formatNumber(count)})`
      }))
    ]
    return html`<section class="list" aria-label=${msg('List')}>
      <div class="find">
        <ns-field
          class="narrow"
          label=${msg('Show')}
          label-unseen
          type="select"
          .choices=${choices}
          .value=${this.only === '' ? this.mode : `role ${this.only}`}
          @ns-change=${(event: CustomEvent<string>) => {
            const [mode, role] = event.detail.split(' ')
            this.#show(mode === 'role' ? 'findings' : (mode as ListMode), (role ?? '') as Role | '')
          }}
        ></ns-field>
        <ns-field
          label=${msg('Filter by words')}
          label-unseen
          type="search"
          placeholder=${msg('Filter by words')}
          @ns-input=${(event: CustomEvent<string>) => {
            this.words = event.detail
          }}
        ></ns-field>
      </div>
      ${
        this.#shown.length === 0
          ? html`<ns-empty heading=${msg('Nothing is like that')}>${msg('Take words out of the filter, or choose another role.')}</ns-empty>`
          : html`<ns-virtual-list
            selectable
            label=${msg('Documents and findings')}
            row-height=${HEIGHTS[this.mode]}
            .rows=${this.#shown}
            .key=${({ key }: ListRow) => key}
            .row=${(row: ListRow) => html`<workbench-text-row .row=${row}></workbench-text-row>`}
            .selected=${selected}
            @ns-select=${(event: CustomEvent<number>) => this.#go(this.#shown[event.detail])}
          ></ns-virtual-list>`
      }
      <p class="foot">
        <span>${selected < 0 ? formatNumber(this.#shown.length) : msg(str`${formatNumber(selected + 1)} of ${formatNumber(this.#shown.length)}`)}</span>
        <span class="keys"><kbd>J</kbd> <kbd>K</kbd> ${msg('next, previous')}</span>
      </p>
    </section>`
  }

  override render(): TemplateResult | typeof nothing {
    if (!this.report) return nothing
    const { input, sentence } = this.#open()
    const row: DocumentRow | undefined = this.#rows.documents.find((found) => found.input === input)
    const { models, limits } = this.report
    const told = models.map(({ name, version, precision, rung }) =>
      msg(str`Roles by ${name} ${version}, ${precision.toUpperCase()} on ${rung.toUpperCase()}.`)
    )
    return html`<div class="panes ${this.inside.length > 0 ? 'reading' : ''}">
      ${this.#filters()} ${this.#list()}
      <div class="reader">
        <a class="back" href="#/jobs/${this.jobId}">${icons.back}${msg('List')}</a>
        <workbench-reader
          job-id=${this.jobId}
          .document=${row}
          .findings=${row ? findingsInOrder(this.#rows, row.input) : []}
          .sentence=${sentence}
          .limits=${[...limits, ...told]}
          @choose=${(event: CustomEvent<number>) => go(['jobs', this.jobId, 'documents', `${input}-${event.detail}`], {}, this.inside.length > 0)}
        ></workbench-reader>
      </div>
    </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-text-report': TextReportView
  }
}
