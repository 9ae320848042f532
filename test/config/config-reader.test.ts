import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { checkConfig } from '../../src/config/check.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { ConfigText } from '../../src/config/load.ts';
import { createConfigReader } from '../../src/config/reader/config-reader.ts';
import { CLIENTS_AT_A_TIME } from '../../src/config/reader/messages.ts';
import { recordConfig } from '../../src/config/snapshot.ts';
import { ConfigError, StartError } from '../../src/errors.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import { mintCrl } from '../support/revocation-list.ts';

const CLIENTS = 2 * CLIENTS_AT_A_TIME + 1;
const SECRET = 'a-secret-of-thirty-two-characters-or-more';
const HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$8hxxkMBeq91ruiJ1poyjfA$tG5pBWUF2QJQ48yCALHH3IZKLqmblv1NZ8PFSi7xv1s';

async function source(t: TestContext, changed = (yaml: string): string => yaml) {
  const baseDir = await mkdtemp(join(tmpdir(), 'certbound-reader-'));
  t.after(() => rm(baseDir, { recursive: true, force: true }));
  const authority = await createAuthority();
  const server = await authority.issue({ san: { dns: ['localhost'] }, eku: ['serverAuth'] });
  const files = {
    'ca.pem': authority.certificatePem,
    'server.pem': server.certificatePem,
    'server-key.pem': server.privateKeyPem,
    'client.pem': (await selfSigned()).certificatePem,
    'revoked.crl': mintCrl(authority, { entries: [{ serialNumber: '05' }] }),
    secret: SECRET,
    users: `alice:${HASH}\n`,
  };
  for (const [name, content] of Object.entries(files))
    await writeFile(join(baseDir, name), content);
  const clients = Array.from(
    { length: CLIENTS },
    (_, index) =>
      `  - {client_id: c${index}, token_endpoint_auth_method: self_signed_tls_client_auth, certificates: [client.pem]}`,
  );
  const text = changed(`
listeners: [{address: '127.0.0.1:1', certificate: server.pem, private_key: server-key.pem, client_ca: [ca.pem]}]
management: {token_file: secret}
token_service: {embedded: {issuer: 'https://localhost:9443', users_file: users}}
revocation: {crl_files: [revoked.crl]}
clients:
${clients.join('\n')}
`);
  return { text, file: 'config.yaml', baseDir, env: { HOME: '/' } } satisfies ConfigText;
}

async function readHere(from: ConfigText) {
  const loaded = parseConfig(from.text, from);
  return { config: loaded.config, material: await checkConfig(loaded) };
}

test('a thread reads what is read here, however many clients there are', async (t) => {
  const reader = createConfigReader();
  t.after(reader.close);
  const from = await source(t);
  const named: string[] = [];
  const { config, material } = await reader.read(from, (files) => named.push(...files));
  const here = await readHere(from);
  assert.deepEqual(config, here.config);
  // Lists are views of one buffer, which is another class there.
  const { crls, ...plain } = material;
  const { crls: crlsHere, ...plainHere } = here.material;
  assert.deepEqual(plain, plainHere);
  assert.deepEqual([...crls.keys()], [...crlsHere.keys()]);
  assert.ok(material.clients.every((client, index) => client.config === config.clients[index]));
  assert.ok(Object.isFrozen(config.clients[CLIENTS - 1]?.certificates));
  assert.ok(Object.isFrozen(config.listeners[0]));
  assert.ok(named.includes(join(from.baseDir, 'client.pem')));
});

test('what is refused there is placed as here, and the files that it names are told', async (t) => {
  const reader = createConfigReader();
  t.after(reader.close);
  const broken = [
    (yaml: string) => yaml.replace('certificates: [client.pem]', 'certificates: [gone.pem]'),
    (yaml: string) => yaml.replace('users_file: users', 'users_fil: users'),
    (yaml: string) => `${yaml}\n  - [`,
  ];
  for (const [index, changed] of broken.entries()) {
    const from = await source(t, changed);
    const problemsOf = async (reading: Promise<unknown>) => {
      const error = await reading.then(
        () => undefined,
        (seen: unknown) => seen,
      );
      assert.ok(error instanceof ConfigError);
      return error.problems;
    };
    let named: readonly string[] = [];
    const there = await problemsOf(reader.read(from, (files) => (named = files)));
    assert.deepEqual(there, await problemsOf(readHere(from)));
    assert.ok(there.every(({ place }) => /^config\.yaml:\d+:\d+$/.test(place)));
    assert.equal(named.includes(join(from.baseDir, 'gone.pem')), index === 0);
  }
});

test('of a snapshot the thread reads no file of the disk', async (t) => {
  const reader = createConfigReader();
  t.after(reader.close);
  const from = await source(t);
  const { loaded, snapshot } = recordConfig(parseConfig(from.text, from));
  await checkConfig(loaded);
  await writeFile(join(from.baseDir, 'secret'), 'short');
  await writeFile(join(from.baseDir, 'users'), 'broken');
  const { material } = await reader.read(snapshot, () => {});
  assert.equal(material.managementToken, SECRET);
});

test('a key that a reload can not change is placed where it stands', async (t) => {
  const reader = createConfigReader();
  t.after(reader.close);
  const { problemAt } = await reader.read(await source(t), () => {});
  const problem = problemAt(['management', 'token_file'], 'needs a restart');
  assert.deepEqual(problem, {
    place: 'config.yaml:3:14',
    key: 'management.token_file',
    text: 'needs a restart',
  });
});

test('a reader that is closed gives up what is being read', async (t) => {
  const reader = createConfigReader();
  const reading = reader.read(await source(t), () => {});
  const refused = assert.rejects(reading, StartError);
  await reader.close();
  await refused;
  await assert.rejects(
    reader.read(await source(t), () => {}),
    StartError,
  );
});
