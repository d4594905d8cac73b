// Publishes a signed bundle from a folder of this machine: the limits before, progress while it goes, and
// the fleet's own sentence when it is refused.

import { css, html, LitElement, type TemplateResult } from 'lit'
import { customElement, state } from 'lit/decorators.js'
import { ApiError, fleetApi } from '../../api/index.ts'
import { type Failure, go, shared, showToast } from '../../elements/index.ts'
import { formatBytes, formatCount, msg, str } from '../../i18n/index.ts'
import {
  bundleBytes,
  bundleFault,
  bundlePath,
  MAX_BUNDLE_BYTES,
  MAX_BUNDLE_FILES
} from './bundle-files.ts'

/** Call `show` to open it; opens the new version when it is published. */
@customElement('console-publish')
export class ConsolePublish extends LitElement {
  static override styles = [
    shared,
    css`
      p {
        margin-bottom: 12px;
      }
      .choose {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px 16px;
        margin-bottom: 12px;
      }
      input {
        position: absolute;
        opacity: 0;
        pointer-events: none;
      }
      label {
        display: inline-flex;
        align-items: center;
        min-height: var(--ns-target);
        padding: 0 var(--ns-button-pad);
        border: 1px solid var(--ns-edge);
        border-radius: var(--ns-radius);
        font-weight: 500;
        cursor: pointer;
      }
      label:hover {
        background: var(--ns-hover);
      }
      input:focus-visible + label {
        outline: 2px solid var(--ns-select);
        outline-offset: 2px;
      }
      code {
        font: var(--ns-code);
      }
      .muted,
      code {
        color: var(--ns-muted);
      }
      .refused {
        padding: 10px 12px;
        border-left: 3px solid var(--ns-p1);
        background: var(--ns-well);
      }
      .refused strong {
        font-weight: 600;
      }
    `
  ]
  @state() private open = false
  @state() private files: readonly File[] = []
  @state() private sent: number | undefined
  @state() private refused: Failure | undefined
  #abort: AbortController | undefined

  /** Opens the dialog. */
  show(): void {
    this.files = []
    this.refused = undefined
    this.open = true
  }

  readonly #close = (): void => {
    this.#abort?.abort()
    this.open = false
  }

  readonly #chosen = (event: Event): void => {
    const input = event.target as HTMLInputElement
    this.files = [...(input.files ?? [])]
    this.refused = undefined
    input.value = ''
  }

  async #publish(): Promise<void> {
    const files = this.files.map((file) => ({ path: bundlePath(file), file }))
    this.refused = undefined
    this.sent = 0
    this.#abort = new AbortController()
    try {
      const { name, version } = await fleetApi.publishModel({
        files,
        signal: this.#abort.signal,
        onProgress: (sent) => {
          this.sent = sent
        }
      })
      this.open = false
      showToast({ text: msg(str`${name} ${version} is published.`) })
      go(['registry', name, version])
    } catch (error) {
      const code = error instanceof ApiError ? error.code : ''
      const sentence = error instanceof Error ? error.message : String(error)
      this.refused = { sentence, code }
    }
    this.sent = undefined
  }

  /** One of: refused, on the way, cannot be sent, nothing to say. */
  #state(fault: string): TemplateResult | '' {
    const { files, sent, refused } = this
    if (refused) {
      return html`<p class="refused" role="alert">
        <strong>${msg('Refused.')}</strong> ${refused.sentence} <code>${refused.code}</code>
      </p>`
    }
    if (sent !== undefined) {
      const total = bundleBytes(files)
      return html`<ns-progress
        label=${msg('Upload')}
        done=${Math.min(sent, total)}
        total=${total}
        start=${sent >= total ? msg('Checking signature and digests') : msg('Sending')}
        end=${`${formatBytes(Math.min(sent, total))} ${msg('of')} ${formatBytes(total)}`}
      ></ns-progress>`
    }
    if (files.length > 0 && fault !== '') return html`<p class="refused" role="alert">${fault}</p>`
    return ''
  }

  override render(): TemplateResult {
    const { files } = this
    const fault = bundleFault(files)
    const folder = files[0]?.webkitRelativePath.split('/')[0] ?? ''
    const busy = this.sent !== undefined
    return html`<ns-dialog heading=${msg('Publish a version')} ?open=${this.open} @ns-close=${this.#close}>
      <p>
        ${msg('Choose the folder of one signed version. Once published, a version never changes; devices install it only if they trust its key.')}
      </p>
      <div class="choose">
        <input id="folder" type="file" webkitdirectory multiple ?disabled=${busy} @change=${this.#chosen} />
        <label for="folder">${files.length === 0 ? msg('Choose a folder') : msg('Choose another folder')}</label>
        <span class="muted"
          >${
            files.length === 0
              ? msg(
                  str`At most ${MAX_BUNDLE_BYTES / 1024 / 1024} MiB and ${MAX_BUNDLE_FILES} files`
                )
              : `${folder}: ${formatCount(files.length, msg('file'), msg('files'))}, ${formatBytes(bundleBytes(files))}`
          }</span
        >
      </div>
      <div aria-live="polite">${this.#state(fault)}</div>
      <ns-button slot="acts" @click=${this.#close}>${busy ? msg('Cancel the upload') : msg('Close')}</ns-button>
      <ns-button
        slot="acts"
        kind="filled"
        ?busy=${busy}
        ?disabled=${files.length === 0 || fault !== ''}
        reason=${files.length === 0 ? msg('Choose a folder first.') : fault}
        @click=${() => void this.#publish()}
        >${msg('Publish')}</ns-button
      >
    </ns-dialog>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'console-publish': ConsolePublish
  }
}
