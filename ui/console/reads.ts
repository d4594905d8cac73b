// What stands where a screen's content would while it is being read, or when it could not be: one look for
// all screens of the console.

import { html, type TemplateResult } from 'lit'
import type { Failure } from '../elements/index.ts'
import { msg } from '../i18n/index.ts'
import type { FleetState } from './fleet-state.ts'

/** A sentence, its code, and a way to try again. */
export function failed(failure: Failure, again?: () => void): TemplateResult {
  return html`<ns-empty kind="error" heading=${msg('This could not be read')}>
    ${failure.sentence} ${failure.code === '' ? '' : html`<code>${failure.code}</code>`}
    ${again ? html`<ns-button slot="acts" @click=${again}>${msg('Try again')}</ns-button>` : ''}
  </ns-empty>`
}

/** While the first picture of the fleet is not there: the shape of it, or why it does not come. */
export function waiting({ failure, code }: FleetState, rows = 8): TemplateResult {
  return failure === ''
    ? html`<ns-empty kind="skeleton" rows=${rows}></ns-empty>`
    : failed({ sentence: failure, code })
}
