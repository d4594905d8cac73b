// Styles of the logs: timeline, filter and table at the left, what is unusual at the right.

import { css } from 'lit'

export const styles = css`
  :host {
    display: block;
    min-height: 0;
    height: 100%;
  }
  .panes {
    display: grid;
    grid-template: minmax(0, 1fr) / minmax(0, 1fr) 356px;
    height: 100%;
  }
  .main {
    display: flex;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
  }
  .timeline {
    flex: none;
    height: 132px;
    margin: 8px 16px;
  }
  .bar {
    display: flex;
    flex: none;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    padding: 8px 16px;
    border-block: 1px solid var(--ns-rule);
  }
  .bar .words {
    flex: 0 1 200px;
  }
  .sum {
    margin-left: auto;
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .table {
    flex: 1;
    min-height: 0;
    overflow: auto;
  }
  ns-table {
    max-height: 100%;
  }
  workbench-log-side {
    min-height: 0;
    border-left: 1px solid var(--ns-rule);
    overflow: auto;
  }
  .phone button {
    display: block;
    width: 100%;
    min-height: 44px;
    padding: 8px 16px;
    border: 0;
    border-bottom: 1px solid var(--ns-rule);
    background: none;
    text-align: left;
    cursor: pointer;
  }
  .phone .first {
    display: flex;
    align-items: center;
    gap: 4px;
    margin-bottom: 4px;
  }
  .phone b {
    margin-left: auto;
    font-weight: 600;
  }
  @media (width < 1100px) {
    .panes {
      grid-template-columns: minmax(0, 1fr) 288px;
    }
  }
  @media (width < 1100px) and (width >= 860px) {
    .sum {
      display: none;
    }
  }
  @media (height < 700px) {
    .timeline {
      height: 96px;
    }
  }
  @media (width < 860px) {
    :host,
    .panes {
      display: block;
      height: auto;
    }
    .table {
      overflow: visible;
    }
    workbench-log-side {
      border-top: 1px solid var(--ns-rule);
      border-left: 0;
    }
    .chosen .main {
      display: none;
    }
  }
  @media (width < 720px) {
    .bar .words {
      flex: 1 1 100%;
    }
  }
`
