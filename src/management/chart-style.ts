/** The look of charts, their legends and bars of shares. */

const css = String.raw;

export const CHART_STYLE: string = css`
  figure {
    margin: 0;
  }
  figcaption {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 2px 16px;
  }
  .legend {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 14px;
    margin: 0;
    padding: 0;
    list-style: none;
    font-size: 13px;
    color: var(--soft);
  }
  .legend li {
    display: inline-flex;
    align-items: center;
    gap: 6px;
  }
  .legend b {
    color: var(--text);
    font-weight: 600;
  }
  .plot {
    position: relative;
    margin-top: 22px;
  }
  .plot svg {
    display: block;
    width: 100%;
    height: 132px;
  }
  .plot .top {
    position: absolute;
    right: 0;
    top: -19px;
    font-size: 12px;
    color: var(--soft);
  }
  .plot .quiet {
    position: absolute;
    inset: 0;
    margin: 0;
    display: grid;
    place-items: center;
  }
  .axis {
    display: flex;
    justify-content: space-between;
    margin-top: 6px;
    font-size: 12px;
    color: var(--soft);
  }
  svg .good {
    fill: var(--good);
  }
  svg .warn {
    fill: var(--warn);
  }
  svg .bad {
    fill: var(--bad);
  }
  svg .rail {
    fill: var(--rail);
  }
  svg .grid {
    stroke: var(--line);
    fill: none;
    vector-effect: non-scaling-stroke;
  }
  svg g:hover {
    opacity: 0.6;
  }
  .quiet {
    margin: 0;
    color: var(--soft);
  }
  .shares {
    margin: 0;
    padding: 0;
    list-style: none;
    display: grid;
    gap: 10px;
  }
  .shares + .quiet {
    margin-top: 12px;
  }
  .shares li {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    gap: 3px 12px;
    font-size: 14px;
  }
  .shares svg {
    grid-column: 1/-1;
    width: 100%;
    height: 6px;
    border-radius: 3px;
  }
`;
