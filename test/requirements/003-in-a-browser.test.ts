/** Requirement 003 from the first page to the last request, by the commands of docs/browser-flow.md. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { hash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import type { Page } from 'playwright-core';

import { withoutCurl } from '../gateway/curl.ts';
import { complaintsOf, launchChromium, withoutChromium } from '../support/chromium.ts';
import { startDemo } from '../support/demo-gateway.ts';
import type { DemoGateway } from '../support/demo-gateway.ts';
import { documentedCommands, openShell } from '../support/documented-commands.ts';
import type { Shell } from '../support/documented-commands.ts';
import { freePort } from '../support/free-port.ts';
import { isMissing, withoutOpenssl } from '../support/workshop.ts';

const skip = withoutChromium || withoutCurl || withoutOpenssl || isMissing('bash', '--version');

const CLIENT_ID = 'h9gd1bLEgzUwftAhnrof0fZWcZwa';
const CALLBACK = 'http://localhost:8080/playground2/oauth2client';
const PREFIX = 'Requirement 003 in a browser:';

const text = await readFile(new URL('../../docs/browser-flow.md', import.meta.url), 'utf8');
const commands = documentedCommands(text);

/** The commands of the page whose text has this; each is run once. */
function commandWith(part: string) {
  const found = commands.filter(({ command }) => command.includes(part));
  assert.ok(found.length > 0, `no command with ${part}`);
  return found;
}

interface Scene {
  readonly demo: DemoGateway;
  readonly shell: Shell;
  readonly page: Page;
  readonly complaints: readonly string[];
  /** The address by which the client sends the browser to log in. */
  readonly start: string;
}

/** The demo, the client of the page at its callback, and a browser that finds both. */
async function setTheScene(t: TestContext, changed?: (config: string) => string): Promise<Scene> {
  const onEnd = (clean: () => Promise<void>): void => t.after(clean);
  const demo = await startDemo(onEnd, changed);
  const shell = openShell(onEnd, demo);
  const clientPort = await freePort();
  const [client] = commandWith('createServer');
  const listening = client?.command.replace('8080', String(clientPort)) ?? '';
  const waiting = spawn('bash', ['-c', `exec ${listening.replace('node', process.execPath)}`]);
  t.after(() => waiting.kill('SIGKILL'));
  await shell.run(`curl --retry 100 --retry-connrefused -sS http://localhost:${clientPort}`);
  for (const { command } of commandWith('verifier=')) await shell.run(command);
  for (const { command } of commandWith('challenge=$(')) await shell.run(command);
  const [address] = commandWith('/oauth2/authorize');
  const start = await shell.run(address?.command ?? '');

  const browser = await launchChromium({
    'localhost:9443': `127.0.0.1:${demo.port}`,
    'localhost:8080': `localhost:${clientPort}`,
  });
  t.after(() => browser.close());
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  return { demo, shell, page, complaints: complaintsOf(page), start };
}

async function logIn(page: Page, password: string): Promise<void> {
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** From the address that the browser came back to, to the last answer of the page. */
async function goOn(
  { shell, demo }: Scene,
  address: string,
  changed: (command: string) => string = (command) => command,
): Promise<void> {
  const thumbprint = thumbprintOf(await readFile(join(demo.folder, 'certs/demo/client.pem')));
  const rest = commands.slice(commands.findIndex(({ command }) => command.startsWith('read ')));
  assert.equal(rest.filter(({ command }) => command.includes('curl')).length, 3);
  const seen = new Set<string>();
  for (const { command, printed } of rest) {
    const input = command.startsWith('read ') ? address : undefined;
    // oxlint-disable-next-line no-await-in-loop -- each goes on with what the one before has left
    const output = await shell.run(changed(command), input);
    if (command.startsWith('openssl x509')) assert.equal(output, thumbprint);
    if (!printed.startsWith('{')) continue;
    const answer = JSON.parse(output) as Readonly<Record<string, unknown>>;
    const shown = JSON.parse(printed) as Readonly<Record<string, unknown>>;
    assert.deepEqual(Object.keys(answer).toSorted(), Object.keys(shown).toSorted(), command);
    assert.equal(answer['scope'], 'openid profile');
    assert.equal(answer['token_type'], 'Bearer');
    if (answer['active'] === undefined) {
      // oxlint-disable-next-line no-await-in-loop -- each goes on with what the one before has left
      await introspect(String(answer['access_token']));
      seen.add(String(answer['access_token'])).add(String(answer['refresh_token']));
    }
  }
  assert.equal(seen.size, 4, 'two tokens each time, all of them new');

  /** By the last request of the page, which is that of the document. */
  async function introspect(token: string): Promise<void> {
    const [request] = commandWith('/oauth2/introspect');
    const { exp, iat, ...answer } = JSON.parse(
      await shell.run((request?.command ?? '').replace('$token', token)),
    ) as Readonly<Record<string, unknown>>;
    assert.equal(Number(exp) - Number(iat), 3_600);
    assert.deepEqual(answer, {
      active: true,
      scope: 'openid profile',
      cnf: { 'x5t#S256': thumbprint },
      token_type: 'Bearer',
      client_id: CLIENT_ID,
      iss: 'https://localhost:9443',
      sub: 'admin',
      username: 'admin',
    });
  }
}

function thumbprintOf(pem: Buffer): string {
  return hash('sha256', new X509Certificate(pem).raw, 'base64url');
}

test(
  `${PREFIX} a wrong password, the right one, a code, and tokens bound to the certificate`,
  { skip },
  async (t) => {
    const scene = await setTheScene(t);
    const { page, start } = scene;
    await page.goto(start);
    await logIn(page, 'wrong');
    await page.getByRole('alert').waitFor();
    await logIn(page, 'admin');
    await page.getByRole('heading', { name: 'Allow Playground?' }).waitFor();
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await page.waitForURL(`${CALLBACK}?**`);
    const { searchParams } = new URL(page.url());
    assert.equal(searchParams.get('state'), '42');
    assert.equal(searchParams.get('iss'), 'https://localhost:9443');
    assert.deepEqual(scene.complaints, []);
    // What the client shows is as good as the address.
    await goOn(scene, await page.innerText('body'));
  },
);

test(`${PREFIX} who does not allow it comes back with access_denied`, { skip }, async (t) => {
  const { page, start, complaints } = await setTheScene(t);
  await page.goto(start);
  await logIn(page, 'admin');
  await page.getByRole('button', { name: 'Don’t allow' }).click();
  await page.waitForURL(`${CALLBACK}?**`);
  const { searchParams } = new URL(page.url());
  assert.equal(searchParams.get('error'), 'access_denied');
  assert.equal(searchParams.get('state'), '42');
  assert.equal(searchParams.get('code'), null);
  assert.deepEqual(complaints, []);
});

test(`${PREFIX} the certificate in the header of a trusted balancer`, { skip }, async (t) => {
  const [, listener = ''] = /^```yaml\n([\s\S]*?)^```$/m.exec(text) ?? [];
  const [, header = ''] = /^ {4}(-H "x-wso2-mtls-cert: .*")$/m.exec(text) ?? [];
  const scene = await setTheScene(t, (config) => {
    const wanted = /^ {4}client_certificate: want\n/m;
    assert.match(config, wanted);
    return config.replace(wanted, listener);
  });
  const { page, start } = scene;
  await page.goto(start);
  await logIn(page, 'admin');
  await page.getByRole('button', { name: 'Allow', exact: true }).click();
  await page.waitForURL(`${CALLBACK}?**`);
  assert.deepEqual(scene.complaints, []);
  const certificate = /--cert certs\/demo\/client\.pem --key certs\/demo\/client-key\.pem/;
  await goOn(scene, page.url(), (command) => command.replace(certificate, () => header));
});
