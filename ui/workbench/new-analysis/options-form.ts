// The form of an analysis' options, made from their schema. Tells the options, or that something is wrong.

import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { shared } from '../../elements/index.ts'
import { faultOf, fieldsOf, type OptionField, optionsOf } from './option-schema.ts'

export interface GivenOptions {
  readonly options: Readonly<Record<string, unknown>>
  readonly wrong: boolean
}

/** Fires `options` whenever a value changes. */
@customElement('workbench-options')
export class OptionsForm extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        gap: 16px;
      }
    `
  ]
  @property({ attribute: false }) schema: Readonly<Record<string, unknown>> = {}
  @state() private typed: ReadonlyMap<string, string> = new Map()

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('schema')) this.typed = new Map()
  }

  #type({ name }: OptionField, text: string): void {
    this.typed = new Map(this.typed).set(name, text)
    const fields = fieldsOf(this.schema)
    const detail: GivenOptions = {
      options: optionsOf(fields, this.typed),
      wrong: fields.some((field) => faultOf(field, this.typed.get(field.name) ?? '') !== '')
    }
    this.dispatchEvent(new CustomEvent('options', { detail }))
  }

  override render(): TemplateResult[] {
    return fieldsOf(this.schema).map((field) => {
      const value = this.typed.get(field.name) ?? field.initial
      return html`<ns-field
        label=${field.title}
        type=${field.type}
        .value=${value}
        .choices=${field.choices}
        hint=${field.hint}
        suffix=${field.suffix}
        placeholder=${field.initial === '' ? (field.words[0] ?? '') : ''}
        min=${field.min ?? ''}
        max=${field.max ?? ''}
        step=${field.whole ? 1 : 'any'}
        error=${faultOf(field, value)}
        @ns-input=${(event: CustomEvent<string>) => this.#type(field, event.detail)}
        @ns-change=${(event: CustomEvent<string>) => this.#type(field, event.detail)}
      ></ns-field>`
    })
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-options': OptionsForm
  }
}
