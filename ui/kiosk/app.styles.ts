// Styles of the kiosk's frame: header 64, link band 32, alarm strip 64, content, navigation 72.

import { css } from 'lit'

export const styles = css`
  :host {
    display: flex;
    flex-direction: column;
    height: 100dvh;
    background: var(--ns-ground);
    color: var(--ns-text);
    font: 400 var(--ns-body);
    --ns-toast-bottom: 88px;
  }
  header {
    display: flex;
    flex: none;
    align-items: stretch;
    min-height: 65px;
    border-bottom: 1px solid var(--ns-rule);
  }
  .back {
    display: flex;
    align-items: center;
    gap: 8px;
    min-width: 64px;
    padding: 0 20px 0 16px;
    border-right: 1px solid var(--ns-rule);
    color: var(--ns-text);
    text-decoration: none;
  }
  .where {
    flex: 1;
    min-width: 0;
    align-self: center;
    padding: 4px 16px;
  }
  .where p,
  h1 {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  h1 {
    font: 600 var(--ns-title);
  }
  .where p,
  .when {
    color: var(--ns-muted);
  }
  .when {
    align-self: center;
    padding: 0 20px;
    text-align: right;
    white-space: nowrap;
  }
  .when strong {
    display: block;
    color: var(--ns-text);
    font: 600 var(--ns-body);
  }
  header button {
    width: 64px;
    border: 0;
    border-left: 1px solid var(--ns-rule);
    background: none;
    font: 600 var(--ns-title);
    cursor: pointer;
  }
  :is(header, nav) :is(a, button):focus-visible {
    outline-offset: -4px;
  }
  .band {
    display: flex;
    flex: none;
    align-items: center;
    gap: 10px;
    min-height: 32px;
    padding: 4px 16px;
    border-bottom: 1px solid var(--ns-rule);
    background: var(--ns-well);
  }
  .band strong {
    font-weight: 600;
  }
  .band svg {
    flex: none;
  }
  main {
    display: grid;
    flex: 1;
    min-height: 0;
    overflow: auto;
    outline: 0;
  }
  ns-alarm-strip {
    flex: none;
    border-top: 0;
  }
  nav {
    display: flex;
    flex: none;
    height: 72px;
    border-top: 1px solid var(--ns-rule);
  }
  nav a {
    flex: 1;
    display: flex;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    gap: 4px;
    min-width: 64px;
    /* Not transparent: forced colours would draw that. */
    border-top: 3px solid var(--ns-ground);
    color: var(--ns-text);
    font: 500 var(--ns-second);
    text-decoration: none;
  }
  nav a + a {
    border-left: 1px solid var(--ns-rule);
  }
  nav a[aria-current] {
    border-top-color: var(--ns-select);
    background: var(--ns-tile);
    font-weight: 600;
  }
  .icon-row {
    display: flex;
    align-items: center;
    gap: 8px;
    height: 20px;
    font-weight: 600;
  }
  .help li {
    display: flex;
    gap: 12px;
    align-items: center;
    min-height: 32px;
  }
  .help p {
    margin: 8px 0;
    max-width: 60ch;
  }
  .help ns-status {
    color: var(--ns-text);
  }
  @media (width < 640px) {
    .when {
      padding: 0 12px;
    }
    .when span {
      display: none;
    }
    .back span {
      display: none;
    }
    .back {
      padding: 0 20px;
    }
    nav a {
      font: 500 12px/16px var(--ns-font);
    }
    nav a + a {
      border-left: 0;
    }
  }
`
