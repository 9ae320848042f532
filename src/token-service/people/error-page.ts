/** The page for what can't go on. */

import { pageText } from './layout.ts';
import { markup } from '../../http/markup.ts';

export interface ErrorPage {
  readonly issuer: string;
  /** Why: what people can do about it depends on it. */
  readonly kind: 'expired' | 'crowded' | 'unavailable' | 'request';
  /** For whoever runs the client: the error of OAuth and its text. */
  readonly error: string;
  readonly description: string | undefined;
  readonly requestId: string;
}

const TEXTS: Readonly<Record<ErrorPage['kind'], readonly [heading: string, text: string]>> = {
  expired: [
    'This page has expired',
    'It was open for too long, or you have gone on in another window. Go back to the app and start again.',
  ],
  crowded: [
    'Wait a few minutes',
    'There were too many attempts from your network. Wait a few minutes, then go back to the app and start again.',
  ],
  unavailable: [
    'We can’t go on right now',
    'Something here does not work at the moment. Wait a little, then go back to the app and start again.',
  ],
  request: [
    'We can’t go on',
    'The app has sent you here with something that is not right. Go back to it and start again. Should that not help, tell those who run the app what stands below.',
  ],
};

/** Returns the text of the page. */
export function errorPage({ issuer, kind, error, description, requestId }: ErrorPage): string {
  const [heading, text] = TEXTS[kind];
  const row = (term: string, value: string) => markup`<dt>${term}</dt><dd>${value}</dd>\n`;
  const rows = [
    row('Error', error),
    ...(description === undefined ? [] : [row('Description', description)]),
    ...(requestId === '' ? [] : [row('Request', requestId)]),
  ];
  return pageText({
    issuer,
    title: heading,
    content: markup`<h1>${heading}</h1>
<p class="text">${text}</p>
<dl id="details">
${rows}</dl>`,
  });
}
