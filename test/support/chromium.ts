/** Debian's Chromium, driven by tests. */

import { existsSync } from 'node:fs';

import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';

const PROGRAM = '/usr/bin/chromium';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

/** Why tests with it are skipped; false where it is installed. */
export const withoutChromium = existsSync(PROGRAM) ? (false as const) : `there is no ${PROGRAM}`;

/** A machine that has more to do than tests draws a page late. */
const PATIENCE_MS = 120_000;

/** @param places where a host and port, such as `localhost:9443`, are to be found instead. */
export async function launchChromium(
  places: Readonly<Record<string, string>> = {},
): Promise<Browser> {
  const rules = Object.entries(places).map(([host, place]) => `MAP ${host} ${place}`);
  const moved = rules.length === 0 ? [] : [`--host-resolver-rules=${rules.join(', ')}`];
  const browser = await chromium.launch({
    executablePath: PROGRAM,
    args: [...ARGUMENTS, ...moved],
    timeout: PATIENCE_MS,
  });
  browser.on('context', (context) => context.setDefaultTimeout(PATIENCE_MS));
  return browser;
}

/** Adds to the list what the page complains about: a policy that stops something is among it. */
export function complaintsOf(page: Page, complaints: string[] = []): readonly string[] {
  page.on('console', (message) => {
    // A page that says 400 is one that the console complains about.
    const isStatus = message.text().includes('the server responded with a status of');
    if (message.type() === 'error' && !isStatus) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
}
