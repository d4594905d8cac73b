// What the screens of the console share: the head with title and acts, panes that meet at rules, section
// heads, lists of facts.

import { css } from 'lit'

export const screenStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-width: 0;
    height: 100%;
  }
  .page-head {
    flex: none;
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
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 2px 12px;
    font: 600 var(--ns-title);
    overflow-wrap: anywhere;
  }
  h1 ns-status {
    font: 500 var(--ns-body);
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
  .panes {
    flex: 1;
    display: grid;
    grid-template-columns: minmax(0, 1fr) minmax(300px, 33%);
    min-height: 0;
  }
  .pane {
    min-width: 0;
    overflow: auto;
  }
  .side {
    min-width: 0;
    overflow: auto;
    border-left: 1px solid var(--ns-rule);
    background: var(--ns-well);
  }
  .fill {
    flex: 1;
    min-height: 0;
    overflow: auto;
  }
  h2 {
    font: 600 var(--ns-body);
  }
  h2 small {
    margin-left: 4px;
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .section-head {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 16px;
    min-height: 40px;
    padding: 8px var(--ns-pad) 6px;
  }
  .section-head span {
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  section + section {
    border-top: 1px solid var(--ns-rule);
  }
  .body {
    padding: 0 var(--ns-pad) 16px;
  }
  .lead {
    font: 600 var(--ns-name);
  }
  .muted {
    color: var(--ns-muted);
  }
  .second {
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .cut {
    display: block;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .code {
    font: var(--ns-code);
    overflow-wrap: anywhere;
  }
  strong {
    font-weight: 600;
  }
  .plain {
    display: inline-flex;
    align-items: center;
    min-height: 24px;
    color: inherit;
    text-decoration: none;
  }
  .plain:hover {
    text-decoration: underline;
  }
  .facts {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    align-items: baseline;
    gap: 4px 16px;
  }
  .facts dt {
    color: var(--ns-muted);
  }
  .facts dd {
    text-align: right;
    overflow-wrap: anywhere;
  }
  .rows > li {
    padding: 8px var(--ns-pad);
    border-top: 1px solid var(--ns-rule);
  }
  .line {
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    gap: 12px;
  }
  .line > :last-child:not(:first-child) {
    flex: none;
  }
  @media (width < 1100px) {
    .panes {
      grid-template-columns: minmax(0, 1fr) 300px;
    }
  }
  @media (width < 720px) {
    :host {
      height: auto;
      min-height: 100%;
    }
    .page-head h1 > span:first-child {
      display: none;
    }
    /* The head of the frame says the name already. */
    .page-head:not(:has(h1 > :nth-child(2), p, .acts)),
    .page-head:not(:has(h1 > :nth-child(2), p)) > div:first-child {
      display: none;
    }
    .page-head > div:first-child {
      flex-basis: 100%;
    }
    .page-head .acts {
      flex: 1 1 100%;
    }
    .page-head .acts > :is(ns-button, ns-field) {
      flex: 1 1 auto;
    }
    .panes {
      display: block;
    }
    .pane,
    .side,
    .fill {
      overflow: visible;
    }
    .side {
      border-left: 0;
      border-top: 1px solid var(--ns-rule);
    }
  }
`
