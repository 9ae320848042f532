import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { checkConfig } from '../../src/config/check.ts';
import { parseConfig, readConfigText } from '../../src/config/load.ts';
import type { Handle } from '../../src/gateway/handle.ts';
import type { CheckedConfig } from '../../src/server/generation.ts';
import type { Lease } from '../../src/server/generations.ts';
import { createListeners } from '../../src/server/listeners.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { httpsRequest } from '../support/https-client.ts';
import { createAuthority } from '../support/pki.ts';

const CONFIG = `
listeners:
  - address: 127.0.0.1:0
    certificate: server.pem
    private_key: server-key.pem
    client_certificate: want
    client_ca: [ca.pem]
management: {address: 127.0.0.1:0}
store: {engine: memory}
token_service:
  embedded: {issuer: 'https://localhost:9443'}
`;

async function checkedConfig(t: TestContext): Promise<CheckedConfig & { readonly ca: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-test-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const authority = await createAuthority({ name: 'Test CA' });
  const server = await authority.issue({
    subject: 'CN=localhost',
    san: { dns: ['localhost'], ip: ['127.0.0.1'] },
    eku: ['serverAuth'],
  });
  const files = {
    'ca.pem': authority.certificatePem,
    'server.pem': server.certificatePem,
    'server-key.pem': server.privateKeyPem,
    'config.yaml': CONFIG,
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const { text, ...read } = await readConfigText(join(folder, 'config.yaml'), { env: {} });
  const loaded = parseConfig(text, read);
  const material = await checkConfig(loaded);
  return { config: loaded.config, material, ca: authority.certificatePem };
}

test('every lease of a generation ends, once, when its handshake or request is over', async (t) => {
  const { ca, ...checked } = await checkedConfig(t);
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
  const telemetry = createTelemetry({ level: 'error', stream, version: '0', coloured: false });
  t.after(() => telemetry.close());
  const ends: number[] = [];
  const handle: Handle = async (exchange, onEnd) => {
    try {
      if (exchange.target.path === '/broken') throw new Error('broken');
      await exchange.respond({ status: 204, headers: [] });
    } finally {
      onEnd();
    }
  };
  const listeners = createListeners({
    telemetry,
    overload: undefined,
    announce: () => {},
    lease: () => {
      const number = ends.push(0) - 1;
      const end = (): void => void (ends[number] = (ends[number] ?? 0) + 1);
      return { generation: { handle, onSecure: () => {} }, end } as unknown as Lease;
    },
  });
  t.after(() => listeners.stop(0));
  (await listeners.prepare(checked)).commit(0);
  const port = listeners.bound[0]?.port ?? 0;
  assert.equal((await httpsRequest({ port, ca, path: '/' })).status, 204);
  await assert.rejects(httpsRequest({ port, ca, path: '/broken' }));
  // Two handshakes and two requests.
  assert.deepEqual(ends, [1, 1, 1, 1]);
});
