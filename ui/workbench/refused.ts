// What a form says when the device refused what was asked: nothing was changed, why, and the code.

import { css, html, nothing, type TemplateResult } from 'lit'
import type { Failure } from '../elements/index.ts'
import { msg } from '../i18n/index.ts'

export const refusedStyles = css`
  .refused {
    margin-top: 12px;
    padding: 10px 12px;
    border-left: 3px solid var(--ns-p1);
    background: var(--ns-well);
    overflow-wrap: anywhere;
  }
  .refused strong {
    font-weight: 600;
  }
`

/** Stands in the form all the time, so that a refusal is spoken when it comes. */
export const refusedPart = (refused: Failure | undefined): TemplateResult =>
  html`<div aria-live="polite">
    ${
      refused
        ? html`<p class="refused" role="alert">
          <strong>${msg('Nothing was changed.')}</strong> ${refused.sentence} <code>${refused.code}</code>
        </p>`
        : nothing
    }
  </div>`
