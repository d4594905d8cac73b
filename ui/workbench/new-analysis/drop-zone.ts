// Where files and folders are dropped, with buttons that do the same. Fires `files` with what was chosen.

import { css, html, LitElement, nothing, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { shared, showFailure } from '../../elements/index.ts'
import { msg } from '../../i18n/index.ts'
import { filesOfDrop, filesOfInput, type LocalFile } from './gather-files.ts'

@customElement('workbench-drop')
export class DropZone extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      .zone {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 12px 16px;
        padding: 20px 16px;
        border: 1px dashed var(--ns-edge);
        border-radius: var(--ns-radius);
        background: var(--ns-well);
      }
      :host([large]) .zone {
        flex-direction: column;
        justify-content: center;
        min-height: 176px;
        text-align: center;
      }
      :host([large]) .acts {
        justify-content: center;
      }
      .over {
        border: 2px solid var(--ns-select);
        background: var(--ns-selected);
      }
      strong {
        display: block;
        font: 600 var(--ns-name);
      }
      p {
        color: var(--ns-muted);
      }
      .over p {
        color: var(--ns-text);
      }
      .acts {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      input {
        display: none;
      }
    `
  ]
  /** Endings for the file chooser: `.txt,.pdf`. */
  @property() accept = ''
  /** One sentence on what is taken. */
  @property() limits = ''
  /** One file only: no folder button. */
  @property({ type: Boolean }) single = false
  @property({ type: Boolean, reflect: true }) large = false
  @state() private over = false
  @state() private reading = false

  #tell(files: readonly LocalFile[]): void {
    if (files.length > 0) this.dispatchEvent(new CustomEvent('files', { detail: files }))
  }

  readonly #dragged = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes('Files')) return
    event.preventDefault()
    this.over = event.type !== 'dragleave'
  }

  readonly #dropped = async (event: DragEvent): Promise<void> => {
    event.preventDefault()
    this.over = false
    if (!event.dataTransfer) return
    this.reading = true
    try {
      this.#tell(await filesOfDrop(event.dataTransfer))
    } catch (error) {
      showFailure(error)
    }
    this.reading = false
  }

  readonly #chosen = (event: Event): void => {
    const input = event.target as HTMLInputElement
    this.#tell(filesOfInput(input.files))
    input.value = ''
  }

  #open(id: string): void {
    this.renderRoot.querySelector<HTMLInputElement>(`#${id}`)?.click()
  }

  override render(): TemplateResult {
    const words = this.over
      ? msg('Let go to add them')
      : this.reading
        ? msg('Reading the folders …')
        : this.single
          ? msg('Drop a file here')
          : msg('Drop files or folders here')
    return html`<div
      class="zone ${this.over ? 'over' : ''}"
      @dragenter=${this.#dragged}
      @dragover=${this.#dragged}
      @dragleave=${this.#dragged}
      @drop=${(event: DragEvent) => void this.#dropped(event)}
    >
      <div><strong>${words}</strong><p>${this.limits}</p></div>
      <div class="acts">
        <ns-button @click=${() => this.#open('files')}>${this.single ? msg('Choose a file') : msg('Choose files')}</ns-button>
        ${this.single ? nothing : html`<ns-button @click=${() => this.#open('folder')}>${msg('Choose a folder')}</ns-button>`}
      </div>
      <input id="files" type="file" ?multiple=${!this.single} accept=${this.accept} @change=${this.#chosen} />
      <input id="folder" type="file" webkitdirectory @change=${this.#chosen} />
    </div>`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-drop': DropZone
  }
}
