// The form that sets how a model is run: a field for each setting, empty where the device decides, and the act
// that takes all settings away. New executors load before the answer comes, so it may take seconds.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { type DeviceModel, type ModelTuning, runtimeApi } from '../../api/index.ts'
import { type NsField, shared, showToast } from '../../elements/index.ts'
import { msg, str } from '../../i18n/index.ts'
import { ChangeForm } from '../change-form.ts'
import { refusedPart, refusedStyles } from '../refused.ts'
import {
  emptyWords,
  isSet,
  SETTINGS,
  type SettingName,
  settingOf,
  TUNING_LIMITS,
  type TypedTuning,
  tuningError,
  tuningRefusal,
  tuningTitle,
  tuningUnit,
  typedOf
} from '../tuning-words.ts'
import { changeFormStyles } from './change-form.styles.ts'

/** Fires `ns-tuned` with what is in force now. */
@customElement('workbench-tuning-dialog')
export class TuningDialog extends LitElement {
  static override styles = [shared, refusedStyles, changeFormStyles]
  @property({ attribute: false }) model: DeviceModel | undefined
  @state() private typed: TypedTuning = typedOf({ set: {} })
  protected readonly form = new ChangeForm<ModelTuning, 'set' | 'free'>(this)

  /** Opens the form on what is in force. */
  show(tuning: ModelTuning): void {
    this.typed = typedOf(tuning)
    this.form.open(tuning)
  }

  #ask(kind: 'set' | 'free', act: (name: string) => Promise<ModelTuning>): void {
    const name = this.model?.name ?? ''
    void this.form.ask(kind, async () => {
      const detail = await act(name)
      const text =
        kind === 'set'
          ? msg(str`${name} runs as you set it.`)
          : msg(str`The load decides how ${name} is run.`)
      showToast({ text })
      this.dispatchEvent(new CustomEvent('ns-tuned', { detail }))
    })
  }

  readonly #set = (): void => {
    const { typed, form } = this
    if (!form.opened || tuningRefusal(typed, form.opened) !== '') return
    this.#ask('set', (name) => runtimeApi.tune(name, settingOf(typed)))
  }

  readonly #free = (): void => this.#ask('free', runtimeApi.untune)

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    this.#set()
  }

  /** A field keeps its own text; what is no number at all counts as wrong, not as empty. */
  #type(name: SettingName, { target }: Event): void {
    const field = target as NsField
    this.typed = { ...this.typed, [name]: field.unreadable ? field.label : field.value }
  }

  #field(name: SettingName, { tuning, rung }: { tuning: ModelTuning; rung: DeviceModel['rung'] }) {
    const [least, most] = TUNING_LIMITS[name]
    return html`<ns-field
      label=${tuningTitle(name)}
      type="number"
      min=${least}
      max=${most}
      step=${name === 'maxWaitMs' ? 'any' : '1'}
      suffix=${tuningUnit(name)}
      .value=${typedOf(tuning)[name]}
      hint=${emptyWords(name, this.typed, rung)}
      error=${tuningError(name, this.typed)}
      @ns-input=${(event: Event) => this.#type(name, event)}
    ></ns-field>`
  }

  #form(tuning: ModelTuning, { rung }: DeviceModel): TemplateResult {
    return html`<p>
        ${msg('New instances are loaded and checked first, then they take over between two batches; no request fails. A setting outlives a restart and holds for every version of the model.')}
      </p>
      <div class="fields" @keydown=${this.#key}>${SETTINGS.map((name) => this.#field(name, { tuning, rung }))}</div>
      ${refusedPart(this.form.refused)}`
  }

  #acts(tuning: ModelTuning): TemplateResult {
    const { asking } = this.form
    const refusal = tuningRefusal(this.typed, tuning)
    const waiting = msg('The device is still changing it.')
    return html`<ns-button
        slot="acts"
        class="apart"
        kind="quiet"
        ?busy=${asking === 'free'}
        ?disabled=${asking === 'set' || !isSet(tuning)}
        reason=${asking ? waiting : msg('Nothing is set; the load decides already.')}
        @click=${this.#free}
        >${msg('Let the load decide')}</ns-button
      >
      <ns-button slot="acts" @click=${this.form.close}>${asking ? msg('Close') : msg('Cancel')}</ns-button>
      <ns-button
        slot="acts"
        kind="filled"
        ?busy=${asking === 'set'}
        ?disabled=${asking === 'free' || refusal !== ''}
        reason=${asking ? waiting : refusal}
        @click=${this.#set}
        >${msg('Apply')}</ns-button
      >`
  }

  override render(): TemplateResult {
    const { form, model } = this
    const name = model?.name ?? ''
    return html`<ns-dialog heading=${msg(str`How ${name} is run`)} ?open=${form.opened !== undefined} @ns-close=${form.close}>
      ${form.opened && model ? html`${this.#form(form.opened, model)} ${this.#acts(form.opened)}` : nothing}
    </ns-dialog>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-tuning-dialog': TuningDialog
  }
}
