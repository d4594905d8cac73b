// The reader: summary and key findings of a document, then its text, in which the chosen sentence is lit
// and its numbers are underlined. Nothing here is rephrased; every line leads to its source.

import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit'
import { customElement, property } from 'lit/decorators.js'
import { type DocumentText, deviceApi } from '../../api/index.ts'
import { Loader, shared } from '../../elements/index.ts'
import { formatCount, formatNumber, msg, str } from '../../i18n/index.ts'
import { styles } from './reader.styles.ts'
import { type Paragraph, paragraphsOf, splitNumbers } from './reader-text.ts'
import { confidenceBar, confidenceStyles } from './rows.ts'
import { type DocumentRow, type FindingRow, roleWord } from './text-model.ts'

/** Fires `choose` with the number of a sentence. */
@customElement('workbench-reader')
export class Reader extends LitElement {
  static override styles = [shared, confidenceStyles, styles]
  @property({ attribute: 'job-id' }) jobId = ''
  @property({ attribute: false }) document: DocumentRow | undefined
  /** Of this document, in reading order. */
  @property({ attribute: false }) findings: readonly FindingRow[] = []
  /** Number of the lit sentence; -1 for none. */
  @property({ type: Number }) sentence = -1
  /** What the reader must know about the report. */
  @property({ attribute: false }) limits: readonly string[] = []
  protected readonly text = new Loader<DocumentText>(this)
  #loaded = ''
  #paragraphs: readonly Paragraph[] = []
  #cut: DocumentText | undefined
  #shown = ''

  protected override willUpdate(_: PropertyValues): void {
    const { document: row, jobId } = this
    const wanted = row ? `${jobId} ${row.input}` : ''
    if (row && wanted !== this.#loaded) {
      this.#loaded = wanted
      this.text.load(() => deviceApi.document(jobId, row.input), true)
    }
    if (row && this.text.value && this.text.value !== this.#cut) {
      this.#cut = this.text.value
      this.#paragraphs = paragraphsOf(this.text.value.text, row.result.sentences)
    }
  }

  protected override updated(): void {
    // The sentence comes into sight once, not with every drawing: the person may scroll away.
    const wanted = `${this.#loaded} ${this.sentence}`
    if (wanted === this.#shown || !this.text.value) return
    this.#shown = wanted
    const lit = this.renderRoot.querySelector(`[data-sentence="${this.sentence}"]`)
    if (lit) lit.scrollIntoView({ block: 'center' })
    else this.scrollTop = 0
  }

  #choose(sentence: number): void {
    this.dispatchEvent(new CustomEvent('choose', { detail: sentence }))
  }

  #head(row: DocumentRow): TemplateResult {
    const at = this.findings.findIndex(({ sentence }) => sentence === this.sentence)
    const finding = this.findings[at]
    const span = row.result.sentences[this.sentence]
    const count = row.result.sentences.length
    return html`<header>
      <div class="title">
        <h2>${row.title}</h2>
        <p>${row.name}, ${formatCount(row.result.words, msg('word'), msg('words'))}, ${formatCount(count, msg('sentence'), msg('sentences'))}</p>
      </div>
      ${
        span
          ? html`<div class="chosen">
            <span>
              <strong>${finding ? msg(str`Key finding ${at + 1} of ${this.findings.length}`) : msg('Sentence of the summary')}</strong>
              ${finding ? confidenceBar(finding.score) : nothing}
            </span>
            <span class="muted">${roleWord(span.role)} ${formatNumber(span.confidence, 2)}, ${msg(str`sentence ${this.sentence + 1} of ${count}, word for word`)}</span>
          </div>`
          : nothing
      }
    </header>`
  }

  #quote(sentence: number, text: string, extra: unknown): TemplateResult {
    return html`<li>
      <button type="button" aria-pressed=${sentence === this.sentence} @click=${() => this.#choose(sentence)}>
        <span class="quote">${text}</span>${extra}
      </button>
    </li>`
  }

  #digest(row: DocumentRow): TemplateResult {
    const { result } = row
    const text = this.text.value?.text
    const sentences = result.summary.flatMap((number) => {
      const span = result.sentences[number]
      return span && text ? [{ number, text: text.slice(span.start, span.end) }] : []
    })
    return html`<section aria-label=${msg('Summary')}>
        <h3>${msg('Summary')}</h3>
        ${
          sentences.length === 0
            ? html`<p class="plain">${result.summaryText || msg('Too short for a summary.')}</p>`
            : html`<ul class="quotes">${sentences.map((found) => this.#quote(found.number, found.text, nothing))}</ul>`
        }
      </section>
      <section aria-label=${msg('Key findings')}>
        <h3>${msg('Key findings')}</h3>
        ${
          this.findings.length === 0
            ? html`<p class="plain muted">${msg('None stands out in this document.')}</p>`
            : html`<ul class="quotes">
              ${this.findings.map((finding) =>
                this.#quote(
                  finding.sentence,
                  finding.text,
                  html`<span class="facts">${roleWord(finding.role)}${confidenceBar(finding.score)}</span>`
                )
              )}
            </ul>`
        }
      </section>`
  }

  #lit(text: string): unknown {
    return splitNumbers(text).map((part, index) => (index % 2 === 1 ? html`<u>${part}</u>` : part))
  }

  #paragraph(paragraph: Paragraph, row: DocumentRow, before: string): TemplateResult {
    const { summary, keyFindings, sentences } = row.result
    const known = new Set([...summary, ...keyFindings.map(({ sentence }) => sentence)])
    const role = sentences[paragraph.first]?.role
    const open = paragraph.pieces.some(
      (piece) => piece.sentence === this.sentence && this.sentence >= 0
    )
    return html`<div class="paragraph ${paragraph.close ? 'close' : ''} ${open ? 'open' : ''}">
      <span class="role">${role && role !== before ? roleWord(role) : nothing}</span>
      <p>${paragraph.pieces.map(({ text, sentence }) => {
        if (sentence < 0) return text
        if (sentence === this.sentence) {
          return html`<mark data-sentence=${sentence}>${this.#lit(text)}</mark>`
        }
        return known.has(sentence)
          ? html`<span class="known" data-sentence=${sentence} @click=${() => this.#choose(sentence)}>${text}</span>`
          : html`<span data-sentence=${sentence}>${text}</span>`
      })}</p>
    </div>`
  }

  #source(row: DocumentRow): TemplateResult {
    const { value, failure } = this.text
    if (failure) {
      const gone = failure.code === 'NS_JOB_INPUTS_GONE'
      return html`<ns-empty kind=${gone ? 'empty' : 'error'} heading=${gone ? msg('The text was wiped') : msg('The text cannot be read')}>
        ${failure.sentence} <span class="code">${failure.code}</span></ns-empty
      >`
    }
    if (!value) return html`<ns-empty kind="skeleton" rows="6"></ns-empty>`
    let before = ''
    return html`<div class="source">
      ${this.#paragraphs.map((paragraph) => {
        const drawn = this.#paragraph(paragraph, row, before)
        before = row.result.sentences[paragraph.first]?.role ?? before
        return drawn
      })}
    </div>`
  }

  override render(): TemplateResult {
    const { document: row } = this
    if (!row) {
      return html`<ns-empty heading=${msg('Nothing is chosen')}>${msg('Choose a document or a finding in the list.')}</ns-empty>`
    }
    return html`${this.#head(row)}
      <div class="digest">${this.#digest(row)}</div>
      <h3 class="text-head">${msg('Source')}</h3>
      ${this.#source(row)}
      ${
        this.limits.length === 0
          ? nothing
          : html`<footer>
            <h3>${msg('What to know')}</h3>
            ${this.limits.map((limit) => html`<p>${limit}</p>`)}
          </footer>`
      }`
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'workbench-reader': Reader
  }
}
