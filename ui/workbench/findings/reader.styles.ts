// Styles of the reader: quoted text in a serif on the well, roles in the margin, the chosen sentence in blue.

import { css } from 'lit'

export const styles = css`
  :host {
    display: block;
    min-width: 0;
    background: var(--ns-well);
    overflow: auto;
    container-type: inline-size;
  }
  header {
    position: sticky;
    top: 0;
    z-index: 2;
    border-bottom: 1px solid var(--ns-rule);
    background: var(--ns-tile);
  }
  .title {
    padding: 10px 16px;
  }
  h2 {
    overflow: hidden;
    font: 600 var(--ns-name);
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .title p,
  .muted {
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .title p {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .chosen {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 4px 16px;
    min-height: 36px;
    padding: 6px 16px;
    border-top: 1px solid var(--ns-rule);
  }
  .chosen > span:first-child {
    display: inline-flex;
    flex-wrap: wrap;
    gap: 4px 16px;
  }
  .chosen strong {
    font-weight: 600;
  }
  h3 {
    padding: 16px 16px 4px;
    color: var(--ns-muted);
    font: 500 var(--ns-second);
  }
  .quotes button {
    display: block;
    width: 100%;
    padding: 6px 16px;
    border: 0;
    background: none;
    text-align: left;
    cursor: pointer;
  }
  .quotes button:hover {
    background: var(--ns-hover);
  }
  .quotes button:focus-visible {
    outline-offset: -2px;
  }
  .quotes button[aria-pressed='true'] {
    background: var(--ns-selected);
    box-shadow: inset 3px 0 var(--ns-select);
  }
  .quote,
  .plain {
    display: block;
    max-width: 68ch;
    font: var(--ns-source);
  }
  .plain {
    padding: 0 16px;
  }
  .facts {
    display: flex;
    gap: 16px;
    margin-top: 2px;
    color: var(--ns-muted);
    font: 400 var(--ns-second);
  }
  .text-head {
    margin-top: 16px;
    border-top: 1px solid var(--ns-rule);
    padding-bottom: 0;
  }
  .source {
    padding: 8px 16px 24px 0;
  }
  .paragraph {
    display: grid;
    grid-template-columns: 96px minmax(0, 68ch);
    margin-top: 12px;
  }
  .paragraph.close {
    margin-top: 0;
  }
  .paragraph.open {
    box-shadow: inset 3px 0 var(--ns-select);
  }
  .role {
    padding: 2px 12px 0 16px;
    color: var(--ns-muted);
    font: 400 var(--ns-axis);
  }
  .paragraph p {
    color: var(--ns-muted);
    font: var(--ns-source);
    overflow-wrap: anywhere;
  }
  .paragraph.open p {
    color: var(--ns-text);
  }
  .known {
    color: var(--ns-text);
    text-decoration: underline dotted var(--ns-edge) 1px;
    text-underline-offset: 4px;
    cursor: pointer;
  }
  mark {
    background: var(--ns-selected);
    color: var(--ns-text);
    box-decoration-break: clone;
    -webkit-box-decoration-break: clone;
    padding: 2px 0;
  }
  mark u {
    font-weight: 600;
    text-decoration: underline var(--ns-select) 2px;
    text-underline-offset: 4px;
  }
  footer {
    padding: 0 16px 24px;
    border-top: 1px solid var(--ns-rule);
    color: var(--ns-muted);
  }
  footer h3 {
    padding-inline: 0;
  }
  footer p {
    max-width: 76ch;
    font: 400 var(--ns-second);
  }
  .code {
    font: var(--ns-code);
  }
  @container (width < 480px) {
    .paragraph {
      grid-template-columns: minmax(0, 1fr);
      padding-left: 16px;
    }
    .role {
      padding: 0;
    }
    .role:empty {
      display: none;
    }
  }
`
