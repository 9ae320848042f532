import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';

import { StartError } from '../../src/errors.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { ADMIN, BYSTANDER, startService } from './running-service.ts';
import type { ServiceClient } from '../../src/token-service/clients/client-metadata.ts';
import type { Store } from '../../src/store/store.ts';
import type { TestContext } from 'node:test';

test('the socket stands in a folder for the owner alone, and goes with the service', async (t) => {
  const service = await startService(t);
  const folder = dirname(service.socketPath);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.ok(Buffer.byteLength(service.socketPath) <= 103);
  await service.ask('/oauth2/jwks');
  await service.close();
  await service.close();
  assert.equal(existsSync(folder), false);
});

test('a client that can not be registered stops the start, by name', async (t) => {
  const selfSigned: ServiceClient = {
    clientId: 'broken',
    method: 'self_signed_tls_client_auth',
    binding: 'required',
    grantTypes: ['client_credentials'],
  };
  const broken: readonly ServiceClient[] = [
    { ...selfSigned, method: 'client_secret_basic' },
    { ...selfSigned, method: 'client_secret_post', secret: 'not\u0007printable' },
    { ...ADMIN, clientId: 'broken', grantTypes: ['implicit'] },
  ];
  for (const client of broken) {
    await assert.rejects(startService(t, { clients: [ADMIN, client] }), isStartError(/broken/));
  }
  await assert.rejects(startService(t, { clients: [ADMIN, ADMIN] }), isStartError(/unique/));
});

test('an issuer that is more or less than an https origin stops the start', async (t) => {
  for (const issuer of [
    'https://login.test/',
    'https://login.test/tenant',
    'https://login.test:443',
    'https://LOGIN.test',
    'http://login.test',
    'login.test',
    '',
  ]) {
    await assert.rejects(startService(t, { issuer }), isStartError(/issuer/), issuer);
  }
});

test('keys that do not parse stop the start, and are not told', async (t) => {
  const store = openStore(t);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const secret = privateKey.export({ format: 'jwk' }).d ?? '';
  const options = { expiresAt: 4_102_444_800 };
  for (const value of [`{"signing": "${secret}`, `{"signing":["${secret}"]}`, '{}', 'null', '']) {
    await store.put('token-service', 'key-ring', value, options);
    await assert.rejects(startService(t, { store }), (error) => {
      assert.ok(error instanceof StartError);
      assert.match(error.publicText, /signing keys/);
      assert.ok(!String(error.stack).includes(secret));
      return true;
    });
  }
});

test('services that start at the same time agree on their keys', async (t) => {
  const store = openStore(t);
  const services = await Promise.all([1, 2, 3].map(() => startService(t, { store })));
  const answers = await Promise.all(services.map((service) => service.ask('/oauth2/jwks')));
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
});

test('a client with a secret needs no certificate to start', async (t) => {
  const service = await startService(t, { clients: [ADMIN, BYSTANDER] });
  assert.equal((await service.ask('/oauth2/jwks')).status, 200);
});

function openStore(t: TestContext): Store {
  const store = createMemoryStore({ maxRecords: 100 });
  t.after(() => store.close());
  return store;
}

function isStartError(text: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof StartError && text.test(error.publicText);
}
