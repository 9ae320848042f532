import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { loadConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/errors.ts';
import { load, MINIMAL, problemsOf } from './configuration-text.ts';

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('resolves every relative path against the folder of the configuration file', async (t) => {
  const folder = await temporaryFolder(t);
  const pem = '-----BEGIN CERTIFICATE-----\\n-----END CERTIFICATE-----';
  const text = `listeners:
  - address: 127.0.0.1:9443
    certificate: certs/server.pem
    private_key: /run/secrets/key.pem
    client_ca: [../ca.pem]
token_service:
  upstream: {url: "https://idp.example", ca: [idp.pem]}
clients:
  - client_id: a
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [a.pem, "${pem}"]
    upstream: {client_secret_file: a.secret}
  - client_id: b
    token_endpoint_auth_method: client_secret_basic
    client_secret_file: b.secret
store: {path: records.sqlite}
demo: {certificates: demo}
`;
  await mkdir(join(folder, 'conf'));
  await writeFile(join(folder, 'conf', 'c.yaml'), text);
  const { config, baseDir } = await loadConfig(join(folder, 'conf', 'c.yaml'), { env: {} });
  const at = (...parts: string[]) => join(folder, 'conf', ...parts);

  assert.equal(baseDir, at());
  const [listener] = config.listeners;
  assert.equal(listener?.certificate, at('certs', 'server.pem'));
  assert.equal(listener?.private_key, '/run/secrets/key.pem');
  assert.deepEqual(listener?.client_ca, [join(folder, 'ca.pem')]);
  assert.ok('upstream' in config.token_service);
  assert.deepEqual(config.token_service.upstream.ca, [at('idp.pem')]);
  const [a, b] = config.clients;
  assert.equal(a?.certificates[0], at('a.pem'));
  assert.match(String(a?.certificates[1]), /^-----BEGIN/);
  assert.equal(a?.upstream?.client_secret_file, at('a.secret'));
  assert.equal(b?.client_secret_file, at('b.secret'));
  assert.equal(config.store.path, at('records.sqlite'));
  assert.equal(config.demo?.certificates, at('demo'));
});

test('remembers paths as they were written and where', () => {
  const loaded = load(MINIMAL.replace('certs/server.pem', '${DIR}/server.pem'), { DIR: 'tls' });
  assert.equal(loaded.config.listeners[0]?.certificate, '/etc/certbound/tls/server.pem');
  assert.equal(loaded.writtenAt(['listeners', 0, 'certificate']), 'tls/server.pem');
  assert.deepEqual(loaded.problemAt(['listeners', 0, 'certificate'], 'no such file'), {
    place: 'config.yaml:3:5',
    key: 'listeners[0].certificate',
    text: 'no such file',
  });
  assert.equal(loaded.problemAt(['store', 'path'], 'x').place, 'config.yaml:1:1');
});

test('reports references to variables that are not set, and nothing else about their keys', () => {
  const text = MINIMAL.replace('127.0.0.1:9443', '${ADDRESS}').replace('embedded', 'embeded');
  assert.deepEqual(problemsOf(text), [
    'config.yaml:2:5 listeners[0].address: environment variable ADDRESS is not set',
    'config.yaml:6:3 token_service.embeded: unknown key, did you mean "embedded"?',
  ]);
});

test('reads unquoted numbers and booleans from the environment where the schema wants them', () => {
  const text =
    `${MINIMAL}store: {max_records: 7}\ndemo:\n  certificates: x\n  allow_any_address: \${ANY}
clients:
  - client_id: \${ID}
    token_endpoint_auth_method: client_secret_basic
    client_secret: \${SECRET}
`.replace('{max_records: 7}', '\n  max_records: ${MAX:-1000}');
  const { config } = load(text, { ANY: 'true', ID: '42', SECRET: '0123' });
  assert.equal(config.store.max_records, 1000);
  assert.equal(config.demo?.allow_any_address, true);
  assert.equal(config.clients[0]?.client_id, '42');
  assert.equal(config.clients[0]?.client_secret, '0123');
});

test('leaves quoted text from the environment text', () => {
  const text = `${MINIMAL}store: {max_records: "\${MAX}"}\n`;
  assert.deepEqual(problemsOf(text, { MAX: '5' }), [
    'config.yaml:8:9 store.max_records: expected a number, found text',
  ]);
});

test('refuses a number from the environment that is none', () => {
  const text = `${MINIMAL}store:\n  max_records: \${MAX}\n`;
  assert.deepEqual(problemsOf(text, { MAX: 'many' }), [
    'config.yaml:9:3 store.max_records: expected a number, found text',
  ]);
});

const unreadable: readonly (readonly [string, Buffer | undefined, RegExp])[] = [
  ['a file that is not there', undefined, /c\.yaml no such file$/],
  ['an empty file', Buffer.alloc(0), /c\.yaml:1:1 is empty$/],
  [
    'more than a megabyte',
    Buffer.alloc(1_048_577, ' '),
    /c\.yaml:1:1 is larger than 1048576 bytes$/,
  ],
  ['bytes that are not UTF-8', Buffer.from([0x61, 0x3a, 0xff]), /c\.yaml:1:1 is not UTF-8 text$/],
];

for (const [title, content, expected] of unreadable) {
  test(`refuses ${title}`, async (t) => {
    const file = join(await temporaryFolder(t), 'c.yaml');
    if (content !== undefined) await writeFile(file, content);
    await assert.rejects(loadConfig(file, { env: {} }), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.publicText, expected);
      return true;
    });
  });
}

test('refuses a folder', async (t) => {
  await assert.rejects(loadConfig(await temporaryFolder(t), { env: {} }), /is a folder/);
});
