/** The pages on which somebody lets a device in (RFC 8628 section 3.3). */

import { pageText } from './layout.ts';
import { markup } from '../../http/markup.ts';
import { problemAttributes, problemSummary } from './problem.ts';

/** Where the form of a page goes, and what proves that it is this page's. */
export interface DeviceForm {
  readonly issuer: string;
  readonly action: string;
  readonly xsrf: string;
}

/** Returns the text of the page that asks for the code; `code` stands in its field already. */
export function deviceCodePage(
  { issuer, action, xsrf }: DeviceForm,
  { code, problem }: { readonly code: string; readonly problem?: string | undefined },
): string {
  return pageText({
    issuer,
    title: problem === undefined ? 'Connect a device' : 'Error: Connect a device',
    content: markup`<h1>Connect a device</h1>
<p class="soft">Enter the code that your device shows.</p>
${problemSummary(problem)}<form method="post" id="device-code" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<label for="user_code">Code</label>
<input class="code" id="user_code" name="user_code" value="${code}" autocomplete="off" autocapitalize="characters" spellcheck="false" required${problemAttributes(problem)} autofocus>
<button class="main">Continue</button>
</form>`,
  });
}

/** Returns the text of the page that asks whether it is the right device. */
export function deviceConfirmPage(
  { issuer, action, xsrf }: DeviceForm,
  { client, code }: { readonly client: string; readonly code: string },
): string {
  return pageText({
    issuer,
    title: `Connect ${client}?`,
    content: markup`<h1>Connect ${client}?</h1>
<p class="soft">Does your device show this code?</p>
<p class="code shown" id="shown-code">${code}</p>
<form method="post" id="device-confirm" action="${action}">
<input type="hidden" name="xsrf" value="${xsrf}">
<input type="hidden" name="user_code" value="${code}">
<button class="main" name="confirm" value="yes">Yes, connect it</button>
<button name="abort" value="yes">No</button>
</form>
<p class="after">Did somebody send you the code or this address? Then say no: they would get access to what is yours.</p>`,
  });
}

/** Returns the text of the page that tells the end of it. */
export function deviceDonePage(issuer: string, client: string): string {
  return pageText({
    issuer,
    title: 'Device connected',
    content: markup`<h1>Your device is connected</h1>
<p class="soft"><strong>${client}</strong> goes on by itself in a moment. You can close this window.</p>`,
  });
}

/** Returns the text of the page for somebody who said no. */
export function deviceRefusedPage(issuer: string): string {
  return pageText({
    issuer,
    title: 'Device not connected',
    content: markup`<h1>The device is not connected</h1>
<p class="soft">It has no access to anything of yours. You can close this window.</p>`,
  });
}
