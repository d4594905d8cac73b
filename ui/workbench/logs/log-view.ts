// W6, logs: timeline with bursts, filter, templates as a table, and beside it what is unusual or the chosen
// template with lines of it. The same for a file and for the live watch.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { type Column, serverNow, shared } from '../../elements/index.ts'
import { formatDateTime, formatNumber, formatWhen, msg, str } from '../../i18n/index.ts'
import { filterLog, type LogFilter, type LogModel, type LogRow, NO_FILTER } from './log-model.ts'
import './log-side.ts'
import { styles } from './log-view.styles.ts'
import { kindWords, levelRank, levelWord } from './log-words.ts'
import './template-text.ts'

const narrow = matchMedia('(width < 1100px)')
const phone = matchMedia('(width < 720px)')

const severe = ({ level }: LogRow): boolean => level === 'fatal' || level === 'error'

const marks = (row: LogRow): TemplateResult =>
  html`${row.marks.map((mark) => {
    const [shape, word] = kindWords(mark)
    return html`<ns-status kind=${shape} title=${word} label=${word} style="margin-right:4px"></ns-status>`
  })}`

const level = (row: LogRow): TemplateResult =>
  severe(row)
    ? html`<b style="color:var(--ns-p1-text);font-weight:600">${levelWord(row.level)}</b>`
    : html`<span style="color:var(--ns-muted)">${levelWord(row.level)}</span>`

function columnsOf({ live }: LogModel): readonly Column<LogRow>[] {
  const number = (id: string, head: string, value: (row: LogRow) => number): Column<LogRow> => ({
    id,
    head,
    kind: 'number',
    value,
    cell: (row) => formatNumber(value(row))
  })
  const all: (Column<LogRow> | undefined)[] = [
    { id: 'marks', head: msg('Mark'), kind: 'fit', value: (row) => row.marks.length, cell: marks },
    {
      id: 'level',
      head: msg('Level'),
      kind: 'fit',
      value: (row) => levelRank(row.level),
      cell: level
    },
    {
      id: 'template',
      head: msg('Template'),
      value: (row) => row.template,
      cell: (row) => html`<workbench-template short template=${row.template}></workbench-template>`
    },
    live || narrow.matches
      ? undefined
      : {
          id: 'trend',
          head: msg('Over time'),
          kind: 'fit',
          cell: (row) => html`<ns-mini-bars .counts=${row.timeline}></ns-mini-bars>`
        },
    number('count', msg('Lines'), (row) => row.count),
    live ? number('now', msg('A minute'), (row) => row.rate?.now ?? 0) : undefined,
    live && !narrow.matches
      ? number('usual', msg('Usually'), (row) => row.rate?.usual ?? 0)
      : undefined,
    live && !narrow.matches
      ? {
          id: 'last',
          head: msg('Last'),
          kind: 'number',
          value: (row) => row.last,
          cell: (row) => formatWhen(row.last, serverNow())
        }
      : undefined
  ]
  return all.flatMap((column) => column ?? [])
}

/** Fires `template` with the id of a chosen template, or an empty string. */
@customElement('workbench-log-view')
export class LogView extends LitElement {
  static override styles = [shared, styles]
  @property({ attribute: false }) model: LogModel | undefined
  /** Id of the chosen template. */
  @property() selected = ''
  /** What the reader must know. */
  @property({ attribute: false }) limits: readonly string[] = []
  @state() private filter: LogFilter = NO_FILTER

  override connectedCallback(): void {
    super.connectedCallback()
    for (const query of [narrow, phone]) query.addEventListener('change', this.#resized)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    for (const query of [narrow, phone]) query.removeEventListener('change', this.#resized)
  }

  readonly #resized = (): void => this.requestUpdate()

  #narrow(change: Partial<LogFilter>): void {
    this.filter = { ...this.filter, ...change }
  }

  #choose(id: string): void {
    this.dispatchEvent(new CustomEvent('template', { detail: id }))
  }

  #timeline({ timeline }: LogModel): TemplateResult {
    return html`<ns-timeline
      class="timeline"
      axis=${timeline.axis}
      .from=${timeline.from}
      .binMs=${timeline.binSize}
      .counts=${timeline.lines}
      .unusual=${timeline.unusual}
      .selected=${this.filter.bin}
      @ns-select=${(event: CustomEvent<number | null>) => this.#narrow({ bin: event.detail })}
    ></ns-timeline>`
  }

  #binWords({ timeline }: LogModel, bin: number): string {
    const from = timeline.from + bin * timeline.binSize
    return timeline.axis === 'line'
      ? msg(str`lines ${formatNumber(from)} to ${formatNumber(from + timeline.binSize - 1)}`)
      : formatDateTime(from)
  }

  #bar(model: LogModel, shown: number): TemplateResult {
    const levels = [
      { value: '', label: msg('Every level') },
      { value: 'severe', label: msg('Error and fatal') },
      ...(['warning', 'info', 'debug', 'unknown'] as const).map((value) => ({
        value,
        label: levelWord(value)
      }))
    ]
    const { bin } = this.filter
    return html`<div class="bar">
      <ns-field
        class="words"
        label=${msg('Filter by words')}
        label-unseen
        type="search"
        placeholder=${msg('Filter by words')}
        @ns-input=${(event: CustomEvent<string>) => this.#narrow({ words: event.detail })}
      ></ns-field>
      <ns-field
        label=${msg('Level')}
        label-unseen
        type="select"
        .choices=${levels}
        .value=${this.filter.level}
        @ns-change=${(event: CustomEvent<string>) => this.#narrow({ level: event.detail as LogFilter['level'] })}
      ></ns-field>
      <ns-field
        label=${msg('Only unusual')}
        type="checkbox"
        .value=${this.filter.onlyUnusual ? 'true' : ''}
        @ns-change=${(event: CustomEvent<string>) => this.#narrow({ onlyUnusual: event.detail === 'true' })}
      ></ns-field>
      ${
        bin === null
          ? nothing
          : html`<ns-button
            pressed="true"
            label=${msg(str`Only ${this.#binWords(model, bin)}; take away`)}
            @click=${() => this.#narrow({ bin: null })}
            >${this.#binWords(model, bin)} ×</ns-button
          >`
      }
      <span class="sum" role="status">${msg(str`${formatNumber(shown)} of ${formatNumber(model.rows.length)} templates`)}</span>
    </div>`
  }

  #phoneList(rows: readonly LogRow[]): TemplateResult {
    return html`<ul class="phone">
      ${rows.map(
        (row) => html`<li>
          <button type="button" @click=${() => this.#choose(row.id)}>
            <span class="first">${row.marks.length > 0 ? marks(row) : nothing}${level(row)}<b>${formatNumber(row.count)}</b></span>
            <workbench-template short template=${row.template}></workbench-template>
          </button>
        </li>`
      )}
    </ul>`
  }

  #table(model: LogModel, rows: readonly LogRow[]): TemplateResult {
    if (rows.length === 0) {
      return html`<ns-empty heading=${msg('No template is like that')}>
        ${msg('Take words out of the filter, or choose another stretch of time.')}
        <ns-button slot="acts" @click=${() => this.#narrow(NO_FILTER)}>${msg('Show all')}</ns-button></ns-empty
      >`
    }
    if (phone.matches) return this.#phoneList(rows)
    return html`<ns-table
      label=${msg('Templates')}
      selectable
      selected=${this.selected}
      .columns=${columnsOf(model)}
      .rows=${rows}
      .key=${({ id }: LogRow) => id}
      .order=${{ column: 'count', descending: true }}
      @ns-select=${(event: CustomEvent<LogRow>) => this.#choose(event.detail.id)}
    ></ns-table>`
  }

  override render(): TemplateResult | typeof nothing {
    const { model } = this
    if (!model) return nothing
    const rows = filterLog(model, this.filter)
    return html`<div class="panes ${this.selected === '' ? '' : 'chosen'}">
      <div class="main">
        ${this.#timeline(model)} ${this.#bar(model, rows.length)}
        <div class="table">${this.#table(model, rows)}</div>
      </div>
      <workbench-log-side
        .model=${model}
        .bin=${this.filter.bin}
        .limits=${this.limits}
        selected=${this.selected}
        @choose=${(event: CustomEvent<string>) => this.#choose(event.detail)}
      ></workbench-log-side>
    </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-log-view': LogView
  }
}
