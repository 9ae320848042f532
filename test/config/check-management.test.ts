import assert from 'node:assert/strict';
import { test } from 'node:test';

import { configurationFolder, EMBEDDED, LISTENER } from './configuration-folder.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const WITH_TOKEN = `${LISTENER}${EMBEDDED}management: {token_file: token}\n`;

test('the token of the management listener is read without its line ending', async (t) => {
  const folder = await configurationFolder(t);
  await folder.write('token', `${TOKEN}\n`);
  assert.equal((await folder.check(WITH_TOKEN)).managementToken, TOKEN);
  assert.equal((await folder.check(LISTENER + EMBEDDED)).managementToken, undefined);
});

test('a token that is missing, short or can not be sent is refused at its line', async (t) => {
  const folder = await configurationFolder(t);
  const wrong: readonly (readonly [content: string | undefined, expected: RegExp])[] = [
    [undefined, /config\.yaml:7:14 management\.token_file: .*token/],
    ['', /token is empty/],
    [TOKEN.slice(1), /token must hold 32 characters or more/],
    [`${TOKEN} ${TOKEN}`, /characters that no bearer token has/],
    [`${TOKEN}\u0007`, /not printable ASCII/],
  ];
  for (const [content, expected] of wrong) {
    if (content !== undefined) await folder.write('token', content);
    const problems = await folder.problemsOf(WITH_TOKEN);
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', expected);
  }
});

test('T74: an upstream that is the management listener is refused', async (t) => {
  const folder = await configurationFolder(t);
  const problemsWith = (url: string, address: string) =>
    folder.problemsOf(
      `${LISTENER}token_service: {upstream: {url: "${url}"}}\nmanagement: {address: "${address}"}\n`,
    );
  for (const [url, address] of [
    ['http://127.0.0.1:9464', '127.0.0.1:9464'],
    ['http://localhost:9464', '0.0.0.0:9464'],
    ['http://[::1]:9464', '127.0.0.1:9464'],
    ['http://10.0.0.7', '10.0.0.7:80'],
  ] as const) {
    const [problem = ''] = await problemsWith(url, address);
    assert.match(problem, /token_service\.upstream\.url: is the management listener/, url);
  }
  for (const url of ['http://127.0.0.1:9465', 'http://10.0.0.8:9464']) {
    assert.deepEqual(await problemsWith(url, '127.0.0.1:9464'), []);
  }
});
