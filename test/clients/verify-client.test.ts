import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { generateKeys } from '../../src/certificate/mint/mint.ts';
import type { Client } from '../../src/clients/client.ts';
import { createJwksSource } from '../../src/clients/jwks-source.ts';
import type { JwksSource } from '../../src/clients/jwks-source.ts';
import { createJwksSources } from '../../src/clients/jwks-sources.ts';
import type { JwksSources } from '../../src/clients/jwks-sources.ts';
import { createRecentSources } from '../../src/clients/recent-sources.ts';
import type { JwksAddress } from '../../src/clients/recent-sources.ts';
import { verifyClient } from '../../src/clients/verify-client.ts';
import { createClock, startJwksServer, TIMES } from './jwks-server.ts';
import type { JwksServer } from './jwks-server.ts';
import {
  certificateOf,
  clientWith,
  jwkOf,
  jwkWithChain,
  presented,
  SELF_SIGNED,
} from './presented.ts';

const METHOD = 'self_signed_tls_client_auth';

const sources = (
  t: TestContext,
  clients: readonly Client[],
  server: JwksServer,
  clock = createClock(),
): JwksSources => {
  const open = ({ uri }: JwksAddress): JwksSource => {
    const source = createJwksSource({ ...TIMES, uri }, { ...clock, fetch: server.fetch });
    t.after(() => source.close());
    return source;
  };
  return createJwksSources(clients, { open, recent: createRecentSources(open) });
};

test('a certificate in the published keys is the client, and no other', async (t) => {
  const server = await startJwksServer(t);
  const client = clientWith({ method: METHOD, jwksUri: server.uri });
  const [a, b] = [
    await certificateOf(await generateKeys('ec')),
    await certificateOf(await generateKeys('ec')),
  ];
  server.publish({ keys: [jwkWithChain(a)] });
  const all = sources(t, [client], server);
  assert.equal(await verifyClient(client, presented(a, SELF_SIGNED), all), undefined);
  const mismatch = await verifyClient(client, presented(b, SELF_SIGNED), all);
  assert.equal(mismatch?.reason, 'certificate_not_registered');
});

test('a client that has just changed its certificate is known after one more fetch', async (t) => {
  const server = await startJwksServer(t);
  const client = clientWith({ method: METHOD, jwksUri: server.uri });
  const [old, next] = [
    await certificateOf(await generateKeys('ec')),
    await certificateOf(await generateKeys('ec')),
  ];
  const clock = createClock();
  const all = sources(t, [client], server, clock);
  server.publish({ keys: [jwkWithChain(old)] });
  assert.equal(await verifyClient(client, presented(old, SELF_SIGNED), all), undefined);

  server.publish({ keys: [jwkWithChain(old), jwkOf(next)] });
  clock.advance(TIMES.cooldownMs);
  const answers = await Promise.all(
    Array.from({ length: 10 }, async () => verifyClient(client, presented(next, SELF_SIGNED), all)),
  );
  assert.ok(answers.every((answer) => answer === undefined));
  assert.equal(await verifyClient(client, presented(old, SELF_SIGNED), all), undefined);
  assert.equal(server.requestCount(), 2);
});

test('nothing is fetched for what is decided without it', async (t) => {
  const server = await startJwksServer(t);
  const der = await certificateOf(await generateKeys('ec'));
  const registered = clientWith({ method: METHOD, jwksUri: server.uri, certificates: [der] });
  const all = sources(t, [registered], server);
  assert.equal(await verifyClient(registered, presented(der, SELF_SIGNED), all), undefined);

  const stranger = await certificateOf(await generateKeys('ec'));
  const expired = {
    kind: 'untrusted',
    of: 'certificate',
    reason: 'certificate_expired',
    detail: 'x',
  } as const;
  const mismatch = await verifyClient(registered, presented(stranger, expired), all);
  assert.equal(mismatch?.reason, 'certificate_expired');

  const byName = clientWith({ method: 'tls_client_auth', subjectDn: 'CN=client,O=Test' });
  assert.equal(await verifyClient(byName, presented(der), all), undefined);
  assert.equal(server.requestCount(), 0);
});

test('a flood of unknown certificates causes one fetch in a cooldown', async (t) => {
  const server = await startJwksServer(t);
  const client = clientWith({ method: METHOD, jwksUri: server.uri });
  const clock = createClock();
  const all = sources(t, [client], server, clock);
  const stranger = presented(await certificateOf(await generateKeys('ec')), SELF_SIGNED);
  const flood = () =>
    Promise.all(Array.from({ length: 50 }, async () => verifyClient(client, stranger, all)));
  for (const mismatch of await flood()) {
    assert.equal(mismatch?.reason, 'certificate_not_registered');
  }
  await flood();
  assert.equal(server.requestCount(), 1);
  clock.advance(TIMES.cooldownMs);
  await flood();
  assert.equal(server.requestCount(), 2);
});

test('keys that can not be had make nobody a client', async (t) => {
  const server = await startJwksServer(t);
  server.publish(503);
  const client = clientWith({ method: METHOD, jwksUri: server.uri });
  const seen = presented(await certificateOf(await generateKeys('ec')), SELF_SIGNED);
  const mismatch = await verifyClient(client, seen, sources(t, [client], server));
  assert.equal(mismatch?.reason, 'client_keys_unavailable');
  assert.match(mismatch?.detail ?? '', /answered 503/);
  const nobody = await verifyClient(client, seen, sources(t, [], server));
  assert.equal(nobody?.reason, 'client_keys_unavailable');
});

test('clients of one address share its source, unless one alone may ask private addresses', async (t) => {
  const server = await startJwksServer(t);
  const jwksUri = server.uri;
  const a = clientWith({ method: METHOD, clientId: 'a', jwksUri });
  const b = clientWith({ method: METHOD, clientId: 'b', jwksUri });
  const c = clientWith({ method: METHOD, clientId: 'c', jwksUri, allowPrivateJwksUri: true });
  const d = clientWith({ method: METHOD, clientId: 'd' });
  const opened: Omit<JwksAddress, 'text'>[] = [];
  const open = ({ uri, allowPrivate }: JwksAddress): JwksSource => {
    opened.push({ uri, allowPrivate });
    return createJwksSource({ ...TIMES, uri }, { ...createClock(), fetch: server.fetch });
  };
  const all = createJwksSources([a, b, c, d], { open, recent: createRecentSources(open) });
  assert.equal(all.of(a), all.of(b));
  assert.notEqual(all.of(a), all.of(c));
  assert.equal(all.of(d), undefined);
  assert.deepEqual(opened, [
    { uri: jwksUri, allowPrivate: false },
    { uri: jwksUri, allowPrivate: true },
  ]);
});
