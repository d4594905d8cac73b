// Styles of ns-empty.

import { css } from 'lit'

export const styles = css`
  :host {
    display: block;
    padding: 24px var(--ns-pad);
    color: var(--ns-muted);
    font: 400 var(--ns-body);
  }
  .heading {
    display: flex;
    align-items: center;
    gap: 8px;
    margin-bottom: 4px;
    color: var(--ns-text);
    font: 600 var(--ns-name);
  }
  .text {
    max-width: 60ch;
  }
  .acts {
    display: flex;
    flex-wrap: wrap;
    gap: var(--ns-gap);
    margin-top: 16px;
  }
  .acts:not(.filled) {
    display: none;
  }
  .late {
    animation: appear 0s 300ms both;
  }
  .row {
    display: flex;
    justify-content: space-between;
    align-items: center;
    height: var(--ns-row);
    border-bottom: 1px solid var(--ns-rule);
  }
  .row i {
    width: var(--wide, 40%);
    height: 10px;
    border-radius: var(--ns-radius-mark);
    background: var(--ns-rule);
  }
  @keyframes appear {
    from {
      visibility: hidden;
    }
    to {
      visibility: visible;
    }
  }
`
