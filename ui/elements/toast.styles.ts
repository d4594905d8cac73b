// Styles of ns-toast.

import { css } from 'lit'

export const styles = css`
  :host {
    position: fixed;
    inset: auto 16px var(--ns-toast-bottom, 40px) auto;
    z-index: 10;
    display: grid;
    gap: 8px;
    width: min(480px, calc(100vw - 32px));
  }
  .toast {
    display: flex;
    align-items: center;
    gap: 12px;
    min-height: 44px;
    padding: 4px 4px 4px 16px;
    border-radius: var(--ns-radius);
    background: var(--ns-filled);
    color: var(--ns-on-filled);
    font: 400 var(--ns-body);
  }
  .toast p {
    flex: 1;
    padding: 8px 0;
  }
  .toast.failure {
    border: 1px solid var(--ns-edge);
    border-left: 4px solid var(--ns-p1);
    background: var(--ns-well);
    color: var(--ns-text);
  }
  button {
    min-height: max(36px, var(--ns-target));
    min-width: 44px;
    padding: 0 12px;
    border: 0;
    border-radius: var(--ns-radius);
    background: transparent;
    font-weight: 600;
    text-decoration: underline;
    text-underline-offset: 3px;
    cursor: pointer;
  }
  button:focus-visible {
    outline-color: currentColor;
    outline-offset: -4px;
  }
`
