// How old a value is, ticking by itself; bold once it is older than it should be. The absolute time is in
// the title and for machines.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { formatAge, formatDateTime, formatDuration, msg } from '../i18n/index.ts'
import { serverNow, Ticker } from './ticker.ts'

/** `at` in, words out: `4 s ago`. Nothing has to be called when time passes. */
@customElement('ns-age')
export class NsAge extends LitElement {
  static override styles = css`
    :host {
      white-space: nowrap;
    }
    .old {
      color: var(--ns-text);
      font-weight: 600;
    }
  `
  /** Milliseconds since 1970; null says that there never was a value. */
  @property({ type: Number }) at: number | null = null
  /** Older than this is stale, milliseconds. */
  @property({ type: Number, attribute: 'stale-after' }) staleAfter = Number.POSITIVE_INFINITY
  /** The length of time alone, without "ago". */
  @property({ type: Boolean }) bare = false
  protected readonly ticker = new Ticker(this)

  override render(): TemplateResult {
    if (this.at === null) return html`${msg('no value yet')}`
    const now = serverNow()
    const text = this.bare ? formatDuration(now - this.at) : formatAge(this.at, now)
    return html`<time
      class=${now - this.at > this.staleAfter ? 'old' : ''}
      datetime=${new Date(this.at).toISOString()}
      title=${formatDateTime(this.at)}
      >${text}</time
    >`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-age': NsAge
  }
}
