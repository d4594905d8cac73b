// The frame of workbench and console: top bar, rail with counts, status bar; on a phone a head, and a tab
// bar with the places that matter most. It holds no screen and knows no data.

import { html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import '../dialog.ts'
import { msg } from '../../i18n/index.ts'
import { type IconName, icons } from '../icons.ts'
import { shared } from '../shared.styles.ts'
import { styles } from './desk-frame.styles.ts'

export interface NavItem {
  /** `#/jobs`. */
  readonly href: string
  readonly label: string
  /** For the tab bar of a phone, where the label is too long. */
  readonly short?: string
  /** How much there is or is open; nothing is shown for undefined. */
  readonly count?: number | undefined
  /** With an icon it stands in the tab bar of a phone; at most four. */
  readonly icon?: IconName
}

export interface NavGroup {
  readonly label: string
  readonly items: readonly NavItem[]
}

/** Slots: default, `tools` (right in the bar), `foot-start`, `foot-end`, `rail-foot`. */
@customElement('ns-desk-frame')
export class NsDeskFrame extends LitElement {
  static override styles = [shared, styles]

  /** `workbench` or `console`. */
  @property() product = ''
  /** Which device or fleet, and a short fact about it. */
  @property() subject = ''
  @property({ attribute: 'subject-detail' }) subjectDetail = ''
  @property({ attribute: false }) groups: readonly NavGroup[] = []
  /** `href` of the place that is shown. */
  @property() current = ''
  /** Name of the screen; the head of a phone and the title of the page. */
  @property() heading = ''
  @state() private more = false

  override updated(): void {
    const title = `${this.heading === '' ? '' : `${this.heading} – `}Nearside ${this.product}`
    if (document.title !== title) document.title = title
  }

  #link({ href, label, count }: NavItem): TemplateResult {
    return html`<a
      href=${href}
      aria-current=${href === this.current ? 'page' : nothing}
      @click=${() => {
        this.more = false
      }}
      >${label}${count === undefined ? nothing : html`<span class="count">${count}</span>`}</a
    >`
  }

  /** At a desk: product, subject, tools. On a phone: where am I. */
  #bar(): TemplateResult {
    return html`<header>
      <div class="product"><b>Nearside</b>${this.product}</div>
      <div class="subject"><strong>${this.subject}</strong><span>${this.subjectDetail}</span></div>
      <div class="phone">
        <strong>${this.heading || this.subject}</strong><span>${[this.subject, this.subjectDetail].filter(Boolean).join(', ')}</span>
      </div>
      <div class="tools"><slot name="tools"></slot></div>
    </header>`
  }

  /** A phone's tab bar: the items with an icon, and everything else behind More. */
  #tabs(): TemplateResult {
    const shown = this.groups
      .flatMap(({ items }) => items)
      .filter(({ icon }) => icon)
      .slice(0, 4)
    const elsewhere = !shown.some(({ href }) => href === this.current)
    return html`<nav class="tabs" aria-label=${msg('Main places')}>
      ${shown.map(
        ({ href, label, short, icon }) =>
          html`<a href=${href} aria-current=${href === this.current ? 'page' : nothing}
            >${icons[icon ?? 'list']}${short ?? label}</a
          >`
      )}
      <button
        type="button"
        aria-haspopup="dialog"
        aria-current=${elsewhere ? 'page' : nothing}
        @click=${() => {
          this.more = true
        }}
      >
        ${icons.menu}${msg('More')}
      </button>
    </nav>`
  }

  /** The same list stands in the rail and behind More. */
  #groups(): TemplateResult[] {
    return this.groups.map(
      ({ label, items }) => html`<h2>${label}</h2>${items.map((item) => this.#link(item))}`
    )
  }

  override render(): TemplateResult {
    return html`<a
        class="skip"
        href="#main"
        @click=${(event: Event) => {
          event.preventDefault()
          this.renderRoot.querySelector('main')?.focus()
        }}
        >${msg('Go to the content')}</a
      >
      ${this.#bar()}
      <nav class="rail" aria-label=${msg('All places')}>
        ${this.#groups()}
        <div class="rail-foot"><slot name="rail-foot"></slot></div>
      </nav>
      <main tabindex="-1"><slot></slot></main>
      <footer><slot name="foot-start"></slot><slot name="foot-end"></slot></footer>
      ${this.#tabs()}
      <ns-dialog
        heading=${msg('All places')}
        ?open=${this.more}
        @ns-close=${() => {
          this.more = false
        }}
        ><div class="more">${this.more ? this.#groups() : nothing}</div></ns-dialog
      >`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ns-desk-frame': NsDeskFrame
  }
}
