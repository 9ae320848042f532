import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { createMemoryStore } from '../../src/store/memory.ts';
import { createSqliteStore } from '../../src/store/sqlite.ts';
import { ADMIN, mintCertificates, startService, usualClients } from './running-service.ts';
import type { Ask } from './running-service.ts';

const AS_ADMIN: Ask = { basic: ['admin', 'admin secret'] };
const AS_BYSTANDER: Ask = {
  form: { client_id: 'bystander', client_secret: 'bystander-secret' },
};

test('a token is active for its own client and the introspection callers alone', async (t) => {
  const service = await startService(t);
  const token = await service.token();
  const own: Ask = {
    form: { client_id: 'self-signed' },
    certificate: service.registered,
    decidedFor: 'self-signed',
  };
  assert.equal((await service.introspect(token, AS_ADMIN)).json()['active'], true);
  assert.equal((await service.introspect(token, own)).json()['active'], true);
  assert.deepEqual((await service.introspect(token, AS_BYSTANDER)).json(), { active: false });
  assert.deepEqual((await service.introspect('unknown', AS_ADMIN)).json(), { active: false });

  const undecided = await service.introspect(token, {
    form: { client_id: 'self-signed' },
    certificate: service.registered,
  });
  assert.equal(undecided.status, 401);
  const wrongSecret = await service.introspect(token, { basic: ['admin', 'wrong'] });
  assert.equal(wrongSecret.status, 401);
  assert.match(String(wrongSecret.headers['www-authenticate']), /^Basic realm=/);
});

test('a revoked token is inactive, and only its own client revokes it', async (t) => {
  const service = await startService(t);
  const token = await service.token();
  const foreign = await service.ask('/oauth2/revoke', {
    form: { ...AS_BYSTANDER.form, token },
  });
  assert.equal(foreign.status, 400);
  assert.equal(foreign.json()['error'], 'invalid_request');
  assert.equal((await service.introspect(token, AS_ADMIN)).json()['active'], true);

  const own: Ask = {
    form: { client_id: 'self-signed', token },
    certificate: service.registered,
    decidedFor: 'self-signed',
  };
  assert.equal((await service.ask('/oauth2/revoke', own)).status, 200);
  assert.deepEqual((await service.introspect(token, AS_ADMIN)).json(), { active: false });
  assert.equal((await service.ask('/oauth2/revoke', own)).status, 200, 'again, RFC 7009 2.2');
});

test('a token outlives a restart of service and store', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'service-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'store.sqlite');
  const certificates = await mintCertificates();
  const run = async (): Promise<
    [Awaited<ReturnType<typeof startService>>, () => Promise<void>]
  > => {
    const store = await createSqliteStore({ path, maxRecords: 100, timeoutMs: 10_000 });
    t.after(() => store.close());
    return [await startService(t, { store }, certificates), () => store.close()];
  };

  const [first, closeFirstStore] = await run();
  const token = await first.token();
  const keys = (await first.ask('/oauth2/jwks')).json();
  await first.close();
  await closeFirstStore();

  const [second] = await run();
  const introspection = await second.introspect(token, AS_ADMIN);
  assert.deepEqual(introspection.json()['cnf'], {
    'x5t#S256': certificates.registered.thumbprint,
  });
  assert.deepEqual((await second.ask('/oauth2/jwks')).json(), keys);
});

test('a token ends with the lifetime it was given', async (t) => {
  const store = createMemoryStore({ maxRecords: 100 });
  t.after(() => store.close());
  const service = await startService(t, { store, accessTokenLifetimeMs: 1_500 });
  const answer = await service.ask('/oauth2/token', {
    form: { grant_type: 'client_credentials', client_id: 'pki' },
    certificate: service.pki,
    decidedFor: 'pki',
  });
  assert.equal(answer.json()['expires_in'], 1);
});

test('the tokens of a client that is no longer configured are inactive', async (t) => {
  const store = createMemoryStore({ maxRecords: 100 });
  t.after(() => store.close());
  const before = await startService(t, { store });
  const token = await before.token();
  const after = await startService(t, { store, clients: [ADMIN] }, before);
  assert.deepEqual((await after.introspect(token, AS_ADMIN)).json(), { active: false });
  const again = await startService(t, { store, clients: usualClients() }, before);
  assert.equal((await again.introspect(token, AS_ADMIN)).json()['active'], true);
});

test('no token, secret or certificate reaches the log', async (t) => {
  const service = await startService(t);
  const token = await service.token();
  await service.introspect(token, { basic: ['admin', 'wrong-secret-4711'] });
  await service.ask('/oauth2/revoke', { form: { ...AS_BYSTANDER.form, token } });
  await service.ask('/oauth2/token', {
    form: { grant_type: 'nonsense', client_id: 'pki' },
    certificate: service.stranger,
    headers: { 'x-request-id': 'request-1' },
  });
  const log = JSON.stringify(service.log);
  assert.ok(service.log.some(({ fields }) => fields['request_id'] === 'request-1'));
  assert.ok(service.log.some(({ fields }) => fields['detail'] === 'invalid secret provided'));
  for (const secret of [token, 'wrong-secret-4711', 'bystander-secret', 'MII']) {
    assert.ok(!log.includes(secret), secret);
  }
});
