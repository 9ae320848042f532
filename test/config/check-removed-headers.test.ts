import assert from 'node:assert/strict';
import { test } from 'node:test';

import { configurationFolder, LISTENER } from './configuration-folder.ts';

const removing = (names: readonly string[]) => `${LISTENER}token_service:
  upstream:
    url: https://idp.example
    request_headers_to_remove: ${JSON.stringify(names)}
`;

const KEY = 'token_service.upstream.request_headers_to_remove';

test('takes names that an upstream may believe, in any spelling', async (t) => {
  const { problemsOf } = await configurationFolder(t);
  const names = ['X-Client-CN', 'x_user_cert', 'X.Peer.Cert', 'X-Forwarded-User', 'Remote-User'];
  assert.deepEqual(await problemsOf(removing(names)), []);
});

test('refuses to remove what the upstream needs, however it is spelled', async (t) => {
  const { problemsOf } = await configurationFolder(t);
  for (const name of [
    'Host',
    'Authorization',
    'Content-Length',
    'CONTENT_TYPE',
    'Transfer-Encoding',
    'Connection',
    'TE',
    'Upgrade',
    'Proxy-Authorization',
    'Cookie',
    'DPoP',
    'Forwarded',
    'X-Forwarded-For',
    'X-Request-Id',
    'If-None-Match',
    'Sec-WebSocket-Key',
  ]) {
    const [problem = ''] = await problemsOf(removing(['X-Client-CN', name]));
    assert.match(problem, /:\d+:\d+ /, name);
    assert.ok(problem.endsWith(`${KEY}[1]: the upstream needs the header "${name}"`), problem);
  }
});

test('refuses a name twice, and what is no name', async (t) => {
  const { problemsOf } = await configurationFolder(t);
  const [twice = ''] = await problemsOf(removing(['X-Peer-Cert', 'x_peer_cert']));
  assert.ok(twice.endsWith(`${KEY}[1]: the header "x_peer_cert" is listed twice`), twice);
  for (const name of ['', 'X Peer', 'X-Peer:', 'X-*', 'ü']) {
    await assert.rejects(problemsOf(removing([name])), /expected a header name/, name);
  }
});
