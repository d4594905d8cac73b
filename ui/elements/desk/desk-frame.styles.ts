// Styles of ns-desk-frame: bar 44, rail 168, status 28; on a phone head 56 and tab bar 64.

import { css } from 'lit'

export const styles = css`
  :host {
    display: grid;
    grid-template: 44px minmax(0, 1fr) 28px / 168px minmax(0, 1fr);
    grid-template-areas: 'bar bar' 'rail main' 'foot foot';
    height: 100dvh;
    background: var(--ns-ground);
    color: var(--ns-text);
    font: 400 var(--ns-body);
  }
  .skip {
    position: absolute;
    left: 8px;
    top: -60px;
    z-index: 20;
    padding: 12px 16px;
    background: var(--ns-filled);
    color: var(--ns-on-filled);
  }
  .skip:focus {
    top: 8px;
  }
  header {
    grid-area: bar;
    display: flex;
    align-items: center;
    gap: 16px;
    padding: 0 16px 0 0;
    border-bottom: 1px solid var(--ns-rule);
  }
  .product {
    box-sizing: border-box;
    width: 168px;
    padding-left: 16px;
    font: 400 var(--ns-body);
    color: var(--ns-muted);
    white-space: nowrap;
  }
  .product b {
    margin-right: 6px;
    color: var(--ns-text);
    font: 600 var(--ns-name);
  }
  .subject {
    display: flex;
    gap: 10px;
    flex: 1;
    min-width: 0;
    overflow: hidden;
    color: var(--ns-muted);
    white-space: nowrap;
  }
  .subject strong {
    color: var(--ns-text);
    font-weight: 600;
  }
  .tools {
    display: flex;
    align-items: center;
    gap: 8px;
  }
  nav.rail {
    grid-area: rail;
    display: flex;
    flex-direction: column;
    overflow-y: auto;
    border-right: 1px solid var(--ns-rule);
    padding: 12px 0;
  }
  .rail h2 {
    padding: 8px 16px 4px;
    color: var(--ns-muted);
    font: 500 var(--ns-second);
  }
  .rail a {
    display: flex;
    align-items: center;
    justify-content: space-between;
    min-height: var(--ns-target);
    padding: 0 12px 0 16px;
    color: var(--ns-text);
    text-decoration: none;
  }
  .rail a:hover {
    background: var(--ns-hover);
  }
  a:focus-visible {
    outline-offset: -2px;
  }
  .rail a[aria-current] {
    background: var(--ns-selected);
    box-shadow: inset 3px 0 var(--ns-select);
    font-weight: 600;
  }
  .count {
    color: var(--ns-muted);
    font: 400 var(--ns-axis);
  }
  .rail-foot {
    margin-top: auto;
    padding: 16px 16px 0;
    color: var(--ns-muted);
    font: 400 var(--ns-axis);
  }
  main {
    grid-area: main;
    position: relative;
    min-width: 0;
    overflow: auto;
    background: var(--ns-tile);
    outline: 0;
  }
  footer {
    grid-area: foot;
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 24px;
    padding: 0 16px;
    border-top: 1px solid var(--ns-rule);
    color: var(--ns-muted);
    font: 400 var(--ns-second);
    overflow: hidden;
    white-space: nowrap;
  }
  .tabs,
  .phone {
    display: none;
  }
  .more a {
    display: flex;
    align-items: center;
    justify-content: space-between;
    min-height: 44px;
    border-bottom: 1px solid var(--ns-rule);
    color: var(--ns-text);
    text-decoration: none;
  }
  @media (width < 720px) {
    :host {
      grid-template: 56px minmax(0, 1fr) auto / minmax(0, 1fr);
      grid-template-areas: 'bar' 'main' 'tabs';
    }
    header {
      gap: 8px;
      padding: 0 8px 0 16px;
    }
    .product,
    .subject,
    nav.rail,
    footer {
      display: none;
    }
    .phone {
      display: block;
      flex: 1;
      min-width: 0;
    }
    .phone :is(strong, span) {
      display: block;
      overflow: hidden;
      text-overflow: ellipsis;
      white-space: nowrap;
    }
    .phone strong {
      font: 600 var(--ns-name);
    }
    .phone span {
      color: var(--ns-muted);
      font: 400 var(--ns-second);
    }
    .tabs {
      grid-area: tabs;
      display: flex;
      height: 64px;
      border-top: 1px solid var(--ns-rule);
    }
    .tabs > * {
      flex: 1;
      display: flex;
      flex-direction: column;
      align-items: center;
      justify-content: center;
      gap: 2px;
      min-width: 0;
      border: 0;
      border-top: 3px solid var(--ns-ground);
      background: none;
      color: var(--ns-text);
      font: 400 var(--ns-second);
      text-decoration: none;
      cursor: pointer;
    }
    .tabs [aria-current] {
      border-top-color: var(--ns-select);
      background: var(--ns-tile);
      font-weight: 600;
    }
  }
  @media print {
    :host {
      display: block;
      height: auto;
    }
    header,
    nav,
    footer {
      display: none !important;
    }
    main {
      overflow: visible;
    }
  }
`
