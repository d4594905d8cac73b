// Styles of the text result: three panes that meet at rules; on a phone the list, then the reader.

import { css } from 'lit'

export const styles = css`
  :host {
    display: block;
    min-height: 0;
    height: 100%;
  }
  .panes {
    display: grid;
    grid-template: minmax(0, 1fr) / 168px minmax(300px, 5fr) minmax(360px, 8fr);
    height: 100%;
  }
  .panes > * {
    min-width: 0;
    min-height: 0;
  }
  .filters {
    padding: 8px 0;
    border-right: 1px solid var(--ns-rule);
    overflow: auto;
  }
  h3 {
    padding: 8px 16px 4px;
    color: var(--ns-muted);
    font: 500 var(--ns-second);
  }
  .filters button {
    display: flex;
    align-items: center;
    justify-content: space-between;
    width: 100%;
    min-height: var(--ns-target);
    padding: 0 12px 0 16px;
    border: 0;
    background: none;
    text-align: left;
    cursor: pointer;
  }
  .filters button:hover {
    background: var(--ns-hover);
  }
  .filters button:focus-visible {
    outline-offset: -2px;
  }
  .filters button[aria-pressed='true'] {
    background: var(--ns-selected);
    box-shadow: inset 3px 0 var(--ns-select);
    font-weight: 600;
  }
  .filters span {
    color: var(--ns-muted);
    font: 400 var(--ns-axis);
  }
  .list {
    display: flex;
    flex-direction: column;
    border-right: 1px solid var(--ns-rule);
  }
  .find {
    display: flex;
    gap: 8px;
    padding: 8px 12px;
    border-bottom: 1px solid var(--ns-rule);
  }
  .find ns-field {
    flex: 1;
  }
  .find .narrow {
    display: none;
  }
  ns-virtual-list {
    flex: 1;
  }
  .list ns-empty {
    flex: 1;
  }
  .foot {
    display: flex;
    align-items: center;
    justify-content: space-between;
    min-height: 32px;
    padding: 0 16px;
    border-top: 1px solid var(--ns-rule);
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  kbd {
    display: inline-block;
    min-width: 20px;
    border: 1px solid var(--ns-edge);
    border-radius: var(--ns-radius-mark);
    font: 400 var(--ns-axis);
    text-align: center;
  }
  .reader {
    display: flex;
    flex-direction: column;
  }
  workbench-reader {
    flex: 1;
    min-height: 0;
  }
  .back {
    display: none;
  }
  @media (width < 1200px) {
    .panes {
      grid-template-columns: minmax(260px, 4fr) minmax(320px, 6fr);
    }
    .filters {
      display: none;
    }
    .find .narrow {
      display: block;
    }
  }
  @media (width < 720px) {
    .panes {
      grid-template-columns: minmax(0, 1fr);
    }
    .panes:not(.reading) .reader,
    .panes.reading .list,
    .keys {
      display: none;
    }
    .list {
      border-right: 0;
    }
    .back {
      display: flex;
      flex: none;
      align-items: center;
      gap: 8px;
      min-height: 44px;
      padding: 0 16px;
      border-bottom: 1px solid var(--ns-rule);
      color: var(--ns-text);
      text-decoration: none;
    }
  }
`
