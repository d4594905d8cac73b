// W1 and W2, a new analysis: what kind, which files, with which options; limits are said before the upload,
// and a sample of ours starts with one click.

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property, state } from 'lit/decorators.js'
import { type AnalysisDescription, deviceApi, type Job } from '../../api/index.ts'
import { go, Loader, shared, showFailure } from '../../elements/index.ts'
import { formatBytes, formatNumber, msg, str } from '../../i18n/index.ts'
import { formStyles } from '../form.styles.ts'
import { paneStyles } from '../pane.styles.ts'
import { screenStyles } from '../screen.styles.ts'
import { EMPTY_STATE, type WorkbenchState } from '../workbench-state.ts'
import './drop-zone.ts'
import { addFiles, type CheckedFile, checkFiles, commonFolder, limitWords } from './file-check.ts'
import './file-list.ts'
import type { LocalFile } from './gather-files.ts'
import { styles } from './new-analysis.styles.ts'
import type { GivenOptions } from './options-form.ts'
import './options-form.ts'

interface Sending {
  readonly sent: number
  readonly total: number
  readonly abort: AbortController
}

@customElement('workbench-new')
export class NewAnalysis extends LitElement {
  static override styles = [shared, screenStyles, paneStyles, formStyles, styles]
  @property({ attribute: false }) data: WorkbenchState = EMPTY_STATE
  /** Kind that the address names. */
  @property() kind = ''
  @state() private files: readonly LocalFile[] = []
  @state() private name = ''
  @state() private given: GivenOptions = { options: {}, wrong: false }
  @state() private sending: Sending | null = null
  @state() private starting = ''
  protected readonly analyses = new Loader<AnalysisDescription[]>(this)

  override connectedCallback(): void {
    super.connectedCallback()
    this.analyses.load(deviceApi.analyses)
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback()
    this.sending?.abort.abort()
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('kind')) this.given = { options: {}, wrong: false }
  }

  #started(job: Job): void {
    this.dispatchEvent(new CustomEvent('job-started', { detail: job }))
    go(['jobs', job.id])
  }

  async #sample(analysis: AnalysisDescription, sample: string): Promise<void> {
    this.starting = sample
    try {
      const { options } = this.given.wrong ? { options: {} } : this.given
      this.#started(await deviceApi.startJob({ kind: analysis.kind, sample, options }))
    } catch (error) {
      showFailure(error)
    }
    this.starting = ''
  }

  async #start(
    analysis: AnalysisDescription,
    taken: readonly CheckedFile<LocalFile>[]
  ): Promise<void> {
    const abort = new AbortController()
    const total = taken.reduce((sum, { file }) => sum + file.bytes, 0)
    const title = this.name.trim() || commonFolder(this.files).slice(0, 120)
    this.sending = { sent: 0, total, abort }
    try {
      const job = await deviceApi.uploadJob({
        kind: analysis.kind,
        options: this.given.options,
        files: taken.map(({ file }) => ({ name: file.name, file: file.file })),
        signal: abort.signal,
        onProgress: (sent, all) => {
          this.sending = { sent, total: all, abort }
        },
        ...(title === '' ? {} : { title })
      })
      this.sending = null
      this.#started(job)
    } catch (error) {
      this.sending = null
      if (!abort.signal.aborted) showFailure(error)
    }
  }

  #kinds(all: readonly AnalysisDescription[], chosen: AnalysisDescription): TemplateResult {
    return html`<fieldset ?disabled=${this.sending !== null}>
      <legend class="unseen">${msg('What to analyse')}</legend>
      ${all.map(
        (analysis) => html`<label class="kind choice"
          ><input
            type="radio"
            name="kind"
            .checked=${analysis === chosen}
            @change=${() => go(['new', analysis.kind], {}, true)}
          /><span><strong>${analysis.title}</strong><span>${analysis.summary}</span></span></label
        >`
      )}
    </fieldset>`
  }

  #limits({ accepts, limits }: AnalysisDescription): string {
    const endings = accepts.map((ending) => `.${ending}`).join(', ')
    const each = limitWords(limits.fileBytes)
    if (limits.files === 1) return msg(str`${endings}; up to ${each}`)
    return msg(
      str`${endings}; up to ${formatNumber(limits.files)} files, ${each} each, ${limitWords(limits.totalBytes)} in all`
    )
  }

  #samples(analysis: AnalysisDescription): TemplateResult | typeof nothing {
    if (analysis.samples.length === 0 || this.files.length > 0) return nothing
    return html`<section class="samples">
      <h2>${msg('No file at hand? Try a sample of ours')}</h2>
      <ul>
        ${analysis.samples.map(
          ({ id, title, bytes }) => html`<li>
            <span>${title} <span class="muted">${formatBytes(bytes)}</span></span>
            <ns-button
              label=${`${msg('Run')}: ${title}`}
              ?busy=${this.starting === id}
              @click=${() => void this.#sample(analysis, id)}
              >${msg('Run')}</ns-button
            >
          </li>`
        )}
      </ul>
    </section>`
  }

  #chosen(analysis: AnalysisDescription, checked: readonly CheckedFile[]): TemplateResult {
    return html`<workbench-drop
        ?large=${this.files.length === 0}
        ?single=${analysis.limits.files === 1}
        accept=${analysis.accepts.map((ending) => `.${ending}`).join(',')}
        limits=${this.#limits(analysis)}
        @files=${(event: CustomEvent<LocalFile[]>) => {
          this.files = addFiles(this.files, event.detail)
        }}
      ></workbench-drop>
      ${
        this.files.length === 0
          ? nothing
          : html`<workbench-files
            .files=${checked}
            @remove=${(event: CustomEvent<string>) => {
              this.files = this.files.filter(({ name }) => name !== event.detail)
            }}
            @clear=${() => {
              this.files = []
            }}
          ></workbench-files>`
      }`
  }

  #send(analysis: AnalysisDescription, taken: readonly CheckedFile<LocalFile>[]): TemplateResult {
    if (this.sending) {
      const { sent, total, abort } = this.sending
      const words = sent < total ? msg('Sending to the device') : msg('The device takes them in')
      return html`<div class="start">
        <ns-progress
          .done=${sent}
          .total=${total}
          label=${words}
          start=${words}
          end="${formatBytes(Math.min(sent, total))} ${msg('of')} ${formatBytes(total)}"
        ></ns-progress>
        <ns-button @click=${() => abort.abort()}>${msg('Cancel the upload')}</ns-button>
      </div>`
    }
    const reason = this.given.wrong
      ? msg('An option is out of its range.')
      : msg('Choose at least one file that is taken.')
    const label =
      taken.length > 1 ? msg(str`Start with ${formatNumber(taken.length)} files`) : msg('Start')
    return html`<div class="start">
      <ns-button
        kind="filled"
        ?disabled=${taken.length === 0 || this.given.wrong}
        reason=${reason}
        @click=${() => void this.#start(analysis, taken)}
        >${label}</ns-button
      >
      <p class="second">${msg('Files go to this device only. They are stored encrypted and wiped after the job.')}</p>
    </div>`
  }

  #form(all: readonly AnalysisDescription[]): TemplateResult {
    const analysis = all.find(({ kind }) => kind === this.kind) ?? all[0]
    if (!analysis)
      return html`<ns-empty heading=${msg('This device offers no analysis')}></ns-empty>`
    const checked = checkFiles(this.files, analysis)
    const taken = checked.filter(({ reason }) => reason === '')
    return html`<div class="columns">
      <div class="files" ?inert=${this.sending !== null}>
        ${this.#kinds(all, analysis)} ${this.#chosen(analysis, checked)} ${this.#samples(analysis)}
      </div>
      <div class="side">
        <ns-field
          label=${msg('Title')}
          placeholder=${commonFolder(this.files) || msg('Name of the files')}
          .value=${this.name}
          @ns-input=${(event: CustomEvent<string>) => {
            this.name = event.detail.slice(0, 120)
          }}
        ></ns-field>
        <workbench-options
          .schema=${analysis.options}
          @options=${(event: CustomEvent<GivenOptions>) => {
            this.given = event.detail
          }}
        ></workbench-options>
        ${this.#send(analysis, taken)}
      </div>
    </div>`
  }

  override render(): TemplateResult {
    const { value, failure } = this.analyses
    return html`<div class="page-head">
        <div>
          <h1>${msg('New analysis')}</h1>
          <p>${msg('Files and folders, or a sample of ours')}</p>
        </div>
      </div>
      ${
        value
          ? this.#form(value)
          : failure
            ? html`<ns-empty kind="error" heading=${msg('No analysis can be started')}>
              ${failure.sentence} <span class="code">${failure.code}</span>
              <ns-button slot="acts" @click=${() => this.analyses.again()}>${msg('Try again')}</ns-button></ns-empty
            >`
            : html`<ns-empty kind="skeleton"></ns-empty>`
      }`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-new': NewAnalysis
  }
}
