// Styles of the machine-data result.

import { css } from 'lit'

export const styles = css`
  :host {
    display: block;
    min-height: 0;
    height: 100%;
  }
  .panes {
    display: grid;
    grid-template: minmax(0, 1fr) / 296px minmax(0, 1fr);
    height: 100%;
  }
  nav {
    min-width: 0;
    border-right: 1px solid var(--ns-rule);
    overflow: auto;
  }
  h2 {
    display: flex;
    align-items: center;
    justify-content: space-between;
    min-height: 40px;
    padding: 0 16px;
    border-bottom: 1px solid var(--ns-rule);
    font: 600 var(--ns-body);
  }
  h2 span,
  .second {
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  nav button {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 2px 12px;
    width: 100%;
    padding: 8px 16px;
    border: 0;
    border-bottom: 1px solid var(--ns-rule);
    background: none;
    text-align: left;
    cursor: pointer;
  }
  nav button:hover {
    background: var(--ns-hover);
  }
  nav button:focus-visible {
    outline-offset: -2px;
  }
  nav button[aria-pressed='true'] {
    background: var(--ns-selected);
    box-shadow: inset 3px 0 var(--ns-select);
  }
  .name {
    overflow: hidden;
    font-weight: 600;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .number {
    text-align: right;
    white-space: nowrap;
  }
  .main {
    min-width: 0;
    overflow: auto;
  }
  .charts {
    padding: 8px 16px 12px;
  }
  .value {
    height: 268px;
  }
  .score {
    height: 148px;
    margin-top: 8px;
  }
  section {
    border-top: 1px solid var(--ns-rule);
  }
  .events li {
    display: grid;
    grid-template-columns: 152px minmax(0, 1fr) 48px;
    gap: 16px;
    padding: 8px 16px;
    border-bottom: 1px solid var(--ns-rule);
  }
  .none,
  footer {
    padding: 12px 16px;
    color: var(--ns-muted);
  }
  footer {
    font: 400 var(--ns-second);
  }
  @media (width < 1100px) {
    .panes {
      grid-template-columns: 264px minmax(0, 1fr);
    }
    .value {
      height: 212px;
    }
    .score {
      height: 120px;
    }
  }
  @media (width < 720px) {
    :host,
    .panes {
      display: block;
      height: auto;
    }
    nav {
      border-right: 0;
    }
    .events li {
      grid-template-columns: minmax(0, 1fr) 48px;
    }
    .events .when {
      grid-column: 1 / -1;
    }
  }
`
