/** The pages in a browser: by keyboard and without scripts, narrow and wide, light and dark. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

import { complaintsOf, launchChromium, withoutChromium as skip } from '../support/chromium.ts';
import { freePort } from '../support/free-port.ts';
import { contrastsOf } from './contrast.ts';
import { authorizationUrl, startPeople, USER } from './people-gateway.ts';

/** For text of any size (WCAG 2.2, 1.4.3). */
const MIN_CONTRAST = 4.5;

interface Scene {
  readonly browser: Browser;
  readonly issuer: string;
  /** Of the client, served by a server of its own; it tells what it was sent. */
  readonly redirectUri: string;
  start(changed?: Readonly<Record<string, string>>): string;
  /** What the console has complained about: a policy that stops something is among it. */
  readonly complaints: readonly string[];
  open(options: BrowserContextOptions): Promise<Page>;
}

async function setTheScene(t: TestContext): Promise<Scene> {
  const app = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('content-type', 'text/plain');
      response.end(`${request.method} ${request.url}\n${Buffer.concat(chunks).toString('utf8')}`);
    });
  }).listen(0, 'localhost');
  t.after(() => app.close());
  await once(app, 'listening');
  const redirectUri = `http://localhost:${(app.address() as AddressInfo).port}/back`;
  const port = await freePort();
  await startPeople(t, {
    port,
    clients: `
  - client_id: local
    client_name: Acme Bank
    token_endpoint_auth_method: none
    grant_types: [authorization_code]
    redirect_uris: ['${redirectUri}']
    post_logout_redirect_uris: ['${redirectUri}']
    scope: openid profile accounts
`,
  });
  const browser = await launchChromium();
  t.after(() => browser.close());
  const issuer = `https://localhost:${port}`;
  const complaints: string[] = [];
  return {
    browser,
    issuer,
    redirectUri,
    complaints,
    start: (changed = {}) =>
      authorizationUrl(
        {
          client_id: 'local',
          redirect_uri: redirectUri,
          scope: 'openid profile accounts',
          ...changed,
        },
        undefined,
        issuer,
      ).href,
    open: async (options) => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
      const page = await context.newPage();
      complaintsOf(page, complaints);
      return page;
    },
  };
}

test(
  'somebody logs in, consents and logs out by keyboard, without scripts',
  { skip },
  async (t) => {
    const scene = await setTheScene(t);
    const page = await scene.open({ javaScriptEnabled: false });
    await page.goto(scene.start());
    // A browser puts the focus with the first picture of the page, which may come after its load.
    await page.locator('#username:focus').waitFor();
    await page.keyboard.type(USER.username);
    await page.keyboard.press('Tab');
    await page.keyboard.type(USER.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Allow Acme Bank?' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${scene.redirectUri}?**`);
    assert.ok(new URL(page.url()).searchParams.get('code'), page.url());

    const query = new URLSearchParams({
      client_id: 'local',
      post_logout_redirect_uri: scene.redirectUri,
    });
    await page.goto(`${scene.issuer}/oauth2/logout?${query.toString()}`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(scene.redirectUri);
    await page.goto(scene.start({ prompt: 'none' }));
    assert.equal(new URL(page.url()).searchParams.get('error'), 'login_required');
    assert.deepEqual(scene.complaints, []);
  },
);

test('response_mode=form_post sends the browser on by itself', { skip }, async (t) => {
  const scene = await setTheScene(t);
  const page = await scene.open({});
  await page.goto(scene.start({ response_mode: 'form_post' }));
  await page.getByLabel('User name').fill(USER.username);
  await page.getByLabel('Password').fill(USER.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  await page.waitForURL(scene.redirectUri);
  assert.match(await page.innerText('body'), /^POST \/back\s+code=/);
  assert.deepEqual(scene.complaints, []);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(
    `each page fits on 360 pixels, and can be read in ${colorScheme} colours`,
    { skip },
    async (t) => {
      const scene = await setTheScene(t);
      const page = await scene.open({ colorScheme, viewport: { width: 360, height: 640 } });
      const look = async (heading: string): Promise<void> => {
        await page.getByRole('heading', { level: 1, name: heading }).waitFor();
        const width = await page.evaluate<number>('document.documentElement.scrollWidth');
        assert.ok(width <= 360, `${heading}: ${width} pixels wide`);
        const seen = await contrastsOf(page);
        assert.ok(seen.some(({ text }) => text === heading));
        const low = seen.filter(({ ratio }) => ratio < MIN_CONTRAST);
        assert.deepEqual(low, [], heading);
      };

      await page.goto(scene.start());
      await look('Sign in');
      await page.getByLabel('User name').fill(USER.username);
      await page.getByLabel('Password').fill('wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').waitFor();
      await look('Sign in');
      await page.getByLabel('Password').fill(USER.password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await look('Allow Acme Bank?');
      await page.getByRole('button', { name: 'Don’t allow' }).click();
      await page.waitForURL(`${scene.redirectUri}?error=access_denied**`);

      await page.goto(`${scene.issuer}/oauth2/logout`);
      await look('Sign out?');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await look('You are signed out');
      await page.goto(scene.start({ redirect_uri: `${scene.redirectUri}/${'x'.repeat(200)}` }));
      await look('We can’t go on');
      await page.goto(`${scene.issuer}/oauth2/device`);
      await look('Connect a device');
      await page.getByLabel('Code').fill('BCDF-GHJK');
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByRole('alert').waitFor();
      await look('Connect a device');
      assert.deepEqual(scene.complaints, []);
    },
  );
}
