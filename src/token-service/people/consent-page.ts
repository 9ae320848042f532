/** The page on which somebody allows a client what it asks for. */

import { pageText } from './layout.ts';
import { markup } from '../../http/markup.ts';

export interface ConsentPage {
  readonly issuer: string;
  readonly client: string;
  /** The user who is logged in. */
  readonly user: string;
  /** What is asked for, in plain words. */
  readonly requests: readonly string[];
  /** Where the browser goes from here, as people know it; undefined for a device. */
  readonly destination: string | undefined;
}

/** Returns the text of the page. */
export function consentPage({ issuer, client, user, requests, destination }: ConsentPage): string {
  const list = requests.map((request) => markup`<li>${request}</li>\n`);
  const asked =
    list.length === 0
      ? markup`<p class="text">${client} asks you to go on.</p>`
      : markup`<h2 id="requests">${client} would like to</h2>
<ul class="scopes" aria-labelledby="requests">
${list}</ul>`;
  const after =
    destination === undefined
      ? undefined
      : markup`<p class="after">Either way you go back to <strong>${destination}</strong>.</p>`;
  return pageText({
    issuer,
    title: `Allow ${client}?`,
    content: markup`<h1>Allow ${client}?</h1>
<p class="soft">You are signed in as <strong>${user}</strong>.</p>
${asked}
<form method="post" id="consent">
<button class="main" name="answer" value="allow">Allow</button>
<button name="answer" value="cancel">Don’t allow</button>
</form>
${after}`,
  });
}
