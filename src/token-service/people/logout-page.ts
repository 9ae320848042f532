/** The pages on which somebody confirms that they want to log out, and is told that they are. */

import { pageText } from './layout.ts';
import { markup } from '../../http/markup.ts';

export interface LogoutPage {
  readonly issuer: string;
  /** Who sent the browser here; undefined where it did not say. */
  readonly client: string | undefined;
  readonly user: string;
  /** Where the form goes, and what proves that it is this page's. */
  readonly action: string;
  readonly xsrf: string;
}

/** Returns the text of the page that asks. */
export function logoutPage({ issuer, client, user, action, xsrf }: LogoutPage): string {
  const left =
    client === undefined
      ? undefined
      : markup`<p class="text">You have left <strong>${client}</strong>. Sign out here as well, and other apps will ask you to sign in again.</p>`;
  return pageText({
    issuer,
    title: 'Sign out?',
    content: markup`<h1>Sign out?</h1>
<p class="soft">You are signed in as <strong>${user}</strong>.</p>
${left}
<form method="post" id="logout" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<button class="main" name="logout" value="yes">Sign out</button>
<button>Stay signed in</button>
</form>`,
  });
}

/** Returns the text of the page that tells the end of it; `client` where it alone was left. */
export function loggedOutPage(issuer: string, client: string | undefined): string {
  const content =
    client === undefined
      ? markup`<h1>You are signed out</h1>
<p class="soft">You can close this window.</p>`
      : markup`<h1>You are still signed in</h1>
<p class="soft">You have left <strong>${client}</strong>. You can close this window.</p>`;
  const title = client === undefined ? 'Signed out' : 'Still signed in';
  return pageText({ issuer, title, content });
}
