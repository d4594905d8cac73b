// W12, the proof behind “Nothing leaves this device”: what is stored until when, whom the device talks to,
// and the audit trail.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement } from 'lit/decorators.js'
import { deviceApi, type PrivacyStatus } from '../../api/index.ts'
import { type Column, Loader, serverNow, shared } from '../../elements/index.ts'
import { formatBytes, formatNumber, formatWhen, msg } from '../../i18n/index.ts'
import { screenStyles } from '../screen.styles.ts'
import { sheetStyles } from '../sheet.styles.ts'

type Stored = PrivacyStatus['stored'][number]
type Connection = PrivacyStatus['connections'][number]
type Entry = PrivacyStatus['audit'][number]

const REFRESH_MS = 5000

const storedColumns = (): readonly Column<Stored>[] => [
  { id: 'what', head: msg('What'), kind: 'strong', value: ({ what }) => what },
  { id: 'until', head: msg('Kept until'), value: ({ until }) => until },
  {
    id: 'items',
    head: msg('Items'),
    kind: 'number',
    value: ({ items }) => items,
    cell: ({ items }) => formatNumber(items)
  },
  {
    id: 'bytes',
    head: msg('Size'),
    kind: 'number',
    value: ({ bytes }) => bytes,
    cell: ({ bytes }) => formatBytes(bytes)
  }
]

const connectionColumns = (): readonly Column<Connection>[] => [
  { id: 'to', head: msg('Address'), kind: 'strong', value: ({ to }) => to },
  { id: 'purpose', head: msg('What is sent'), value: ({ purpose }) => purpose }
]

const auditColumns = (): readonly Column<Entry>[] => [
  {
    id: 'at',
    head: msg('When'),
    kind: 'fit',
    value: ({ at }) => at,
    cell: ({ at }) => formatWhen(at, serverNow())
  },
  { id: 'action', head: msg('Act'), kind: 'strong', value: ({ action }) => action },
  { id: 'subject', head: msg('Of'), kind: 'code', value: ({ subject }) => subject },
  { id: 'detail', head: msg('Detail'), value: ({ detail }) => detail },
  { id: 'outcome', head: msg('Outcome'), kind: 'fit', value: ({ outcome }) => outcome }
]

@customElement('workbench-privacy')
export class PrivacyScreen extends LitElement {
  static override styles = [shared, screenStyles, sheetStyles]
  protected readonly status = new Loader<PrivacyStatus>(this, REFRESH_MS)

  override connectedCallback(): void {
    super.connectedCallback()
    this.status.load(deviceApi.privacy)
  }

  #content({ statement, stored, connections, audit }: PrivacyStatus): TemplateResult {
    const table = <Row>(label: string, columns: readonly Column<Row>[], rows: readonly Row[]) =>
      html`<ns-table label=${label} .columns=${columns} .rows=${rows} .key=${(row: Row) => JSON.stringify(row)}></ns-table>`
    return html`<p class="promise">${statement}</p>
      <section>
        <div class="section-head"><h2>${msg('Stored now')}</h2></div>
        ${
          stored.length === 0
            ? html`<p class="note muted">${msg('Nothing that belongs to a user.')}</p>`
            : table(msg('Stored now'), storedColumns(), stored)
        }
      </section>
      <section>
        <div class="section-head"><h2>${msg('This device talks to')}</h2><span>${msg('every address, nothing else')}</span></div>
        ${
          connections.length === 0
            ? html`<p class="note muted">${msg('Nobody.')}</p>`
            : table(msg('Connections'), connectionColumns(), connections)
        }
      </section>
      <section>
        <div class="section-head"><h2>${msg('Audit trail')}</h2><span>${msg('latest first')}</span></div>
        ${
          audit.length === 0
            ? html`<p class="note muted">${msg('No entry yet; what is taken in and wiped is written here.')}</p>`
            : table(msg('Audit trail'), auditColumns(), audit.slice(0, 200))
        }
      </section>`
  }

  override render(): TemplateResult {
    const { value, failure } = this.status
    return html`<div class="page-head">
        <div>
          <h1>${msg('Privacy')}</h1>
          <p>${msg('What is stored, whom this device talks to, and what was wiped')}</p>
        </div>
      </div>
      ${value ? this.#content(value) : nothing}
      ${!value && !failure ? html`<ns-empty kind="skeleton"></ns-empty>` : nothing}
      ${
        !value && failure
          ? html`<ns-empty kind="error" heading=${msg('The record cannot be read')}>${failure.sentence} <span class="code">${failure.code}</span></ns-empty>`
          : nothing
      }`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-privacy': PrivacyScreen
  }
}
