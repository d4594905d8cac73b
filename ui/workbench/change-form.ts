// A form that asks the device for a change, while it is open: one act at a time, and the refusal of the last one.
// Its fields, words and buttons are those of the element that holds it.

import type { LitElement, ReactiveController } from 'lit'
import { type Failure, failureOf, type NsField, showFailure } from '../elements/index.ts'

export class ChangeForm<Opened, Act extends string> implements ReactiveController {
  readonly #host: LitElement
  /** Counts the openings, so that an answer finds the form that asked. */
  #turn = 0
  /** What it was opened on, with what was typed since; undefined while it is closed. */
  opened: Opened | undefined
  /** What the device has not answered yet, also of a form that was closed meanwhile. */
  asking: Act | undefined
  refused: Failure | undefined

  constructor(host: LitElement) {
    this.#host = host
    host.addController(this)
  }

  hostDisconnected(): void {
    this.close()
  }

  open(opened: Opened): void {
    this.#become(opened)
    void this.#focusFirst()
  }

  /** What was typed is forgotten with it. */
  readonly close = (): void => this.#become(undefined)

  /** Keeps what was typed since. */
  keep(opened: Opened): void {
    this.opened = opened
    this.#host.requestUpdate()
  }

  #become(opened: Opened | undefined): void {
    this.#turn += 1
    this.opened = opened
    this.refused = undefined
    this.#host.requestUpdate()
  }

  /** The dialog opens before its fields are drawn, so the browser finds none to focus. */
  async #focusFirst(): Promise<void> {
    await this.#host.updateComplete
    const first = this.#host.renderRoot.querySelector<NsField>('ns-field')
    await first?.updateComplete
    first?.focus()
  }

  /** Asks for a change and closes the form when it was made; does nothing while another one is under way. */
  async ask(kind: Act, act: () => Promise<void>): Promise<void> {
    if (this.asking) return
    const turn = this.#turn
    this.asking = kind
    this.refused = undefined
    this.#host.requestUpdate()
    try {
      await act()
      if (this.#turn === turn) this.close()
    } catch (error) {
      // Whoever closed the form meanwhile is told all the same.
      if (this.#turn === turn) this.refused = failureOf(error)
      else showFailure(error)
    }
    this.asking = undefined
    this.#host.requestUpdate()
  }
}
