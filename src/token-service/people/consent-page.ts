/** The page on which somebody allows a client what it asks for. */

import { html } from './html.ts';
import { pageText } from './layout.ts';

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
  const list = requests.map((request) => html`<li>${request}</li>`);
  return pageText({
    issuer,
    title: `Allow ${client}?`,
    content: html`<h1>Allow ${client}?</h1>
      <p class="soft">You are signed in as <strong>${user}</strong>.</p>
      ${
        list.length === 0
          ? html`<p>${client} asks you to go on.</p>`
          : html`<h2 id="requests"><strong>${client}</strong> would like to</h2>
              <ul class="scopes" aria-labelledby="requests">
                ${list}
              </ul>`
      }
      <form method="post" id="consent">
        <button class="main" name="answer" value="allow">Allow</button>
        <button name="answer" value="cancel">Don’t allow</button>
      </form>
      ${destination === undefined ? undefined : html`<p class="soft">Either way you go back to <strong>${destination}</strong>.</p>`}`,
  });
}
