// The chosen files: how many are taken and how large they are, which are left out and why; each can be
// removed again. Thousands of rows are fine.

import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { shared } from '../../elements/index.ts'
import { formatBytes, formatCount, formatNumber, msg, str } from '../../i18n/index.ts'
import type { CheckedFile } from './file-check.ts'

const rowStyles = css`
  :host {
    display: grid;
    grid-template-columns: minmax(0, 1fr) minmax(0, auto) 72px var(--ns-target);
    align-items: center;
    gap: 12px;
    height: 100%;
    padding-left: 12px;
  }
  .name {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    direction: rtl;
    text-align: left;
  }
  .left {
    color: var(--ns-muted);
  }
  .bytes {
    text-align: right;
    white-space: nowrap;
  }
  ns-status {
    white-space: nowrap;
  }
  button {
    width: var(--ns-target);
    height: 100%;
    border: 0;
    background: none;
    color: var(--ns-muted);
    cursor: pointer;
  }
  button:hover {
    background: var(--ns-hover);
  }
  button:focus-visible {
    outline-offset: -2px;
  }
`

/** Fires `remove` with the file's name. */
@customElement('workbench-file-row')
export class FileRow extends LitElement {
  static override styles = [shared, rowStyles]
  @property({ attribute: false }) checked: CheckedFile | undefined

  override render(): TemplateResult | typeof nothing {
    if (!this.checked) return nothing
    const { file, reason } = this.checked
    const remove = (): boolean =>
      this.dispatchEvent(
        new CustomEvent('remove', { detail: file.name, bubbles: true, composed: true })
      )
    return html`<span class="name ${reason === '' ? '' : 'left'}" title=${file.name}><bdi>${file.name}</bdi></span>
      ${reason === '' ? html`<span></span>` : html`<ns-status kind="check">${reason}</ns-status>`}
      <span class="bytes">${formatBytes(file.bytes)}</span>
      <button type="button" aria-label=${msg(str`Remove ${file.name}`)} @click=${remove}>×</button>`
  }
}

@customElement('workbench-files')
export class FileList extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      .sum {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 4px 16px;
        min-height: 40px;
      }
      .sum strong {
        font-weight: 600;
      }
      ns-virtual-list {
        border-top: 1px solid var(--ns-rule);
      }
      .acts {
        display: flex;
        gap: 8px;
      }
    `
  ]
  @property({ attribute: false }) files: readonly CheckedFile[] = []
  @state() private only = false

  override render(): TemplateResult {
    const taken = this.files.filter(({ reason }) => reason === '')
    const left = this.files.length - taken.length
    const bytes = taken.reduce((sum, { file }) => sum + file.bytes, 0)
    const shown =
      this.only && left > 0 ? this.files.filter(({ reason }) => reason !== '') : this.files
    const high = matchMedia('(pointer: coarse)').matches ? 44 : 32
    return html`<div class="sum">
        <p role="status">
          <strong>${formatCount(taken.length, msg('file'), msg('files'))}</strong>, ${formatBytes(bytes)}${
            left > 0 ? msg(str`; ${formatNumber(left)} left out`) : nothing
          }
        </p>
        <div class="acts">
          ${
            left > 0
              ? html`<ns-button
                kind="quiet"
                pressed=${this.only ? 'true' : 'false'}
                @click=${() => {
                  this.only = !this.only
                }}
                >${msg('Only those left out')}</ns-button
              >`
              : nothing
          }
          <ns-button kind="quiet" @click=${() => this.dispatchEvent(new CustomEvent('clear'))}>${msg('Remove all')}</ns-button>
        </div>
      </div>
      <ns-virtual-list
        label=${msg('Chosen files')}
        row-height=${high}
        style="height:${Math.min(10, shown.length) * high}px"
        .rows=${shown}
        .key=${({ file }: CheckedFile) => file.name}
        .row=${(checked: CheckedFile) => html`<workbench-file-row .checked=${checked}></workbench-file-row>`}
      ></ns-virtual-list>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-files': FileList
    'workbench-file-row': FileRow
  }
}
