// Styles of the forms that change how a model is served: fields side by side, and the act that takes all away apart.

import { css } from 'lit'

export const changeFormStyles = css`
  .fields {
    display: grid;
    grid-template-columns: repeat(auto-fit, minmax(min(200px, 100%), 1fr));
    gap: 12px 16px;
    margin-top: 12px;
  }
  .apart {
    margin-right: auto;
  }
`
