/** The look of the status page: one sheet, light and dark, no fonts or pictures from anywhere. */

import { CHART_STYLE } from './chart-style.ts';
import { TABLE_STYLE } from './table-style.ts';

/** Lets editors and the formatter know what the text is. */
const css = String.raw;

const FRAME_STYLE = css`
  :root {
    color-scheme: light dark;
    --page: #f4f5f7;
    --card: #fff;
    --line: #dfe2e8;
    --text: #1b2330;
    --soft: #5d6878;
    --good: #1f9d76;
    --warn: #d9930d;
    --bad: #d1394a;
    --rail: #e9ecf1;
    --shade: 0 1px 2px #1b23300d, 0 4px 16px #1b23300a;
  }
  @media (prefers-color-scheme: dark) {
    :root {
      --page: #10141b;
      --card: #181e28;
      --line: #29313e;
      --text: #e4e9f1;
      --soft: #95a1b3;
      --good: #3cc79a;
      --warn: #f0b440;
      --bad: #f2697a;
      --rail: #242c38;
      --shade: none;
    }
  }
  * {
    box-sizing: border-box;
  }
  body {
    margin: 0;
    background: var(--page);
    color: var(--text);
    font:
      15px/1.5 system-ui,
      -apple-system,
      'Segoe UI',
      Roboto,
      'Helvetica Neue',
      Arial,
      sans-serif;
    font-variant-numeric: tabular-nums;
    -webkit-text-size-adjust: 100%;
  }
  main {
    max-width: 1160px;
    margin: 0 auto;
    padding: 28px 20px 48px;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 6px 14px;
    margin-bottom: 22px;
  }
  h1 {
    margin: 0;
    font-size: 26px;
    letter-spacing: -0.02em;
  }
  h2 {
    margin: 0;
    font-size: 15px;
    font-weight: 650;
  }
  header p {
    margin: 0;
    flex-basis: 100%;
    color: var(--soft);
    overflow-wrap: anywhere;
  }
  .pill {
    display: inline-flex;
    align-items: center;
    gap: 7px;
    padding: 3px 12px 3px 10px;
    border-radius: 99px;
    border: 1px solid var(--line);
    background: var(--card);
    font-size: 13px;
    font-weight: 600;
  }
  .pill::before,
  .legend i {
    content: '';
    width: 9px;
    height: 9px;
    border-radius: 3px;
    background: currentColor;
  }
  .pill::before {
    border-radius: 50%;
  }
  .pill.good::before,
  i.good {
    background: var(--good);
  }
  .pill.warn::before,
  i.warn {
    background: var(--warn);
  }
  .pill.bad::before,
  i.bad {
    background: var(--bad);
  }
  .grid-of {
    display: grid;
    gap: 16px;
    grid-template-columns: repeat(12, minmax(0, 1fr));
  }
  .card {
    overflow-wrap: anywhere;
    grid-column: span 12;
    min-width: 0;
    background: var(--card);
    border: 1px solid var(--line);
    border-radius: 12px;
    padding: 18px 20px;
    box-shadow: var(--shade);
  }
  .card > h2 {
    margin-bottom: 12px;
  }
  .tile {
    grid-column: span 6;
    padding: 14px 16px;
  }
  .card > * + h2 {
    margin-top: 18px;
  }
  .tile h2 {
    color: var(--soft);
    font-size: 13px;
    font-weight: 500;
    margin: 0;
  }
  .tile b {
    display: block;
    font-size: 27px;
    font-weight: 650;
    letter-spacing: -0.02em;
    line-height: 1.35;
  }
  .tile small {
    color: var(--soft);
    font-size: 13px;
  }
  .tile.warn b {
    color: var(--warn);
  }
  .tile.bad b {
    color: var(--bad);
  }
  @media (min-width: 760px) {
    .tile {
      grid-column: span 3;
    }
    .half {
      grid-column: span 6;
    }
    .wide {
      grid-column: span 8;
    }
    .slim {
      grid-column: span 4;
    }
  }
`;

export const STYLE: string = FRAME_STYLE + CHART_STYLE + TABLE_STYLE;
