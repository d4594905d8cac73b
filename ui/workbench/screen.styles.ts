// What the screens of the workbench share: the head with title and acts, sections divided by rules, plain
// lists and figures.

import { css } from 'lit'

export const screenStyles = css`
  :host {
    display: block;
    min-width: 0;
  }
  .page-head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 8px 16px;
    min-height: 65px;
    padding: 8px var(--ns-pad);
    border-bottom: 1px solid var(--ns-rule);
  }
  .page-head > div:first-child {
    flex: 1 1 280px;
    min-width: 0;
  }
  h1 {
    overflow: hidden;
    font: 600 var(--ns-title);
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .page-head p {
    color: var(--ns-muted);
  }
  .acts {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }
  h2 {
    font: 600 var(--ns-body);
  }
  .section-head {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 16px;
    min-height: 40px;
    padding: 8px var(--ns-pad);
    border-bottom: 1px solid var(--ns-rule);
  }
  .section-head span {
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .muted {
    color: var(--ns-muted);
  }
  .second {
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .cut {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .code {
    font: var(--ns-code);
  }
  .number {
    text-align: right;
    white-space: nowrap;
  }
  kbd {
    display: inline-block;
    min-width: 20px;
    padding: 0 5px;
    border: 1px solid var(--ns-edge);
    border-radius: var(--ns-radius-mark);
    font: 400 var(--ns-axis);
    text-align: center;
  }
  @media (width < 720px) {
    /* The frame's head says it already; it stays for those who listen. */
    .page-head h1 {
      position: absolute;
      width: 1px;
      height: 1px;
      clip-path: inset(50%);
    }
    .page-head {
      min-height: 0;
    }
    .page-head .acts {
      flex: 1 1 100%;
    }
    .page-head .acts > ns-button {
      flex: 1 1 auto;
    }
  }
`
