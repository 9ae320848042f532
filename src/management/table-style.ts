/** The look of tables and lists, also on narrow screens, where a row becomes a block. */

const css = String.raw;

export const TABLE_STYLE: string = css`
  code {
    font:
      13px/1.5 ui-monospace,
      SFMono-Regular,
      Menlo,
      Consolas,
      monospace;
    overflow-wrap: anywhere;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font-size: 14px;
  }
  th {
    padding: 0 12px 6px 0;
    text-align: left;
    font-weight: 500;
    font-size: 13px;
    color: var(--soft);
    white-space: nowrap;
  }
  td {
    padding: 8px 12px 8px 0;
    border-top: 1px solid var(--line);
    vertical-align: top;
    overflow-wrap: anywhere;
  }
  th:last-child,
  td:last-child {
    padding-right: 0;
  }
  .num {
    text-align: right;
    white-space: nowrap;
  }
  td small {
    display: block;
    color: var(--soft);
    font-size: 12.5px;
  }
  td .good {
    color: var(--good);
  }
  td .warn {
    color: var(--warn);
  }
  td .bad {
    color: var(--bad);
  }
  td b {
    font-weight: 600;
    white-space: nowrap;
  }
  dl {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    gap: 8px 18px;
    margin: 0;
    font-size: 14px;
  }
  dt {
    color: var(--soft);
  }
  dd {
    margin: 0;
    text-align: right;
    overflow-wrap: anywhere;
  }
  pre {
    margin: 10px 0 0;
    padding: 10px 12px;
    border-radius: 8px;
    background: var(--rail);
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    font:
      12.5px/1.55 ui-monospace,
      SFMono-Regular,
      Menlo,
      Consolas,
      monospace;
  }
  footer {
    margin-top: 22px;
    color: var(--soft);
    font-size: 13px;
  }
  footer a {
    color: inherit;
  }
  @media (max-width: 759px) {
    main {
      padding: 20px 14px 36px;
    }
    .card {
      padding: 16px;
    }
    table.tall thead {
      display: none;
    }
    table.tall tr {
      display: grid;
      grid-template-columns: minmax(0, 1fr) auto;
      gap: 2px 12px;
      padding: 10px 0;
      border-top: 1px solid var(--line);
    }
    table.tall tbody tr:first-child {
      border-top: 0;
      padding-top: 0;
    }
    table.tall td {
      padding: 0;
      border: 0;
    }
    table.tall td:first-child {
      grid-column: 1/-1;
    }
    table.tall td:last-child {
      padding: 0;
    }
  }
  @media (prefers-reduced-motion: no-preference) {
    svg g {
      transition: opacity 0.1s;
    }
  }
`;
