// Styles of the flood view.

import { css } from 'lit'

export const styles = css`
  :host {
    display: grid;
    grid-template-columns: minmax(0, 2fr) minmax(0, 1fr);
    gap: 8px;
    align-items: start;
    font: 400 var(--ns-body);
  }
  .story {
    border: 2px solid var(--ns-edge);
    border-radius: var(--ns-radius);
    background: var(--ns-tile);
    overflow: hidden;
  }
  .p1 {
    border-color: var(--ns-p1);
  }
  .p2 {
    border-color: var(--ns-p2);
  }
  .p3 {
    border-color: var(--ns-p3-line);
  }
  .first {
    padding: 10px 14px;
    border-bottom: 1px solid var(--ns-rule);
  }
  h2 {
    display: flex;
    align-items: center;
    gap: 10px;
    font: 600 var(--ns-title);
    --ns-mark: 20px;
  }
  .muted {
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  strong {
    font-weight: 600;
  }
  ul {
    padding: 6px 14px;
  }
  li {
    display: grid;
    grid-template-columns: 64px auto minmax(0, 1fr) auto;
    gap: 10px;
    align-items: center;
    min-height: 28px;
  }
  li.muted {
    display: block;
    padding-left: 74px;
  }
  .delay {
    color: var(--ns-muted);
    text-align: right;
  }
  .cut {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .acts {
    display: flex;
    border-top: 1px solid var(--ns-rule);
  }
  .acts ns-button {
    flex: 1;
    --ns-button-pad: 8px;
  }
  .list {
    border-radius: var(--ns-radius);
    background: var(--ns-tile);
  }
  .list a {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr) auto;
    gap: 12px;
    align-items: center;
    min-height: 64px;
    padding: 0 12px;
    border-top: 1px solid var(--ns-rule);
    color: inherit;
    text-decoration: none;
  }
  .list a:first-child {
    border-top: 0;
  }
  .value {
    font: 400 var(--ns-title);
    text-align: right;
  }
  @media (width < 900px) {
    :host {
      grid-template-columns: minmax(0, 1fr);
    }
    .acts {
      flex-direction: column;
    }
    .acts ns-button {
      margin-left: -1px;
      border-bottom: 1px solid var(--ns-rule);
    }
  }
`
