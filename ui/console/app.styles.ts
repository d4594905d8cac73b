// Styles of the console's frame: what stands in its bars, and the dimming of what may no longer be true.

import { css } from 'lit'

export const styles = css`
  :host {
    display: block;
  }
  .find {
    display: flex;
    align-items: center;
    gap: 8px;
    width: 280px;
    min-height: var(--ns-target);
    padding: 0 6px 0 10px;
    border: 1px solid var(--ns-edge);
    border-radius: var(--ns-radius);
    background: var(--ns-well);
    color: var(--ns-muted);
    cursor: pointer;
  }
  .find svg {
    width: 16px;
    height: 16px;
  }
  .find span {
    flex: 1;
    min-width: 0;
    overflow: hidden;
    text-align: left;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  kbd {
    min-width: 20px;
    padding: 0 5px;
    border: 1px solid var(--ns-rule);
    border-radius: var(--ns-radius-mark);
    font: 400 var(--ns-axis);
    text-align: center;
  }
  .help {
    min-width: var(--ns-target);
    min-height: var(--ns-target);
    border: 0;
    border-radius: var(--ns-radius);
    background: none;
    font: 600 var(--ns-name);
    cursor: pointer;
  }
  .help:hover {
    background: var(--ns-hover);
  }
  .foot {
    display: flex;
    align-items: center;
    gap: 20px;
    min-width: 0;
    overflow: hidden;
  }
  .foot.end {
    flex: none;
  }
  .foot ns-status {
    color: var(--ns-text);
    font-weight: 500;
  }
  .foot a {
    color: inherit;
    text-decoration: none;
  }
  .foot a:hover {
    text-decoration: underline;
  }
  .screen {
    display: flex;
    flex-direction: column;
    height: 100%;
  }
  .screen > :last-child {
    flex: 1;
    min-height: 0;
  }
  .lost {
    flex: none;
    display: flex;
    align-items: center;
    gap: 10px;
    min-height: 32px;
    padding: 4px var(--ns-pad);
    border-bottom: 1px solid var(--ns-rule);
    background: var(--ns-well);
  }
  .lost svg {
    flex: none;
  }
  /* The last known state: readable, but no longer black. */
  .old {
    color: var(--ns-muted);
    --ns-text: var(--ns-muted);
    --ns-slate-7: var(--ns-slate-5);
    --ns-slate-6: var(--ns-slate-4);
  }
  @media (width < 1160px) {
    .find {
      width: 200px;
    }
    .foot > .extra {
      display: none;
    }
  }
  @media (width < 720px) {
    .find {
      justify-content: center;
      width: 44px;
      min-height: 44px;
      padding: 0;
      border-color: transparent;
      background: none;
      color: var(--ns-text);
    }
    .find svg {
      width: 20px;
      height: 20px;
    }
    .find :is(span, kbd) {
      display: none;
    }
    .help {
      min-width: 44px;
      min-height: 44px;
    }
    .screen > :last-child {
      flex: 1 0 auto;
    }
  }
`
