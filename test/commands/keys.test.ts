import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { createSqliteStore } from '../../src/store/sqlite.ts';
import type { KeyRing } from '../../src/token-service/keys/key-ring.ts';
import { createAuthority } from '../support/pki.ts';
import { folderWith, runCertbound } from './run-certbound.ts';

const config = (store: string, service = 'embedded: {issuer: "https://localhost:9443"}') => `
listeners:
  - address: 127.0.0.1:9443
    certificate: server.pem
    private_key: server-key.pem
token_service:
  ${service}
store: {${store}}
`;

async function setUp(t: TestContext, text = config('path: store.sqlite')) {
  const authority = await createAuthority();
  const server = await authority.issue({ subject: 'CN=localhost' });
  const folder = await folderWith(t, {
    'config.yaml': text,
    'server.pem': server.certificatePem,
    'server-key.pem': server.privateKeyPem,
  });
  return {
    rotate: (...more: readonly string[]) => runCertbound(['keys', 'rotate', ...more], { folder }),
    async ring(): Promise<KeyRing> {
      const path = join(folder, 'store.sqlite');
      const store = await createSqliteStore({ path, maxRecords: 100, timeoutMs: 10_000 });
      const record = await store.get('token-service', 'key-ring');
      await store.close();
      return JSON.parse(record?.value ?? '[]') as KeyRing;
    },
  };
}

test('keys rotate makes the next keys, which sign after publish_before, once', async (t) => {
  const { rotate, ring } = await setUp(t);
  assert.equal((await rotate('--leaked')).code, 0, 'the first keys, at once');
  const [first] = await ring();
  const { code, stdout } = await rotate();
  assert.equal(code, 0);
  const [kept, next, ...more] = await ring();
  assert.deepEqual([kept, more], [first, []]);
  const ahead = (next?.signsFrom ?? 0) - Date.now() / 1_000;
  assert.ok(ahead > 86_000 && ahead <= 86_400);
  const shown = new Date((next?.signsFrom ?? 0) * 1_000).toISOString();
  assert.equal(stdout, `the next keys sign from ${shown}\n`);
  assert.equal((await rotate()).stdout, stdout, 'those that are ahead already are the next ones');
  assert.equal((await ring()).length, 2);
});

test('keys rotate --leaked leaves nothing of the keys before', async (t) => {
  const { rotate, ring } = await setUp(t);
  await rotate('--leaked');
  await rotate();
  const before = JSON.stringify(await ring());
  assert.equal((await rotate('--leaked')).code, 0);
  const [only, ...more] = await ring();
  assert.equal(more.length, 0);
  assert.ok((only?.signsFrom ?? Infinity) <= Date.now() / 1_000);
  for (const { kid } of only?.signing ?? []) assert.ok(!before.includes(kid));
});

test('keys rotate says where there is nothing to rotate', async (t) => {
  const memory = await setUp(t, config('engine: memory'));
  assert.match((await memory.rotate()).stderr, /memory/);
  const foreign = await setUp(
    t,
    config('engine: memory', 'upstream: {url: "https://idp.example"}'),
  );
  assert.match((await foreign.rotate()).stderr, /no embedded token service/);
  const misused = await runCertbound(['keys', 'turn']);
  assert.equal(misused.code, 2);
});
