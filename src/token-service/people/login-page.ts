/** The page on which somebody logs in with a name and a password. */

import { pageText } from './layout.ts';
import { markup } from '../../http/markup.ts';
import { problemAttributes, problemSummary } from './problem.ts';

export interface LoginPage {
  readonly issuer: string;
  /** The name by which people know the client. */
  readonly client: string;
  /** What stands in the field already. */
  readonly name: string;
  /** What went wrong with what was sent, and what to do. */
  readonly problem?: string | undefined;
}

/** Returns the text of the page. */
export function loginPage({ issuer, client, name, problem }: LoginPage): string {
  const described = problemAttributes(problem);
  const [first, second] =
    name === '' ? [markup` autofocus`, undefined] : [undefined, markup` autofocus`];
  return pageText({
    issuer,
    title: problem === undefined ? 'Sign in' : 'Error: Sign in',
    content: markup`<h1>Sign in</h1>
<p class="soft">to go on to <strong>${client}</strong></p>
${problemSummary(problem)}<form method="post" id="login">
<label for="username">User name</label>
<input id="username" name="username" value="${name}" autocomplete="username" autocapitalize="none" spellcheck="false" required${described}${first}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${described}${second}>
<button class="main" name="answer" value="login">Sign in</button>
<button name="answer" value="cancel" formnovalidate>Cancel</button>
</form>`,
  });
}
