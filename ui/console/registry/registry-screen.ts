// The registry: every version of every model, the chosen one beside the table. A version is published here,
// and nothing is ever changed.

import { html, LitElement, type TemplateResult } from 'lit'
import { customElement, property, query } from 'lit/decorators.js'
import type { RegistryModel } from '../../api/index.ts'
import { type Column, go, Narrow, serverNow, shared } from '../../elements/index.ts'
import { formatBytes, formatNumber, formatWhen, msg } from '../../i18n/index.ts'
import { EMPTY_STATE, type FleetState, isLost } from '../fleet-state.ts'
import { waiting } from '../reads.ts'
import { screenStyles } from '../screen.styles.ts'
import { precisionWord } from '../words.ts'
import './publish.ts'
import type { ConsolePublish } from './publish.ts'
import './version.ts'

const keyOf = ({ name, version }: { name: string; version: string }): string => `${name} ${version}`

/** The chosen version stands in the address; the newest is shown without one. */
@customElement('console-registry')
export class ConsoleRegistry extends LitElement {
  static override styles = [shared, screenStyles]
  @property({ attribute: false }) data: FleetState = EMPTY_STATE
  /** The chosen version, from the address. */
  @property() model = ''
  @property() version = ''
  @query('console-publish') private publish!: ConsolePublish
  protected readonly narrow = new Narrow(this)

  #columns(): readonly Column<RegistryModel>[] {
    const now = serverNow()
    const all: readonly Column<RegistryModel>[] = [
      { id: 'name', head: msg('Model'), kind: 'strong', value: ({ name }) => name },
      { id: 'version', head: msg('Version'), kind: 'fit', value: ({ version }) => version },
      {
        id: 'precisions',
        head: msg('Precisions'),
        cell: ({ variants }) => variants.map(({ precision }) => precisionWord(precision)).join(', ')
      },
      {
        id: 'size',
        head: msg('Size'),
        kind: 'number',
        value: ({ sizeBytes }) => sizeBytes,
        cell: ({ sizeBytes }) => formatBytes(sizeBytes)
      },
      {
        id: 'devices',
        head: msg('Devices'),
        kind: 'number',
        value: ({ devices }) => devices,
        cell: ({ devices }) => formatNumber(devices)
      },
      {
        id: 'published',
        head: msg('Published'),
        kind: 'number',
        value: ({ publishedAt }) => publishedAt,
        cell: ({ publishedAt }) => formatWhen(publishedAt, now)
      }
    ]
    return this.narrow.on
      ? all.filter(({ id }) => ['name', 'version', 'devices'].includes(id))
      : all
  }

  #empty(): TemplateResult {
    return html`<ns-empty heading=${msg('No model is published yet')}>
      ${msg('Devices run the models that they came with. Sign a new version with “nearside models sign”, publish it here, then roll it out.')}
      <ns-button slot="acts" kind="filled" @click=${() => this.publish.show()}>${msg('Publish a version')}</ns-button>
    </ns-empty>`
  }

  /** Table left, the chosen version right. */
  #panes(models: readonly RegistryModel[]): TemplateResult {
    const chosen =
      models.find((model) => model.name === this.model && model.version === this.version) ??
      models[0] ??
      null
    const running = (this.data.devices ?? []).filter((device) =>
      device.reported?.models.some((model) => chosen && keyOf(model) === keyOf(chosen))
    )
    return html`<div class="panes">
      <div class="pane">
        <ns-table
          label=${msg('Versions')}
          selectable
          .columns=${this.#columns()}
          .rows=${models}
          .key=${keyOf}
          selected=${chosen ? keyOf(chosen) : ''}
          @ns-select=${(event: CustomEvent<RegistryModel>) =>
            go(['registry', event.detail.name, event.detail.version], {}, true)}
        ></ns-table>
      </div>
      <div class="side">
        <console-version .model=${chosen} .devices=${running} .engines=${this.data.engines} ?lost=${isLost(this.data)}></console-version>
      </div>
    </div>`
  }

  override render(): TemplateResult {
    const { models } = this.data
    if (!models) return waiting(this.data)
    return html`<div class="page-head">
        <div><h1><span>${msg('Registry')}</span></h1></div>
        <div class="acts">
          ${
            models.length === 0
              ? ''
              : html`<ns-button
                ?disabled=${isLost(this.data)}
                reason=${msg('The fleet does not answer now.')}
                @click=${() => this.publish.show()}
                >${msg('Publish a version')}</ns-button
              >`
          }
        </div>
      </div>
      ${models.length === 0 ? this.#empty() : this.#panes(models)}
      <console-publish></console-publish>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'console-registry': ConsoleRegistry
  }
}
