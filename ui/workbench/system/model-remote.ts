// Where the requests of a model go: to this device, or to another server and what is set of it, and the way to
// change that. Secrets are not shown; the device does not tell them.

import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { keyed } from 'lit/directives/keyed.js'
import { type DeviceModel, type RemoteModel, runtimeApi } from '../../api/index.ts'
import { Loader, shared } from '../../elements/index.ts'
import { keepUnits, msg, str } from '../../i18n/index.ts'
import { REMOTE_STATES, remoteFacts } from '../remote-words.ts'
import { screenStyles } from '../screen.styles.ts'
import { sheetStyles } from '../sheet.styles.ts'
import './remote-dialog.ts'
import { sectionStyles } from './section.styles.ts'

/** A server that was away may be back without another word from the device. */
const REFRESH_MS = 5000

/** An error code breaks between its words, if at all. */
const breakable = (text: string) =>
  text.split('_').map((part, at) => (at === 0 ? part : html`_<wbr />${part}`))

@customElement('workbench-remote')
export class ModelRemote extends LitElement {
  static override styles = [
    shared,
    screenStyles,
    sheetStyles,
    sectionStyles,
    css`
      .where {
        display: flex;
        flex-wrap: wrap;
        align-items: flex-start;
        gap: 2px 12px;
        max-width: none;
        padding-block: 0 12px;
        border-bottom: 1px solid var(--ns-rule);
      }
      .where span {
        min-width: 0;
        max-width: 76ch;
        overflow-wrap: anywhere;
      }
      .set {
        border-bottom: 0;
        padding-bottom: 8px;
      }
      dl {
        grid-template-columns: repeat(auto-fit, minmax(min(190px, 45%), 1fr));
      }
      /* The address is the longest. */
      dl > :first-child {
        grid-column: 1 / -1;
      }
      @media (width >= 900px) {
        dl > :first-child {
          grid-column: span 2;
        }
      }
    `
  ]
  @property({ attribute: false }) model: DeviceModel | undefined
  protected readonly remote = new Loader<RemoteModel>(this, REFRESH_MS)
  #shown = ''

  /** What changes a model's state may change where its requests go. */
  protected override willUpdate(changed: PropertyValues<this>): void {
    const name = this.model?.name ?? ''
    if (!changed.has('model') || name === '') return
    this.remote.load(() => runtimeApi.remote(name), name !== this.#shown)
    this.#shown = name
  }

  readonly #change = (): void => {
    const dialog = this.renderRoot.querySelector('workbench-remote-dialog')
    if (this.remote.value) dialog?.show(this.remote.value)
  }

  /** State and sentence, below them what is set. */
  #where(remote: RemoteModel): TemplateResult {
    const [shape, word] = REMOTE_STATES[remote.state]()
    const facts = remoteFacts(remote)
    return html`<p class=${facts.length > 0 ? 'note where set' : 'note where'}>
        <ns-status kind=${shape} ?strong=${shape === 'warning'}>${word}</ns-status>
        <span>${keepUnits(remote.sentence)}</span>
      </p>
      ${
        facts.length > 0
          ? html`<dl>${facts.map(({ label, value }) => html`<div><dt>${label}</dt><dd>${breakable(value)}</dd></div>`)}</dl>`
          : nothing
      }`
  }

  override render(): TemplateResult | typeof nothing {
    const { model } = this
    if (!model) return nothing
    const { value, failure } = this.remote
    // What the list of models says does until the answer is there.
    const known = value ?? model.remote
    return html`<div class="over">
        <h3>${msg('Where requests go')}</h3>
        ${
          value
            ? html`<ns-button kind="quiet" label=${msg(str`Change where requests to ${model.name} go`)} @click=${this.#change}>${msg('Change')}</ns-button>`
            : nothing
        }
      </div>
      ${known ? this.#where(known) : nothing}
      ${failure ? html`<p class="note"><ns-status kind="stale">${failure.sentence}</ns-status></p>` : nothing}
      ${keyed(
        model.name,
        html`<workbench-remote-dialog .model=${model} @ns-sent=${() => this.remote.again()}></workbench-remote-dialog>`
      )}`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-remote': ModelRemote
  }
}
