import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { chmod, chown } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { createAuthority, HOUR_MS } from '../support/pki.ts';
import { configurationFolder, EMBEDDED, LISTENER } from './configuration-folder.ts';
import type { ConfigurationFolder } from './configuration-folder.ts';
import { problemsOf as schemaProblemsOf } from './configuration-text.ts';

const CONFIG = LISTENER + EMBEDDED;

test('returns what the files of a listener hold', async (t) => {
  const folder = await configurationFolder(t);
  const other = await createAuthority({ name: 'Other CA' });
  const bundle = `# both\n${folder.authority.certificatePem}${other.certificatePem}`;
  await folder.write('ca.pem', bundle);
  await folder.write('server.pem', folder.server.certificatePem + folder.authority.certificatePem);
  const { listeners } = await folder.check(CONFIG);
  const [listener] = listeners;
  assert.ok(listener !== undefined);
  assert.equal(listener.config.name, 'public');
  assert.equal(
    listener.certificatePem,
    folder.server.certificatePem + folder.authority.certificatePem,
  );
  assert.deepEqual(listener.clientCas, [folder.authority.certificate, other.certificate]);
  const key = createPublicKey(createPrivateKey(listener.privateKeyPem));
  assert.ok(new X509Certificate(listener.certificatePem).publicKey.equals(key));
});

const cut = (pem: string) => pem.slice(0, pem.length / 2);
const corrupt = (pem: string) => pem.replace(/\n.{20}/, `\n${'A'.repeat(20)}`);

type Spoil = (folder: ConfigurationFolder) => string | Buffer;

/** Whatever is wrong with a file, the start ends with its name and its line. */
const spoiled: readonly (readonly [file: string, title: string, spoil: Spoil, expected: RegExp])[] =
  [
    ['ca.pem', 'empty', () => '', /ca\.pem is empty$/],
    ['ca.pem', 'garbage', () => 'not a certificate', /ca\.pem: no trusted certificate/],
    ['ca.pem', 'binary', () => Buffer.alloc(99, 0xff), /ca\.pem: /],
    ['ca.pem', 'half-written', ({ authority }) => cut(authority.certificatePem), /ca\.pem: .*cut/],
    [
      'ca.pem',
      'cut short after its first block',
      ({ authority, server }) => authority.certificatePem + cut(server.certificatePem),
      /ca\.pem: .*cut short/,
    ],
    [
      'ca.pem',
      'corrupt in its first block',
      ({ authority, server }) => corrupt(server.certificatePem) + authority.certificatePem,
      /ca\.pem: /,
    ],
    ['server.pem', 'empty', () => '', /server\.pem is empty$/],
    ['server.pem', 'a key', ({ server }) => server.privateKeyPem, /server\.pem: no certificate/],
    [
      'server.pem',
      'half-written',
      ({ server }) => cut(server.certificatePem),
      /server\.pem: .*cut short/,
    ],
    ['server-key.pem', 'empty', () => '', /server-key\.pem is empty$/],
    [
      'server-key.pem',
      'half-written',
      ({ server }) => cut(server.privateKeyPem),
      /server-key\.pem holds no readable private key in PEM form$/,
    ],
    [
      'server-key.pem',
      'the key of another certificate',
      ({ client }) => client.privateKeyPem,
      /server-key\.pem is not the key of server\.pem$/,
    ],
    [
      'server-key.pem',
      'encrypted',
      ({ server }) =>
        createPrivateKey(server.privateKeyPem).export({
          type: 'pkcs8',
          format: 'pem',
          cipher: 'aes-128-cbc',
          passphrase: 'x',
        }),
      /server-key\.pem is encrypted, expected a key without passphrase$/,
    ],
  ];

const KEY_OF_FILE: Readonly<Record<string, string>> = {
  'ca.pem': '5:17 listeners[0].client_ca[0]',
  'server.pem': '3:5 listeners[0].certificate',
  'server-key.pem': '4:5 listeners[0].private_key',
};

for (const [file, title, spoil, expected] of spoiled) {
  test(`T16: refuses a ${file} that is ${title}, naming it`, async (t) => {
    const folder = await configurationFolder(t);
    await folder.write(file, spoil(folder));
    const [problem, ...others] = await folder.problemsOf(CONFIG);
    assert.deepEqual(others, []);
    assert.match(String(problem), expected);
    assert.ok(String(problem).startsWith(`config.yaml:${KEY_OF_FILE[file]}: `));
  });
}

test('T16: reports every missing file at once, with paths as they were written', async (t) => {
  const folder = await configurationFolder(t);
  const text = CONFIG.replace('server.pem', 'x/a.pem').replace('server-key.pem', './b.pem');
  assert.deepEqual(await folder.problemsOf(text.replace('ca.pem', '../c.pem')), [
    'config.yaml:3:5 listeners[0].certificate: no such file x/a.pem',
    'config.yaml:4:5 listeners[0].private_key: no such file ./b.pem',
    'config.yaml:5:17 listeners[0].client_ca[0]: no such file ../c.pem',
  ]);
});

test('T16: refuses a CA file that it may not read, naming it', async (t) => {
  const folder = await configurationFolder(t);
  await chmod(join(folder.path, 'ca.pem'), 0o000);
  await becomeNobody(t, folder.path);
  const [problem, ...others] = await folder.problemsOf(CONFIG);
  assert.deepEqual(others, []);
  assert.match(String(problem), /^config\.yaml:5:17 listeners\[0\]\.client_ca\[0\]: .*ca\.pem/);
});

test('T16: refuses a folder and a pipe in the place of a file, and waits for neither', async (t) => {
  const folder = await configurationFolder(t);
  execFileSync('mkfifo', [join(folder.path, 'pipe')]);
  const text = CONFIG.replace('server.pem', 'pipe').replace('ca.pem', '.');
  assert.deepEqual(await folder.problemsOf(text), [
    'config.yaml:3:5 listeners[0].certificate: pipe is not a regular file',
    'config.yaml:5:17 listeners[0].client_ca[0]: . is a folder, expected a file',
  ]);
});

test('refuses a server certificate outside of its time', async (t) => {
  const folder = await configurationFolder(t);
  const expired = await folder.authority.issue({
    notBefore: Date.UTC(2020, 0, 1),
    notAfter: Date.UTC(2021, 0, 1),
  });
  await folder.write('server.pem', expired.certificatePem);
  await folder.write('server-key.pem', expired.privateKeyPem);
  assert.deepEqual(await folder.problemsOf(CONFIG), [
    'config.yaml:3:5 listeners[0].certificate: server.pem expired on 2021-01-01T00:00:00.000Z',
  ]);
  const later = await folder.authority.issue({
    notBefore: Date.now() + HOUR_MS,
    notAfter: Date.now() + 2 * HOUR_MS,
  });
  await folder.write('server.pem', later.certificatePem);
  await folder.write('server-key.pem', later.privateKeyPem);
  assert.match(String(await folder.problemsOf(CONFIG)), /server\.pem is not valid before/);
});

test('refuses names and addresses that stand twice', async (t) => {
  const folder = await configurationFolder(t);
  const second = LISTENER.split('\n').slice(1).join('\n');
  const text = `${LISTENER}${second}${EMBEDDED}management: {address: "127.0.0.1:9443"}\n`;
  assert.deepEqual(await folder.problemsOf(text), [
    'config.yaml:6:5 listeners[1].name: "public" is used twice',
    'config.yaml:6:5 listeners[1].address: 127.0.0.1:9443 is used twice',
    'config.yaml:11:14 management.address: 127.0.0.1:9443 is used by a listener',
  ]);
});

test('takes port 0 as often as wanted', async (t) => {
  const folder = await configurationFolder(t);
  const text = LISTENER.replace('9443', '0');
  const second = text
    .split('\n')
    .slice(1)
    .join('\n')
    .replace('address', 'name: second\n    address');
  const management = 'management: {address: "127.0.0.1:0"}\n';
  assert.deepEqual(await folder.problemsOf(`${text}${second}${EMBEDDED}${management}`), []);
});

test('refuses peers of the PROXY protocol that are no ranges, at their place', () => {
  const text = `${LISTENER}    proxy_protocol:
      peers: [10.0.0.0/8, 10.1.2.3/8, balancer.example, 0.0.0.0/0]
      header_timeout: 5
${EMBEDDED}`;
  assert.deepEqual(schemaProblemsOf(text), [
    'config.yaml:7:27 listeners[0].proxy_protocol.peers[1]: has bits beyond its prefix: expected 10.0.0.0/8 or an address alone',
    'config.yaml:7:39 listeners[0].proxy_protocol.peers[2]: expected an address or a range such as 10.1.0.0/16',
    'config.yaml:7:57 listeners[0].proxy_protocol.peers[3]: is every address: name the ones that are meant',
    'config.yaml:8:7 listeners[0].proxy_protocol.header_timeout: expected text, found 5',
  ]);
  const empty = `${LISTENER}    proxy_protocol: {peers: []}\n${EMBEDDED}`;
  assert.deepEqual(schemaProblemsOf(empty), [
    'config.yaml:6:22 listeners[0].proxy_protocol.peers: must have 1 or more entries',
  ]);
  const without = `${LISTENER}    proxy_protocol: {}\n${EMBEDDED}`;
  assert.match(String(schemaProblemsOf(without)), /proxy_protocol\.peers: is required$/);
});

/** Root may read everything; for the rest of the test it is `nobody`, who may enter the folder. */
async function becomeNobody(t: TestContext, folder: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const nobody = 65_534;
  await chown(folder, nobody, nobody);
  t.after(() => process.seteuid?.(0));
  process.seteuid?.(nobody);
}
