/** The page that sends a form on by itself, such as that of `response_mode=form_post`. */

import { hash } from 'node:crypto';

import { pageText } from './layout.ts';
import { markup } from '../../http/markup.ts';

export interface OnwardPage {
  readonly issuer: string;
  /** Where the form goes. */
  readonly action: string;
  readonly fields: Readonly<Record<string, string | undefined>>;
}

/** The one script of all pages. Where none runs, people press a button. */
const SCRIPT = 'document.forms[0].submit()';

/** The source of the script in a Content-Security-Policy. */
export const SCRIPT_SOURCE = `'sha256-${hash('sha256', SCRIPT, 'base64')}'`;

/** Returns the text of the page. */
export function onwardPage({ issuer, action, fields }: OnwardPage): string {
  const { host, protocol, origin } = new URL(action, issuer);
  const place = markup`<p class="soft">On to <strong>${host || protocol.slice(0, -1)}</strong></p>`;
  const inputs = Object.entries(fields).map(([name, value]) =>
    value === undefined
      ? markup``
      : markup`<input type="hidden" name="${name}" value="${value}">\n`,
  );
  return pageText({
    issuer,
    title: 'One moment',
    content: markup`<h1>One moment</h1>
${origin === issuer ? undefined : place}
<form method="post" id="onward" action="${action}">
${inputs}<noscript><button class="main" autofocus>Continue</button></noscript>
</form>
<script>${{ text: SCRIPT }}</script>`,
  });
}
