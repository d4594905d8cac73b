// Styles of ns-heat-grid.

import { css } from 'lit'

export const styles = css`
  :host {
    display: block;
    min-width: 0;
    font: 400 var(--ns-body);
  }
  .scroll {
    overflow-x: auto;
  }
  table {
    width: 100%;
    /* Separate borders, so that the frame of the selected cell lies over its neighbours. */
    border-collapse: separate;
    border-spacing: 0;
    table-layout: fixed;
  }
  th {
    color: var(--ns-muted);
    font: 400 var(--ns-second);
    text-align: right;
    white-space: nowrap;
  }
  thead th {
    padding: 0 8px 4px;
  }
  thead th:first-child,
  tbody th {
    text-align: left;
  }
  tbody th {
    padding: 0 8px;
    border-top: 1px solid var(--ns-rule);
  }
  tbody th.group {
    padding-top: 8px;
    border-top-color: var(--ns-edge);
    color: var(--ns-text);
    font-weight: 600;
    vertical-align: top;
    white-space: normal;
  }
  .first > * {
    border-top-color: var(--ns-edge);
  }
  /* The two label columns; the rest is shared equally. */
  .groups {
    width: 92px;
  }
  .labels {
    width: 56px;
  }
  tbody tr:last-child > *,
  .last {
    border-bottom: 1px solid var(--ns-edge);
  }
  td {
    height: var(--ns-row);
    min-width: 56px;
    padding: 2px 8px;
    border-top: 1px solid var(--ns-tile);
    border-left: 1px solid var(--ns-tile);
    text-align: right;
    white-space: nowrap;
  }
  tbody td {
    cursor: pointer;
  }
  .words {
    border: 1px dashed var(--ns-edge);
    border-width: 1px 1px 0;
    background: var(--ns-tile);
    color: var(--ns-muted);
    font: 400 var(--ns-second);
    text-align: left;
    cursor: default;
  }
  .words + .words {
    border-left-width: 0;
  }
  .words span {
    display: -webkit-box;
    overflow: hidden;
    white-space: normal;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
  }
  .none {
    color: var(--ns-muted);
    text-align: center;
    cursor: default;
  }
  .strong {
    font-weight: 600;
  }
  [aria-selected='true'] {
    position: relative;
    outline: 2px solid var(--ns-select);
    outline-offset: -1px;
    font-weight: 600;
  }
  [aria-selected='true']::after {
    /* A second line in the pane's colour parts the frame from a dark cell. */
    content: '';
    position: absolute;
    inset: 1px;
    border: 1px solid var(--ns-tile);
    pointer-events: none;
  }
  td:focus-visible {
    outline-width: 3px;
  }
  .sure,
  .legend i {
    forced-color-adjust: none;
  }
  .s1 {
    --shade: var(--ns-slate-1);
  }
  .s2 {
    --shade: var(--ns-slate-2);
  }
  .s3 {
    --shade: var(--ns-slate-3);
  }
  .s4 {
    --shade: var(--ns-slate-4);
  }
  .s5 {
    --shade: var(--ns-slate-5);
  }
  .s6 {
    --shade: var(--ns-slate-6);
  }
  .s7 {
    --shade: var(--ns-slate-7);
  }
  .sure {
    background: var(--shade);
    color: var(--ns-text);
  }
  .sure.s5 {
    color: var(--ns-on-p3);
  }
  .sure:is(.s6, .s7) {
    color: var(--ns-on-filled);
  }
  .unsure {
    background: linear-gradient(90deg, var(--shade) 6px, transparent 6px);
    color: var(--ns-muted);
  }
  .legend {
    display: flex;
    align-items: center;
    gap: 6px;
    margin-top: 6px;
    color: var(--ns-muted);
    font: 400 var(--ns-axis);
  }
  .legend span {
    display: flex;
    height: 8px;
  }
  .legend i {
    width: 18px;
    background: var(--shade);
  }
  @media (width < 720px) {
    .scroll {
      container-type: inline-size;
    }
    table {
      min-width: 540px;
    }
    /* A reason is read without scrolling to its end. */
    .words span {
      position: sticky;
      left: 156px;
      width: fit-content;
      max-width: calc(100cqw - 164px);
      -webkit-line-clamp: 3;
    }
    tbody th {
      position: sticky;
      left: 0;
      z-index: 1;
      background: var(--ns-tile);
    }
    tbody th:not(.group) {
      left: 92px;
    }
  }
`
