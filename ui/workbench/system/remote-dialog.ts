// The form that sends a model to another server, or has this device answer again. It shows no secret: a token is
// typed anew each time, and headers beside it are the command line's.

import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { type DeviceModel, type RemoteModel, runtimeApi } from '../../api/index.ts'
import { type NsField, shared, showToast } from '../../elements/index.ts'
import { formatNumber, msg, str } from '../../i18n/index.ts'
import { ChangeForm } from '../change-form.ts'
import { refusedPart, refusedStyles } from '../refused.ts'
import {
  hasToken,
  headerCommand,
  otherHeaders,
  REMOTE_PRECISIONS,
  type RemoteField,
  remoteError,
  remoteRefusal,
  remoteSetting,
  remoteTitle,
  TIME_LIMITS,
  type TypedRemote,
  typedRemote
} from '../remote-words.ts'
import { changeFormStyles } from './change-form.styles.ts'

/** A form that is open: what it was opened on, and what was typed since. */
interface Opened {
  readonly remote: RemoteModel
  readonly typed: TypedRemote
}

/** What a field shows besides its title. */
interface FieldLook {
  readonly type?: NsField['type']
  readonly hint?: string
  readonly placeholder?: string
}

/** Fires `ns-sent` with where the requests go now. */
@customElement('workbench-remote-dialog')
export class RemoteDialog extends LitElement {
  static override styles = [
    shared,
    refusedStyles,
    changeFormStyles,
    css`
      .warning {
        padding: 10px 12px;
        border-left: 3px solid var(--ns-p2);
        background: var(--ns-well);
      }
      .warning ns-status {
        align-items: baseline;
        color: var(--ns-text);
      }
      .name {
        display: inline-block;
        max-width: 100%;
        font-weight: 600;
        overflow-wrap: anywhere;
      }
      .wide {
        grid-column: 1 / -1;
      }
      .headers,
      .asked {
        margin-top: 12px;
      }
      .hint {
        color: var(--ns-muted);
        font: 400 var(--ns-second);
      }
      code {
        display: block;
        margin-top: 4px;
        overflow-wrap: anywhere;
        user-select: text;
      }
      @media (width < 480px) {
        .apart {
          flex: 1 1 100%;
        }
      }
    `
  ]
  @property({ attribute: false }) model: DeviceModel | undefined
  /** An empty address is wrong once somebody tried to send. */
  @state() private tried = false
  protected readonly form = new ChangeForm<Opened, 'send' | 'here'>(this)

  get #name(): string {
    return this.model?.name ?? ''
  }

  /** Opens the form on what is set. */
  show(remote: RemoteModel): void {
    this.tried = false
    this.form.open({ remote, typed: typedRemote(remote, this.#name) })
  }

  /** On a low window the end of the form is out of sight. */
  async #uncover(what: string): Promise<void> {
    await this.updateComplete
    this.renderRoot.querySelector(what)?.scrollIntoView({ block: 'nearest' })
  }

  async #ask(kind: 'send' | 'here', act: (name: string) => Promise<RemoteModel>): Promise<void> {
    const asked = this.form.ask(kind, async () => {
      const detail = await act(this.#name)
      showToast({ text: detail.sentence })
      this.dispatchEvent(new CustomEvent('ns-sent', { detail }))
    })
    void this.#uncover('.asked')
    await asked
    void this.#uncover('.refused')
  }

  readonly #send = (): void => {
    const { opened, asking } = this.form
    if (!opened || asking) return
    const { typed } = opened
    this.tried = true
    if (remoteRefusal(typed) !== '') return
    void this.#ask('send', (name) => runtimeApi.sendTo(name, remoteSetting(typed)))
  }

  readonly #here = (): void => void this.#ask('here', runtimeApi.answerHere)

  /** In a list of choices the key chooses. */
  readonly #key = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || (event.target as NsField).type === 'select') return
    event.preventDefault()
    this.#send()
  }

  /** A field keeps its own text; what is no number at all counts as wrong, not as empty. */
  #type(field: RemoteField, { target }: Event): void {
    const { label, value, unreadable } = target as NsField
    const { form } = this
    if (!form.opened) return
    const { remote, typed } = form.opened
    // The device has said nothing of a new address.
    if (field === 'url' && value !== typed.url) form.refused = undefined
    form.keep({ remote, typed: { ...typed, [field]: unreadable ? label : value } })
  }

  #errorOf(field: RemoteField, { typed }: Opened): string {
    if (field !== 'url') return remoteError(field, typed)
    if (this.form.refused?.code === 'NS_SETTINGS_INVALID')
      return msg('The device does not take this address; it says below why.')
    return typed.url.trim() === '' && !this.tried ? '' : remoteError('url', typed)
  }

  #field(field: RemoteField, opened: Opened, { type = 'text', hint, placeholder }: FieldLook) {
    const isTime = field === 'timeoutMs'
    return html`<ns-field
      class=${field === 'url' || field === 'token' ? 'wide' : ''}
      label=${remoteTitle(field)}
      type=${type}
      min=${isTime ? TIME_LIMITS.least : ''}
      max=${isTime ? TIME_LIMITS.most : ''}
      suffix=${isTime ? 'ms' : ''}
      ?required=${field === 'url'}
      placeholder=${placeholder ?? ''}
      .choices=${type === 'select' ? this.#precisions() : []}
      .value=${typedRemote(opened.remote, this.#name)[field]}
      hint=${hint ?? ''}
      error=${this.#errorOf(field, opened)}
      @ns-input=${(event: Event) => this.#type(field, event)}
      @ns-change=${(event: Event) => this.#type(field, event)}
    ></ns-field>`
  }

  #precisions() {
    return [
      { value: '', label: msg('As this device would run it') },
      ...REMOTE_PRECISIONS.map((value) => ({ value, label: value.toUpperCase() }))
    ]
  }

  #fields(opened: Opened): TemplateResult {
    const token = hasToken(opened.remote)
      ? msg(
          'A token is set. It is never shown again: type it anew with each change, else it is removed.'
        )
      : msg('It is never shown again; with each later change it must be typed anew.')
    return html`<div class="fields" @keydown=${this.#key}>
      ${this.#field('url', opened, { type: 'url', placeholder: 'https://triton.example.org:8000', hint: msg('Triton, KServe or another device. http:// in private networks only.') })}
      ${this.#field('model', opened, { hint: msg(str`Empty: ${this.#name}.`) })}
      ${this.#field('version', opened, { hint: msg('Empty: the server chooses.') })}
      ${this.#field('precision', opened, { type: 'select', hint: msg('Says how far its outputs may differ.') })}
      ${this.#field('timeoutMs', opened, { type: 'number', hint: msg(str`Empty: ${formatNumber(TIME_LIMITS.unset)} ms.`) })}
      ${this.#field('token', opened, { type: 'password', hint: token })}
    </div>`
  }

  /** Values of headers cannot be read back, so that they cannot be sent again from here. */
  #headers({ remote }: Opened): TemplateResult {
    const names = otherHeaders(remote)
    const command = html`<code>${headerCommand(this.#name, remote)}</code>`
    if (names.length === 0)
      return html`<div class="headers hint">${msg('Other headers are set on the command line only:')} ${command}</div>`
    return html`<div class="headers warning">
      <ns-status kind="warning"
        ><span
          >${msg('“Send there” removes headers whose values cannot be read back:')}
          ${names.map((name, at) => html`${at > 0 ? ', ' : ''}<span class="name">${name}</span>`)}.
          ${msg('To keep them, set everything on the command line:')}</span
        ></ns-status
      >
      ${command}
    </div>`
  }

  #form(opened: Opened): TemplateResult {
    const { asking } = this.form
    const waits =
      asking === 'send'
        ? msg('The server is asked for the golden outputs of the model.')
        : msg('This device takes over.')
    return html`<p class="warning">
        <ns-status kind="warning" strong
          ><span>${msg(str`What is analysed with ${this.#name} then leaves this device. It goes only to the address that you name.`)}</span></ns-status
        >
      </p>
      ${this.#fields(opened)} ${this.#headers(opened)}
      <div aria-live="polite">${asking ? html`<p class="asked"><ns-status kind="running">${waits}</ns-status></p>` : nothing}</div>
      ${refusedPart(this.form.refused)}`
  }

  #acts({ remote, typed }: Opened): TemplateResult {
    const { asking } = this.form
    const refusal = remoteRefusal(typed)
    const waiting = msg('The device has not answered yet.')
    return html`${
      remote.state === 'off'
        ? nothing
        : html`<ns-button
            slot="acts"
            class="apart"
            ?busy=${asking === 'here'}
            ?disabled=${asking === 'send'}
            reason=${waiting}
            @click=${this.#here}
            >${msg('Answer on this device')}</ns-button
          >`
    }
      <ns-button slot="acts" @click=${this.form.close}>${asking ? msg('Close') : msg('Cancel')}</ns-button>
      <ns-button
        slot="acts"
        kind="filled"
        ?busy=${asking === 'send'}
        ?disabled=${asking === 'here' || refusal !== ''}
        reason=${asking ? waiting : refusal}
        @click=${this.#send}
        >${msg('Send there')}</ns-button
      >`
  }

  override render(): TemplateResult {
    const { form } = this
    const { opened } = form
    const heading = msg(str`Where requests to ${this.#name} go`)
    return html`<ns-dialog heading=${heading} ?open=${opened !== undefined} @ns-close=${form.close}>
      ${opened ? html`${this.#form(opened)} ${this.#acts(opened)}` : nothing}
    </ns-dialog>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-remote-dialog': RemoteDialog
  }
}
