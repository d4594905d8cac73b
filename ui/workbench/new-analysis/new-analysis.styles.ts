// Styles of the screen that starts an analysis: kinds and files at the left, options at the right.

import { css } from 'lit'

export const styles = css`
  .columns {
    --pane-narrow: 280px;
  }
  .files {
    display: flex;
    flex-direction: column;
    gap: 16px;
    padding: 16px;
  }
  fieldset {
    display: grid;
    grid-template-columns: repeat(3, minmax(0, 1fr));
    margin: 0;
    padding: 0;
    border: 1px solid var(--ns-edge);
    border-radius: var(--ns-radius);
  }
  .kind {
    display: flex;
    gap: 10px;
    padding: 12px;
  }
  .kind + .kind {
    border-left: 1px solid var(--ns-rule);
  }
  .kind input {
    margin: 2px 0 0;
  }
  .kind strong {
    display: block;
    font-weight: 600;
  }
  .kind span span {
    display: block;
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .samples li {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 16px;
    padding: 8px 0;
    border-top: 1px solid var(--ns-rule);
  }
  .samples h2 {
    padding-bottom: 8px;
  }
  @media (width < 900px) {
    fieldset {
      grid-template-columns: minmax(0, 1fr);
    }
    .kind + .kind {
      border-top: 1px solid var(--ns-rule);
      border-left: 0;
    }
    .kind:has(:checked) {
      box-shadow: inset 3px 0 var(--ns-select);
    }
  }
`
