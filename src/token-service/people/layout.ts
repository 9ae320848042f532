/** What all pages have in common. */

import { markup } from '../../http/markup.ts';
import type { Markup } from '../../http/markup.ts';
import { STYLESHEET } from './stylesheet.ts';

export interface PageFacts {
  /** Of the window, and read out first. */
  readonly title: string;
  /** Where the page comes from, shown below it. */
  readonly issuer: string;
  readonly content: Markup;
}

/** Returns the text of a whole document. */
export function pageText({ title, issuer, content }: PageFacts): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${{ text: STYLESHEET }}</style>
</head>
<body>
<main>
${content}
</main>
<footer>${new URL(issuer).host}</footer>
</body>
</html>
`.text;
}
