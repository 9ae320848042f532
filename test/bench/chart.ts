/** The results as a picture: for each work, ours and the others, drawn to the peer's length. */

import type { Row } from './bench.ts';

const WIDTH = 760;
const LABEL = 190;
const BAR = 16;
const GAP = 6;
const HEAD = 30;
/** The bar of the peer; longer ones are ours or others that cost more. */
const PEER_WIDTH = 160;

/** SVG without anything from elsewhere; readable on light and dark ground. */
export function chartOf(rows: readonly Row[]): string {
  let y = 0;
  const parts: string[] = [];
  for (const { work, peer, unit, costs } of rows) {
    const theirs = costs.find(({ name }) => name === peer)?.value ?? 1;
    parts.push(text(0, y + 20, `${work} (${unit})`, 'head'));
    y += HEAD;
    for (const [index, { name, value }] of costs.entries()) {
      const width = Math.min(WIDTH - LABEL - 110, (value / theirs) * PEER_WIDTH);
      const kind = index === 0 ? 'ours' : 'other';
      parts.push(
        text(LABEL - 8, y + 12, name, 'name'),
        `<rect class="${kind}" x="${LABEL}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>`,
        text(
          LABEL + width + 8,
          y + 12,
          `${value.toFixed(1)}  ${(value / theirs).toFixed(2)} x`,
          '',
        ),
      );
      y += BAR + GAP;
    }
    y += GAP;
  }
  const style =
    'text{font:12px system-ui,sans-serif;fill:#6b7280}.head{font-weight:600;fill:#3b82f6}' +
    '.name{text-anchor:end}.ours{fill:#3b82f6}.other{fill:#9ca3af}';
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" ` +
    `aria-label="Costs of certbound and others"><style>${style}</style>${parts.join('')}</svg>\n`
  );
}

function text(x: number, y: number, words: string, kind: string): string {
  const escaped = words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text class="${kind}" x="${x.toFixed(1)}" y="${y}">${escaped}</text>`;
}
