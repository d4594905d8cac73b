// What the screens of the kiosk share: panels, lists of rows, and two columns that become one.

import { css } from 'lit'

export const screenStyles = css`
  :host {
    display: block;
    min-height: 0;
    padding: 8px 12px;
    font: 400 var(--ns-body);
  }
  .panel {
    padding: 12px;
    border-radius: var(--ns-radius);
    background: var(--ns-tile);
  }
  .panel + .panel {
    margin-top: 8px;
  }
  .columns {
    display: grid;
    grid-template-columns: repeat(2, minmax(0, 1fr));
    gap: 8px;
    align-items: start;
  }
  .panel + .columns {
    margin-top: 8px;
  }
  .columns > div {
    min-width: 0;
  }
  h2 {
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    gap: 12px;
    margin-bottom: 4px;
    font: 600 var(--ns-name);
  }
  h2 span {
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  h2 ns-status,
  .line ns-status {
    font: 400 var(--ns-second);
  }
  .line:has(ns-status) {
    align-items: center;
  }
  .muted {
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .facts {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
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
    padding: 8px 0;
    border-top: 1px solid var(--ns-rule);
  }
  .rows > li:first-child {
    border-top: 0;
  }
  .line {
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    gap: 12px;
  }
  strong {
    font-weight: 600;
  }
  .cut {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  @media (width < 720px) {
    .columns {
      grid-template-columns: minmax(0, 1fr);
    }
  }
`
