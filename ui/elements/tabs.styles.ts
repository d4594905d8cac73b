// Styles of ns-tabs.

import { css } from 'lit'

export const styles = css`
  :host {
    display: block;
    font: 400 var(--ns-body);
  }
  div {
    display: flex;
    gap: 16px;
    overflow-x: auto;
  }
  button {
    min-height: var(--ns-target);
    padding: 0 2px;
    border: 0;
    border-bottom: 2px solid transparent;
    border-top: 2px solid transparent;
    background: none;
    color: var(--ns-muted);
    white-space: nowrap;
    cursor: pointer;
  }
  button:hover {
    color: var(--ns-text);
  }
  button:focus-visible {
    outline-offset: -3px;
  }
  [aria-selected='true'],
  [aria-checked='true'] {
    border-bottom-color: var(--ns-select);
    color: var(--ns-text);
    font-weight: 600;
  }
  .count {
    margin-left: 2px;
    color: var(--ns-muted);
    font: 400 var(--ns-axis);
  }
  :host([switch]) {
    display: inline-block;
  }
  :host([switch]) div {
    gap: 0;
    border-radius: var(--ns-radius);
    outline: 1px solid var(--ns-edge);
    outline-offset: -1px;
    overflow: hidden;
  }
  :host([switch]) button {
    padding: 0 var(--ns-button-pad);
    color: var(--ns-text);
  }
  :host([switch]) button + button {
    border-left: 1px solid var(--ns-rule);
  }
  :host([switch]) [aria-checked='true'] {
    background: var(--ns-selected);
  }
`
