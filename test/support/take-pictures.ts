/** Takes the pictures of docs/browser-flow.md; run by `npm run docs:pictures`, with Chromium. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

import { launchChromium } from './chromium.ts';
import { startDemo } from './demo-gateway.ts';

const PICTURES = new URL('../../docs/pictures/', import.meta.url);

/** A challenge of nobody: the code is not redeemed. */
const QUERY = new URLSearchParams({
  response_type: 'code',
  client_id: 'h9gd1bLEgzUwftAhnrof0fZWcZwa',
  redirect_uri: 'http://localhost:8080/playground2/oauth2client',
  scope: 'openid profile',
  state: '42',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
});

const cleanings: (() => Promise<void>)[] = [];
const client = createServer((request, response) => response.end(request.url));
try {
  await once(client.listen(0, 'localhost'), 'listening');
  const demo = await startDemo((clean) => cleanings.push(clean));
  const browser = await launchChromium({
    'localhost:9443': `127.0.0.1:${demo.port}`,
    'localhost:8080': `localhost:${(client.address() as AddressInfo).port}`,
  });
  cleanings.push(() => browser.close());
  const page = await browser.newPage({
    ignoreHTTPSErrors: true,
    viewport: { width: 800, height: 640 },
    colorScheme: 'light',
  });
  const take = async (name: string, height = 640): Promise<void> => {
    const path = new URL(`${name}.png`, PICTURES).pathname;
    const clip = { x: 0, y: 0, width: 800, height };
    await page.screenshot({ path, clip });
  };

  await page.goto(`https://localhost:9443/oauth2/authorize?${QUERY.toString()}`);
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Password').fill('admin');
  await take('login');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Allow Playground?' }).waitFor();
  await take('consent');
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  await page.waitForURL('http://localhost:8080/**');
  await take('back', 120);
} finally {
  client.close();
  for (const clean of cleanings.toReversed()) await clean();
}
