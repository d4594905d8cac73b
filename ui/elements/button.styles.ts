// Styles of ns-button: outlined by default, filled for the next sensible act, quiet, destructive, and
// joined into the bars of the kiosk.

import { css } from 'lit'

export const styles = css`
  :host {
    display: inline-flex;
    vertical-align: middle;
  }
  button,
  a {
    display: inline-flex;
    flex: 1;
    align-items: center;
    justify-content: center;
    gap: 8px;
    min-height: var(--ns-target);
    padding: 0 var(--ns-button-pad);
    border: 1px solid var(--ns-edge);
    border-radius: var(--ns-radius);
    background: transparent;
    color: var(--ns-text);
    font-weight: var(--ns-button-weight);
    text-align: center;
    text-decoration: none;
    cursor: pointer;
  }
  button:hover,
  a:hover {
    background: var(--ns-hover);
  }
  button:active,
  a:active {
    background: var(--ns-pressed);
  }
  :host([kind='filled']) :is(button, a) {
    border-color: var(--ns-filled);
    background: var(--ns-filled);
    color: var(--ns-on-filled);
    font-weight: 600;
  }
  :host([kind='filled']) :is(button, a):hover {
    background: var(--ns-filled-hover);
  }
  :host([kind='quiet']) :is(button, a) {
    border-color: transparent;
  }
  :host([kind='destructive']) :is(button, a) {
    border-color: var(--ns-p1);
    color: var(--ns-p1-text);
  }
  :host([kind='destroy']) :is(button, a) {
    border-color: var(--ns-p1);
    background: var(--ns-p1);
    color: var(--ns-on-p1);
    font-weight: 600;
  }
  button[aria-pressed="true"] {
    background: var(--ns-selected);
    box-shadow: inset 0 -2px var(--ns-select);
    font-weight: 600;
  }
  :host([bar]) {
    align-self: stretch;
  }
  :host([bar]) :is(button, a) {
    border-width: 0 0 0 1px;
    border-color: var(--ns-rule);
    border-radius: 0;
  }
  :host([bar]) :is(button, a):focus-visible {
    outline-offset: -3px;
  }
  button[aria-disabled='true'],
  :host([kind]) button[aria-disabled='true'] {
    border: 1px dashed var(--ns-edge);
    background: transparent;
    color: var(--ns-muted);
    font-weight: 400;
    cursor: default;
  }
  :host([busy]) svg {
    width: 14px;
    height: 14px;
  }
`
