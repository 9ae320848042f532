import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { createClientRegistry } from '../../src/clients/registry.ts';
import { createExplainer } from '../../src/explain/explainer.ts';
import type { Explanation } from '../../src/explain/explanation.ts';
import { createManagement } from '../../src/management/management.ts';
import type { ManagementDeps } from '../../src/management/management.ts';
import { createAuthority } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { worldOf } from '../trust/trust-fixture.ts';
import { ask } from './request.ts';

const TOKEN = 'a-token-of-the-management-listener';

async function listening(t: TestContext, deps: Partial<ManagementDeps>): Promise<number> {
  const management = createManagement(
    { address: { host: '127.0.0.1', port: 0 }, token: TOKEN },
    {
      render: async () => ({ contentType: 'text/plain', body: 'metrics\n' }),
      ready: async () => ({ ready: true, checks: {} }),
      events: () => {},
      ...deps,
    },
  );
  t.after(() => management.stop());
  return (await management.listen()).port;
}

function explainerOf(authority: Issued) {
  const facts = { certificates: [], upstreamCredential: undefined } as const;
  const { clients, find } = createClientRegistry([
    { ...facts, clientId: 'a', method: 'tls_client_auth', subjectDn: 'CN=client,O=Test' },
    { ...facts, clientId: 'b', method: 'tls_client_auth', subjectDn: 'CN=other,O=Test' },
  ]);
  return createExplainer({
    world: () => worldOf([authority]),
    now: Date.now,
    clients,
    find,
    headers: [],
    answerOf: async () => undefined,
  });
}

const POST = { method: 'POST', headers: { authorization: `Bearer ${TOKEN}` } } as const;

test('a certificate in PEM is explained by the world of the gateway', async (t) => {
  const authority = await createAuthority();
  const client = await authority.issue({ eku: ['clientAuth'] });
  const port = await listening(t, { explain: explainerOf(authority) });
  const all = await ask(port, '/explain', POST, client.certificatePem);
  assert.equal(all.status, 200);
  assert.equal(all.headers['content-type'], 'application/json');
  const found = JSON.parse(all.body) as Explanation;
  assert.equal(found.thumbprint, client.thumbprint);
  assert.equal(found.verdict.kind, 'trusted');
  assert.deepEqual(
    found.clients.map(({ client_id: id, matches }) => [id, matches]),
    [
      ['a', true],
      ['b', false],
    ],
  );
  const one = await ask(port, '/explain?client=b&listener=public', POST, client.certificatePem);
  const { clients } = JSON.parse(one.body) as Explanation;
  assert.deepEqual(
    clients.map(({ client_id: id, reason }) => [id, reason]),
    [['b', 'certificate_subject_mismatch']],
  );
});

test('what can not be explained is answered with its reason', async (t) => {
  const authority = await createAuthority();
  const port = await listening(t, { explain: explainerOf(authority) });
  const pem = authority.certificatePem;
  for (const [path, body, status, code] of [
    ['/explain', 'no certificate', 400, 'certificate_malformed'],
    ['/explain?client=nobody', pem, 400, 'client_unknown'],
    ['/explain?listener=none', pem, 400, 'listener_unknown'],
    ['/explain', '#'.repeat(65_537), 413, 'request_too_large'],
  ] as const) {
    const answer = await ask(port, path, POST, body);
    assert.equal(answer.status, status);
    assert.equal((JSON.parse(answer.body) as { error: { code: string } }).error.code, code);
  }
  assert.equal((await ask(port, '/explain')).headers.allow, 'POST');
});

test('one certificate is explained at a time', async (t) => {
  const entered = Promise.withResolvers<undefined>();
  const leave = Promise.withResolvers<undefined>();
  const port = await listening(t, {
    explain: async () => {
      entered.resolve(undefined);
      await leave.promise;
      return { status: 200, body: {} };
    },
  });
  const first = ask(port, '/explain', POST, 'x');
  await entered.promise;
  assert.equal((await ask(port, '/explain', POST, 'x')).status, 503);
  leave.resolve(undefined);
  assert.equal((await first).status, 200);
  assert.equal((await ask(port, '/explain', POST, 'x')).status, 200);
});

test('an explanation ends when its asker leaves, and makes room for the next', async (t) => {
  const entered = Promise.withResolvers<AbortSignal>();
  const port = await listening(t, {
    explain: async (pem, _, signal) => {
      entered.resolve(signal);
      if (pem === 'long') await once(signal, 'abort');
      return { status: 200, body: {} };
    },
  });
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.write(
    `POST /explain HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${TOKEN}\r\ncontent-length: 4\r\n\r\nlong`,
  );
  const signal = await entered.promise;
  assert.equal((await ask(port, '/explain', POST, 'x')).status, 503);
  const aborted = once(signal, 'abort');
  socket.destroy();
  await aborted;
  assert.equal((await ask(port, '/explain', POST, 'x')).status, 200);
});

test('there is no such path where nobody explains', async (t) => {
  const port = await listening(t, {});
  assert.equal((await ask(port, '/explain', POST, 'x')).status, 404);
});
