import assert from 'node:assert/strict';
import { chmod, readdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { parseConfig } from '../../src/config/load.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import { folderWith, runCertbound } from './run-certbound.ts';

const CONFIG = `# The gateway of the tests.
listeners:
  - address: 127.0.0.1:9443   # loopback
    certificate: server.pem
    private_key: server-key.pem
    client_ca: [ca.pem]
token_service:
  embedded: {issuer: "https://localhost:9443"}

clients:
  # Who looks at tokens.
  - client_id: admin
    token_endpoint_auth_method: client_secret_basic
    client_secret: hidden  # of the tests
    grant_types: []

# Where records live.
store: {engine: memory}
`;

async function setUp(t: TestContext) {
  const authority = await createAuthority();
  const server = await authority.issue({ subject: 'CN=localhost' });
  const client = await selfSigned({ subject: 'CN=new' });
  const folder = await folderWith(t, {
    'config.yaml': CONFIG,
    'ca.pem': authority.certificatePem,
    'server.pem': server.certificatePem,
    'server-key.pem': server.privateKeyPem,
    'new.pem': client.certificatePem,
    'two.pem': client.certificatePem + server.certificatePem,
  });
  const read = (name = 'config.yaml') => readFile(join(folder, name), 'utf8');
  const add = (...args: readonly string[]) => runCertbound(['client', 'add', ...args], { folder });
  /** The lines that are in the file now and were not; all others must be as they were. */
  const inserted = async () => {
    const before = CONFIG.split('\n');
    const after = (await read()).split('\n');
    const start = after.findIndex((line, index) => line !== before[index]);
    const count = after.length - before.length;
    assert.deepEqual(after.toSpliced(start, count), before);
    return after.slice(start, start + count);
  };
  const clients = async () =>
    parseConfig(await read(), { file: 'config.yaml', baseDir: folder, env: {} }).config.clients;
  return { folder, client, read, add, inserted, clients };
}

test('adds a client known by a certificate', async (t) => {
  const { add, client, inserted, clients, folder } = await setUp(t);
  assert.deepEqual(await add('new', '--cert', 'new.pem'), {
    code: 0,
    stdout: `added client "new" to config.yaml, known by the certificate ${client.thumbprint}\n`,
    stderr: '',
  });
  assert.deepEqual(await inserted(), [
    '  - client_id: new',
    '    token_endpoint_auth_method: self_signed_tls_client_auth',
    '    certificates: [new.pem]',
  ]);
  assert.deepEqual((await clients()).at(-1)?.certificates, [join(folder, 'new.pem')]);
  assert.equal((await runCertbound(['check'], { folder })).code, 0);
});

test('adds a client known by the keys it publishes', async (t) => {
  const { add, inserted } = await setUp(t);
  const { code, stdout } = await add('new', '--jwks-uri', 'https://client.example/jwks');
  assert.equal(code, 0);
  assert.match(stdout, /known by the keys at https:\/\/client\.example\/jwks\n$/);
  assert.deepEqual(await inserted(), [
    '  - client_id: new',
    '    token_endpoint_auth_method: self_signed_tls_client_auth',
    '    jwks_uri: "https://client.example/jwks"',
  ]);
});

test('adds a client known by a subject, which is written in its plain form', async (t) => {
  const { add, inserted } = await setUp(t);
  const { code, stdout } = await add('new', '--subject-dn', 'C = SL, O = "a, b", CN = Gaga');
  assert.equal(code, 0);
  assert.match(stdout, /known by the subject CN=Gaga,O=a\\, b,C=SL\n$/);
  assert.deepEqual(await inserted(), [
    '  - client_id: new',
    '    token_endpoint_auth_method: tls_client_auth',
    '    tls_client_auth_subject_dn: "CN=Gaga,O=a\\\\, b,C=SL"',
  ]);
});

test('adds any identifier that a client may have', async (t) => {
  const { add, clients } = await setUp(t);
  const ids = ['123', 'a: b', '${HOME}', 'https://client.example/#1', 'true', 'it\'s "x"'];
  for (const id of ids) assert.equal((await add(id, '--cert', 'new.pem')).code, 0, id);
  assert.deepEqual(
    (await clients()).map((client) => client.client_id),
    ['admin', ...ids],
  );
});

test('names the certificate so that the file finds it, wherever the command is given', async (t) => {
  const { folder, client, read } = await setUp(t);
  const elsewhere = await folderWith(t, { 'other.pem': client.certificatePem });
  const args = ['client', 'add', 'new', '--config', join(folder, 'config.yaml'), '--cert'];
  const { code } = await runCertbound([...args, 'other.pem'], { folder: elsewhere });
  assert.equal(code, 0);
  assert.match(await read(), new RegExp(`certificates: \\["?${join(elsewhere, 'other.pem')}"?\\]`));
});

const refusals: readonly (readonly [
  title: string,
  args: readonly string[],
  code: number,
  message: RegExp,
])[] = [
  [
    'a client_id that is there already',
    ['admin', '--cert', 'new.pem'],
    78,
    /^config\.yaml:12:5 clients\[0\]\.client_id: "admin" is there already\n$/,
  ],
  ['a certificate file that is not there', ['new', '--cert', 'x.pem'], 1, /no such file x\.pem/],
  ['a file of two certificates', ['new', '--cert', 'two.pem'], 1, /two\.pem holds 2 certificates/],
  [
    'an address that is not https',
    ['new', '--jwks-uri', 'http://client.example/'],
    78,
    /^config\.yaml clients\[1\]\.jwks_uri: expected an https URL\n$/,
  ],
  [
    'a subject whose order has two meanings',
    ['new', '--subject-dn', 'O=a, CN=b'],
    2,
    /the order is ambiguous/,
  ],
  [
    'a client_id that no client may have',
    ['né', '--cert', 'new.pem'],
    78,
    /^config\.yaml clients\[1\]\.client_id: expected 1 to 255 printable ASCII characters\n$/,
  ],
  ['no means', ['new'], 2, /expected one of --cert, --jwks-uri and --subject-dn/],
  [
    'two means',
    ['new', '--cert', 'new.pem', '--subject-dn', 'CN=a'],
    2,
    /expected one of --cert, --jwks-uri and --subject-dn/,
  ],
  ['no client_id', ['--cert', 'new.pem'], 2, /expected one ID/],
  ['two client_ids', ['a', 'b', '--cert', 'new.pem'], 2, /expected one ID/],
];

test('refuses what would not work, and leaves the file alone', async (t) => {
  const { add, read, folder } = await setUp(t);
  for (const [title, args, code, message] of refusals) {
    const ended = await add(...args);
    assert.equal(ended.code, code, `${title}: ${ended.stderr}`);
    assert.match(ended.stderr, message, title);
    assert.equal(ended.stdout, '', title);
  }
  const { code, stderr } = await runCertbound(['client', 'remove', 'admin'], { folder });
  assert.equal(code, 2);
  assert.match(stderr, /expected client add ID/);
  assert.equal(await read(), CONFIG);
});

test('refuses a client that the gateway could not start with, but not for older problems', async (t) => {
  const { add, folder, read } = await setUp(t);
  const withoutCa = CONFIG.replace('    client_ca: [ca.pem]\n', '').replace('server.pem', 'x.pem');
  await writeFile(join(folder, 'config.yaml'), withoutCa);
  const { code, stderr } = await add('new', '--subject-dn', 'CN=a');
  assert.equal(code, 78);
  assert.match(
    stderr,
    /^config\.yaml clients\[1\]\.token_endpoint_auth_method: needs a listener with client_ca[^\n]*\n$/,
  );
  assert.equal(await read(), withoutCa);
  assert.equal((await add('new', '--cert', 'new.pem')).code, 0);
});

test('refuses a file that does not load', async (t) => {
  const { add, folder, read } = await setUp(t);
  const broken = `${CONFIG}clients: []\n`;
  await writeFile(join(folder, 'config.yaml'), broken);
  const { code, stderr } = await add('new', '--cert', 'new.pem');
  assert.equal(code, 78);
  assert.match(stderr, /^config\.yaml:19:1 duplicate key "clients"/);
  assert.equal(await read(), broken);
});

test('refuses a list that other parts of the file share', async (t) => {
  const { add, folder, read } = await setUp(t);
  const shared = CONFIG.replace('clients:\n', 'clients: &all\n').replace(
    'grant_types: []',
    'grant_types: &none []',
  );
  await writeFile(join(folder, 'config.yaml'), shared);
  assert.equal((await add('new', '--cert', 'new.pem')).code, 0);
  const aliased = CONFIG.replace(
    /clients:\n[\s\S]*grant_types: \[\]\n/,
    'clients: *none\n',
  ).replace('client_ca: [ca.pem]', 'client_ca: &none []');
  await writeFile(join(folder, 'config.yaml'), aliased);
  const { code, stderr } = await add('new', '--cert', 'new.pem');
  assert.equal(code, 2);
  assert.match(stderr, /"clients" is not written out as a list: add the client with an editor/);
  assert.equal(await read(), aliased);
});

test('keeps the permissions of the file and a link that leads to it, and leaves nothing behind', async (t) => {
  const { add, folder, read } = await setUp(t);
  await rename(join(folder, 'config.yaml'), join(folder, 'real.yaml'));
  await symlink('real.yaml', join(folder, 'config.yaml'));
  await chmod(join(folder, 'real.yaml'), 0o640);
  const names = (await readdir(folder)).toSorted();
  assert.equal((await add('new', '--cert', 'new.pem')).code, 0);
  assert.deepEqual((await readdir(folder)).toSorted(), names);
  assert.equal((await stat(join(folder, 'real.yaml'))).mode & 0o777, 0o640);
  assert.match(await read('real.yaml'), /client_id: new/);
  assert.equal(await read('real.yaml'), await read());
});
