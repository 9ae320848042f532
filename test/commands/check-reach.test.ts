import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { startDocumentServer } from '../fetch/document-server.ts';
import { freePort } from '../support/free-port.ts';
import { createAuthority } from '../support/pki.ts';
import { startPostgres, withoutPostgres } from '../support/postgres-server.ts';
import { startRedis, withoutRedis } from '../support/redis-server.ts';
import { pointsAt, respondersAt } from '../support/revocation-addresses.ts';
import { mintCrl } from '../support/revocation-list.ts';
import { folderWith, runCertbound } from './run-certbound.ts';

interface Asked {
  readonly key: string;
  readonly address: string;
  readonly reached: boolean;
  readonly problem?: { readonly text: string; readonly line: number };
  readonly notices: readonly string[];
}

const OWN_KEYS: ReadonlySet<string> = new Set([
  'listeners[0].address',
  'management.address',
  'store.path',
]);

/** What `--reach` says of each address that is not one of its own, and the exit code. */
async function reach(t: TestContext, files: Readonly<Record<string, string>>) {
  const authority = await createAuthority();
  const server = await authority.issue({ san: { dns: ['localhost'] } });
  const { 'config.yaml': text = '', ...more } = files;
  const folder = await folderWith(t, {
    'server.pem': server.certificatePem,
    'key.pem': server.privateKeyPem,
    'config.yaml': `listeners: [{address: "127.0.0.1:0", certificate: server.pem, private_key: key.pem}]\n${text}`,
    ...more,
  });
  const options = { folder, timeoutMs: 60_000 };
  const { code, stdout, stderr } = await runCertbound(['check', '--reach', '--json'], options);
  assert.equal(stderr, '');
  const { reached } = JSON.parse(stdout) as { readonly reached: readonly Asked[] };
  const others = reached.filter(({ key }) => !OWN_KEYS.has(key));
  return { code, reached: others, folder };
}

test('every address that answers as the gateway needs it is reached', async (t) => {
  const authority = await createAuthority();
  const identity = await authority.issue({ san: { dns: ['localhost'], ip: ['127.0.0.1'] } });
  const { port } = await startDocumentServer(
    t,
    (request, response) => {
      if (request.url === '/keys') response.end('{"keys":[]}');
      else response.end(mintCrl(authority));
    },
    { identity },
  );
  const lists = await startDocumentServer(t, (request, response) => {
    if (request.url === '/ocsp') response.writeHead(400).end();
    else response.end(mintCrl(authority));
  });
  const at = (path: string): string => `http://127.0.0.1:${lists.port}${path}`;
  const client = await authority.issue({
    subject: 'CN=client',
    extensions: [respondersAt(at('/ocsp')), pointsAt(at('/point'))],
  });
  const { code, reached } = await reach(t, {
    'ca.pem': authority.certificatePem,
    'client.pem': client.certificatePem,
    'config.yaml': `token_service: {upstream: {url: "https://localhost:${port}", ca: [ca.pem]}}
jwks: {ca: [ca.pem]}
revocation:
  crl_urls: ["${at('/list?secret')}"]
  crl_distribution_points: true
  ocsp: true
  allow_private_addresses: true
clients:
  - client_id: keys
    token_endpoint_auth_method: self_signed_tls_client_auth
    jwks_uri: https://localhost:${port}/keys
    allow_private_jwks_uri: true
  - client_id: file
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
`,
  });
  assert.deepEqual(
    reached.map(({ key, address, reached: isThere }) => [key, address, isThere]),
    [
      ['token_service.upstream.url', `https://localhost:${port}`, true],
      ['clients[0].jwks_uri', `https://localhost:${port}/keys`, true],
      ['revocation.crl_urls[0]', at('/list'), true],
      ['clients[1].certificates', at('/point'), true],
      ['clients[1].certificates', at('/ocsp'), true],
    ],
  );
  assert.equal(code, 0);
});

test('what is not there, is not believed, or is no key set, is told with its place', async (t) => {
  const authority = await createAuthority();
  const identity = await authority.issue({ san: { dns: ['localhost'] } });
  const { port } = await startDocumentServer(t, (_, response) => response.end('<html>'), {
    identity,
  });
  const nobody = await freePort();
  const { code, reached, folder } = await reach(t, {
    'ca.pem': authority.certificatePem,
    'other.pem': (await createAuthority()).certificatePem,
    'config.yaml': `token_service: {upstream: {url: "https://localhost:${port}", ca: [other.pem]}}
jwks: {ca: [ca.pem]}
store: {engine: redis, url: "redis://user:s3cret@127.0.0.1:${nobody}/1"}
clients:
  - {client_id: a, token_endpoint_auth_method: self_signed_tls_client_auth,
     jwks_uri: "https://localhost:${port}/keys"}
  - {client_id: b, token_endpoint_auth_method: self_signed_tls_client_auth,
     jwks_uri: "https://localhost:${port}/keys", allow_private_jwks_uri: true}
`,
  });
  assert.equal(code, 1);
  const problems = reached.map(({ problem }) => problem?.text ?? '');
  assert.match(problems[0] ?? '', /^https:\/\/localhost:\d+: .*(?:self-signed|unable|signature)/i);
  assert.match(problems[1] ?? '', /^redis:\/\/127\.0\.0\.1:\d+\/1: Redis can't be used: .*REFUSED/);
  assert.match(problems[2] ?? '', /^\S+\/keys: localhost resolves to .*, which /);
  assert.match(problems[3] ?? '', /JSON/);
  assert.deepEqual(
    reached.map(({ problem }) => problem?.line),
    [2, 4, 7, 9],
  );
  const plain = await runCertbound(['check', '--reach'], { folder, timeoutMs: 60_000 });
  assert.equal(plain.code, 1);
  assert.match(plain.stderr, /^config\.yaml:4:24 store\.url: redis:\/\/127/m);
  assert.doesNotMatch(plain.stdout + plain.stderr, /s3cret/);
});

test('a server that takes connections and says nothing is waited for a few seconds only', async (t) => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  t.after(() => silent.close());
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const { code, reached } = await reach(t, {
    'config.yaml': `token_service: {upstream: {url: "https://127.0.0.1:${port}"}}`,
  });
  assert.equal(code, 1);
  assert.match(reached[0]?.problem?.text ?? '', /no connection within 5000 ms/);
});

test(
  'the stores are asked, and what they would forget is told',
  { skip: withoutRedis },
  async (t) => {
    const redis = await startRedis((clean) => t.after(clean), ['--appendonly', 'no']);
    const { code, reached } = await reach(t, {
      'config.yaml': `token_service: {embedded: {issuer: "https://localhost"}}
store: {engine: redis, url: "${redis.url}"}`,
    });
    assert.equal(code, 0);
    assert.match(reached[0]?.notices.join() ?? '', /writes no append-only file/);
  },
);

test('PostgreSQL is asked and nothing is made there', { skip: withoutPostgres }, async (t) => {
  const postgres = await startPostgres((clean) => t.after(clean));
  const { code, reached } = await reach(t, {
    'config.yaml': `token_service: {embedded: {issuer: "https://localhost"}}
store: {engine: postgres, url: "${postgres.url}"}`,
  });
  assert.deepEqual([code, reached.map((each) => each.reached)], [0, [true]]);
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query("select 1 from pg_tables where schemaname = 'public'");
  await client.end();
  assert.deepEqual(rows, []);
});

test('an address or a place for the store that this machine does not have is told', async (t) => {
  const authority = await createAuthority();
  const server = await authority.issue({ san: { dns: ['localhost'] } });
  const taken = createServer().listen(0, '127.0.0.1');
  t.after(() => taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const folder = await folderWith(t, {
    'server.pem': server.certificatePem,
    'key.pem': server.privateKeyPem,
    'config.yaml': `listeners:
  - {name: ours, address: "127.0.0.1:${port}", certificate: server.pem, private_key: key.pem}
  - {name: foreign, address: "192.0.2.1:1", certificate: server.pem, private_key: key.pem}
token_service: {embedded: {issuer: "https://localhost"}}
store: {path: config.yaml/store.sqlite}
`,
  });
  const { code, stdout, stderr } = await runCertbound(['check', '--reach'], { folder });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^config\.yaml:3:21 listeners\[1\]\.address: 192\.0\.2\.1:1: .*EADDRNOTAVAIL/m,
  );
  assert.match(stderr, /^config\.yaml:5:9 store\.path: .*ENOTDIR/m);
  // The gateway that runs has its addresses itself.
  assert.match(stdout, /^reached 127\.0\.0\.1:\d+ .*\n {2}is in use already$/m);
});
