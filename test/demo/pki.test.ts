import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { formatDistinguishedName } from '../../src/certificate/name/distinguished-name.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { ensureDemoPki, renewDemoPki } from '../../src/demo/pki.ts';
import { StartError } from '../../src/errors.ts';

const DAY_MS = 86_400_000;
const CERTIFICATES = ['ca', 'server', 'client', 'pki-client', 'stranger'];
const FILES = CERTIFICATES.flatMap((name) => [`${name}.pem`, `${name}-key.pem`]);

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-demo-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'certs', 'demo');
}

const contents = async (folder: string): Promise<Record<string, string>> => {
  const names = (await readdir(folder)).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? '']));
};

const certificate = async (folder: string, name: string): Promise<X509Certificate> =>
  new X509Certificate(await readFile(join(folder, `${name}.pem`)));

const refused = (run: Promise<unknown>, message: RegExp): Promise<void> =>
  assert.rejects(run, (error) => {
    assert.ok(error instanceof StartError);
    assert.match(error.publicText, message);
    return true;
  });

test('makes the whole PKI, and makes nothing when it is there', async (t) => {
  const folder = await temporaryFolder(t);
  const first = await ensureDemoPki(folder);
  assert.deepEqual(first.created.toSorted(), FILES.map((name) => join(folder, name)).toSorted());
  assert.deepEqual(first.expired, []);
  const made = await contents(folder);
  assert.deepEqual(Object.keys(made), FILES.toSorted());

  assert.deepEqual(await ensureDemoPki(folder), { created: [], expired: [] });
  assert.deepEqual(await contents(folder), made);
});

test('keeps keys as PKCS#8 that only their owner can read', async (t) => {
  const folder = await temporaryFolder(t);
  await ensureDemoPki(folder);
  for (const name of CERTIFICATES) {
    const path = join(folder, `${name}-key.pem`);
    assert.equal((await stat(path)).mode & 0o777, 0o600, name);
    const pem = await readFile(path, 'utf8');
    assert.match(pem, /^-----BEGIN PRIVATE KEY-----\n/, name);
    assert.ok((await certificate(folder, name)).checkPrivateKey(createPrivateKey(pem)), name);
  }
});

test('gives every certificate its name, issuer and 825 days', async (t) => {
  const folder = await temporaryFolder(t);
  const now = Date.UTC(2026, 4, 3, 2, 1, 0, 900);
  await ensureDemoPki(folder, now);
  const ca = await certificate(folder, 'ca');
  const subjects = {
    ca: 'CN=certbound demo CA,O=certbound demo',
    server: 'CN=localhost,O=certbound demo',
    client: 'CN=client,O=certbound demo',
    'pki-client': 'CN=pki-client,O=certbound demo',
    stranger: 'CN=stranger,O=certbound demo',
  };
  for (const [name, subject] of Object.entries(subjects)) {
    const x509 = await certificate(folder, name);
    const parsed = parseCertificate(x509.raw);
    assert.equal(formatDistinguishedName(parsed.subject), subject);
    assert.equal(parsed.notBefore, now - 900);
    assert.equal(parsed.notAfter, now - 900 + 825 * DAY_MS);
    const issuer = ['server', 'pki-client'].includes(name) ? ca : x509;
    assert.ok(x509.checkIssued(issuer) && x509.verify(issuer.publicKey), name);
  }
});

test('the server certificate is one for localhost, the clients are what they say', async (t) => {
  const folder = await temporaryFolder(t);
  await ensureDemoPki(folder);
  const server = await certificate(folder, 'server');
  assert.equal(
    server.subjectAltName,
    'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
  );
  assert.deepEqual(server.keyUsage, ['1.3.6.1.5.5.7.3.1']);
  assert.equal(server.ca, false);
  const pkiClient = await certificate(folder, 'pki-client');
  assert.deepEqual(pkiClient.keyUsage, ['1.3.6.1.5.5.7.3.2']);
  for (const name of ['client', 'stranger']) {
    const x509 = await certificate(folder, name);
    assert.equal(x509.ca, true);
    assert.equal(x509.keyUsage, undefined);
    assert.equal(x509.publicKey.asymmetricKeyType, 'rsa');
    assert.equal(x509.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
  }
});

test('makes missing leaves anew and overwrites nothing', async (t) => {
  const folder = await temporaryFolder(t);
  await ensureDemoPki(folder, Date.now() - 100 * DAY_MS);
  const before = await contents(folder);
  const lost = ['server', 'stranger'].flatMap((name) => [`${name}.pem`, `${name}-key.pem`]);
  for (const name of lost) await rm(join(folder, name));

  const { created } = await ensureDemoPki(folder);
  assert.deepEqual(
    created,
    lost.map((name) => join(folder, name)),
  );
  const now = await contents(folder);
  for (const name of FILES) assert.equal(now[name] === before[name], !lost.includes(name), name);
  const [ca, server] = [await certificate(folder, 'ca'), await certificate(folder, 'server')];
  assert.ok(server.verify(ca.publicKey));
  assert.equal(server.validTo, ca.validTo);
});

test('refuses half a pair, naming the lost file and the remedy', async (t) => {
  const folder = await temporaryFolder(t);
  await ensureDemoPki(folder);
  const made = await contents(folder);
  const halves = FILES.filter((name) => !name.startsWith('ca'));
  for (const lost of [...halves, 'ca.pem']) {
    await rm(join(folder, lost));
    const before = await contents(folder);
    await refused(
      ensureDemoPki(folder),
      new RegExp(`demo/${lost} is missing.*put it back, or remove`),
    );
    assert.deepEqual(await contents(folder), before);
    await writeFile(join(folder, lost), made[lost] ?? '');
  }
});

test('needs the CA key only where something is to be issued', async (t) => {
  const folder = await temporaryFolder(t);
  await ensureDemoPki(folder);
  await rm(join(folder, 'ca-key.pem'));
  assert.deepEqual(await ensureDemoPki(folder), { created: [], expired: [] });
  await rm(join(folder, 'pki-client.pem'));
  await rm(join(folder, 'pki-client-key.pem'));
  await refused(
    ensureDemoPki(folder),
    /ca-key\.pem is missing and has to issue .*pki-client\.pem: put it back, or remove .*ca\.pem, /,
  );
});

test('makes no new CA beside leaves of a lost one', async (t) => {
  const folder = await temporaryFolder(t);
  await ensureDemoPki(folder);
  await rm(join(folder, 'ca.pem'));
  await rm(join(folder, 'ca-key.pem'));
  await refused(ensureDemoPki(folder), /ca\.pem is missing: put it back, or remove .*server\.pem/);
});

test('names files that are damaged', async (t) => {
  const folder = await temporaryFolder(t);
  await ensureDemoPki(folder);
  const path = join(folder, 'client.pem');
  const text = await readFile(path, 'utf8');
  for (const damaged of ['', 'garbage', text.slice(0, 300), '\0'.repeat(100_000)]) {
    await writeFile(path, damaged);
    await refused(ensureDemoPki(folder), /demo\/client\.pem is /);
  }
  await writeFile(path, text);
  for (const name of ['server.pem', 'server-key.pem']) await rm(join(folder, name));
  await writeFile(join(folder, 'ca-key.pem'), 'garbage');
  await refused(ensureDemoPki(folder), /ca-key\.pem is damaged/);
  await writeFile(join(folder, 'ca-key.pem'), await readFile(join(folder, 'client-key.pem')));
  await refused(ensureDemoPki(folder), /ca-key\.pem is not the key of .*ca\.pem/);
});

test('names a folder that can not be made', async (t) => {
  const folder = await temporaryFolder(t);
  await ensureDemoPki(folder);
  await refused(ensureDemoPki(join(folder, 'ca.pem', 'demo')), /can't make the folder .*: ENOTDIR/);
});

test('two starts at once leave whole pairs of one of them', async (t) => {
  const folder = await temporaryFolder(t);
  const starts = await Promise.allSettled([ensureDemoPki(folder), ensureDemoPki(folder)]);
  for (const start of starts) {
    if (start.status === 'rejected') {
      assert.ok(start.reason instanceof StartError);
      assert.match(start.reason.publicText, /made by another start|is missing/);
    }
  }
  assert.ok(starts.some(({ status }) => status === 'fulfilled'));
  for (const name of CERTIFICATES) {
    const key = createPrivateKey(await readFile(join(folder, `${name}-key.pem`)));
    assert.ok((await certificate(folder, name)).checkPrivateKey(key), name);
  }
  assert.deepEqual((await readdir(folder)).toSorted(), FILES.toSorted());
});

test('names expired certificates and renews exactly those', async (t) => {
  const folder = await temporaryFolder(t);
  const now = Date.now();
  await ensureDemoPki(folder, now);
  for (const name of ['client', 'stranger']) {
    for (const file of [`${name}.pem`, `${name}-key.pem`]) await rm(join(folder, file));
  }
  await ensureDemoPki(folder, now - 900 * DAY_MS);
  const { expired } = await ensureDemoPki(folder, now);
  const expiredFiles = ['client.pem', 'stranger.pem'].map((name) => join(folder, name));
  assert.deepEqual(
    expired.map(({ file }) => file),
    expiredFiles,
  );
  assert.ok(expired.every(({ notAfter }) => notAfter < now));

  const before = await contents(folder);
  assert.deepEqual(await renewDemoPki(folder, now), expiredFiles);
  const after = await contents(folder);
  const changed = FILES.filter((name) => after[name] !== before[name]);
  assert.deepEqual(changed, ['client.pem', 'stranger.pem']);
  assert.deepEqual(await ensureDemoPki(folder, now), { created: [], expired: [] });
  assert.deepEqual(await renewDemoPki(folder, now), []);
});

test('renews with an expired CA all that it issued', async (t) => {
  const folder = await temporaryFolder(t);
  const now = Date.now();
  await ensureDemoPki(folder, now - 900 * DAY_MS);
  for (const name of ['client', 'stranger', 'server']) {
    for (const file of [`${name}.pem`, `${name}-key.pem`]) await rm(join(folder, file));
  }
  await refused(ensureDemoPki(folder, now), /ca\.pem has expired and has to issue .*server\.pem/);
  assert.deepEqual(
    await renewDemoPki(folder, now),
    ['ca.pem', 'pki-client.pem'].map((name) => join(folder, name)),
  );
  const { created, expired } = await ensureDemoPki(folder, now);
  assert.equal(created.length, 6);
  assert.deepEqual(expired, []);
  const ca = await certificate(folder, 'ca');
  for (const name of ['server', 'pki-client']) {
    assert.ok((await certificate(folder, name)).verify(ca.publicKey), name);
  }
});

test('renews nothing when one of the keys is lost', async (t) => {
  const folder = await temporaryFolder(t);
  const now = Date.now();
  await ensureDemoPki(folder, now - 900 * DAY_MS);
  await rm(join(folder, 'stranger-key.pem'));
  const before = await contents(folder);
  await refused(renewDemoPki(folder, now), /stranger-key\.pem is missing: put it back, or remove/);
  assert.deepEqual(await contents(folder), before);
});
