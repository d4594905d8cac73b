// Styles of ns-progress.

import { css } from 'lit'

export const styles = css`
  :host {
    display: block;
    font: 400 var(--ns-second);
  }
  .track {
    display: flex;
    height: 6px;
    background: var(--ns-rule);
    forced-color-adjust: none;
  }
  .done {
    background: var(--ns-text);
  }
  .failed {
    background: var(--ns-p3-line);
  }
  .unknown .done {
    width: 24px;
    margin-left: auto;
    margin-right: auto;
  }
  .words {
    display: flex;
    justify-content: space-between;
    gap: 12px;
    margin-top: 4px;
    color: var(--ns-muted);
  }
  .words:not(:has(span:not(:empty))) {
    display: none;
  }
`
