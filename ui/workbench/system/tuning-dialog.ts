// The form that sets how a model is run: a field for each setting, empty where the device decides, and the act
// that takes all settings away. New executors load before the answer comes, so it may take seconds.

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { type DeviceModel, type ModelTuning, runtimeApi } from '../../api/index.ts'
import { type Failure, type NsField, shared, showFailure, showToast } from '../../elements/index.ts'
import { msg, str } from '../../i18n/index.ts'
import { refusalOf, refusedPart, refusedStyles } from '../refused.ts'
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
  /** As it was when the form opened; undefined while it is closed. */
  @state() private tuning: ModelTuning | undefined
  @state() private typed: TypedTuning = typedOf({ set: {} })
  @state() private asking: 'set' | 'free' | undefined
  @state() private refused: Failure | undefined
  #name = ''

  /** Opens the form on what is in force. */
  show(tuning: ModelTuning): void {
    this.tuning = tuning
    this.typed = typedOf(tuning)
    this.refused = undefined
    void this.#focusFirst()
  }

  /** The dialog opens before its fields are drawn, so the browser finds none to focus. */
  async #focusFirst(): Promise<void> {
    await this.updateComplete
    const first = this.renderRoot.querySelector('ns-field')
    await first?.updateComplete
    first?.focus()
  }

  readonly #close = (): void => {
    this.tuning = undefined
  }

  /** Another model was chosen: its settings are others. */
  protected override willUpdate(_: PropertyValues): void {
    const name = this.model?.name ?? ''
    if (name === this.#name) return
    this.#name = name
    this.#close()
  }

  async #ask(kind: 'set' | 'free', act: (name: string) => Promise<ModelTuning>): Promise<void> {
    const name = this.#name
    const opened = this.tuning
    this.asking = kind
    this.refused = undefined
    try {
      const detail = await act(name)
      const text =
        kind === 'set'
          ? msg(str`${name} runs as you set it.`)
          : msg(str`The load decides how ${name} is run.`)
      showToast({ text })
      if (this.#name === name) this.dispatchEvent(new CustomEvent('ns-tuned', { detail }))
      if (this.tuning === opened) this.#close()
    } catch (error) {
      // Whoever closed the form meanwhile is told all the same.
      if (this.tuning !== opened) showFailure(error)
      else this.refused = refusalOf(error)
    }
    this.asking = undefined
  }

  readonly #set = (): void => {
    const { tuning, typed, asking } = this
    if (!tuning || asking || tuningRefusal(typed, tuning) !== '') return
    void this.#ask('set', (name) => runtimeApi.tune(name, settingOf(typed)))
  }

  readonly #free = (): void => void this.#ask('free', runtimeApi.untune)

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
      ${refusedPart(this.refused)}`
  }

  #acts(tuning: ModelTuning): TemplateResult {
    const { asking } = this
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
      <ns-button slot="acts" @click=${this.#close}>${asking ? msg('Close') : msg('Cancel')}</ns-button>
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
    const { tuning, model } = this
    const name = model?.name ?? ''
    return html`<ns-dialog heading=${msg(str`How ${name} is run`)} ?open=${tuning !== undefined} @ns-close=${this.#close}>
      ${tuning && model ? html`${this.#form(tuning, model)} ${this.#acts(tuning)}` : nothing}
    </ns-dialog>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-tuning-dialog': TuningDialog
  }
}
