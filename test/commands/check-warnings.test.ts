import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { mintCrl, writeCrlPem } from '../support/revocation-list.ts';
import { createAuthority, HOUR_MS, selfSigned } from '../support/pki.ts';
import { folderWith, runCertbound } from './run-certbound.ts';

const DAY_MS = 24 * HOUR_MS;
const FAR = Date.now() + 400 * DAY_MS;

interface Files {
  readonly listener?: string;
  readonly more?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Names of the server's certificate. */
  readonly names?: readonly string[];
}

/** A configuration with nothing to warn of, but for what is put into it. */
async function configured(t: TestContext, { listener = '', more = '', ...rest }: Files) {
  const { files = {}, names = ['login.example'] } = rest;
  const authority = await selfSigned({
    subject: 'CN=CA,O=Test',
    ca: true,
    keyUsage: ['keyCertSign', 'cRLSign'],
    notAfter: FAR,
  });
  const server = await authority.issue({ san: { dns: names }, notAfter: FAR });
  return folderWith(t, {
    'server.pem': server.certificatePem,
    'key.pem': server.privateKeyPem,
    'config.yaml': `listeners:
  - address: "127.0.0.1:0"
    certificate: server.pem
    private_key: key.pem
${listener}
token_service: {embedded: {issuer: "https://login.example"}}
${more}`,
    ...files,
  });
}

test('a sound configuration has no warnings, and --strict lets it pass', async (t) => {
  const folder = await configured(t, {});
  const { code, stderr } = await runCertbound(['check', '--strict'], { folder });
  assert.deepEqual([code, stderr], [0, '']);
});

test('certificates that end soon are told with their place; --strict makes it a failure', async (t) => {
  const soon = await selfSigned({
    subject: 'CN=soon',
    notAfter: Date.parse('2200-01-01T00:00:00Z'),
  });
  const over = await selfSigned({ subject: 'CN=over', notAfter: Date.now() - HOUR_MS / 2 });
  const folder = await configured(t, {
    listener: '    client_ca: [soon.pem]',
    more: `clients:
  - client_id: a
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [over.pem]
`,
    files: { 'soon.pem': soon.certificatePem, 'over.pem': over.certificatePem },
  });
  const [standard, wide, strict] = await Promise.all([
    runCertbound(['check'], { folder }),
    runCertbound(['check', '--expires-within', '9999'], { folder }),
    runCertbound(['check', '--strict'], { folder }),
  ]);
  const expired = new RegExp(
    `^config\\.yaml:10:5 warning: clients\\[0\\]\\.certificates: CN=over \\(${over.thumbprint}\\) expired on \\S+Z\\n$`,
  );
  assert.match(standard.stderr, expired);
  assert.equal(standard.code, 0);
  assert.match(strict.stderr, expired);
  assert.equal(strict.code, 1);
  // Of the server's own certificate, too, which lives for 400 days.
  assert.match(wide.stderr, /:3:5 warning: listeners\[0\]\.certificate: .* expires on /);
  const { stderr, code } = await runCertbound(['check', '--expires-within', 'soon'], { folder });
  assert.match(stderr, /expected --expires-within DAYS, a whole number/);
  assert.equal(code, 2);
});

test('a CRL past its next update is told', async (t) => {
  const authority = await createAuthority({ name: 'List CA' });
  const list = mintCrl(authority, { nextUpdate: Date.now() - HOUR_MS / 2 });
  const folder = await configured(t, {
    more: 'revocation: {crl_files: [old.crl]}',
    files: { 'old.crl': writeCrlPem(list) },
  });
  const { stderr } = await runCertbound(['check'], { folder });
  assert.match(
    stderr,
    /^config\.yaml:7:26 warning: revocation\.crl_files\[0\]: the list of CN=List CA,O=Test is past its next update, \S+Z\n$/,
  );
});

test('a chain out of order, and names that no certificate is for, are told', async (t) => {
  const other = await selfSigned({ subject: 'CN=Other', ca: true, notAfter: FAR });
  const leaf = await other.issue({ san: { dns: ['a.example'] }, notAfter: FAR });
  const stranger = await selfSigned({ subject: 'CN=Stranger', ca: true, notAfter: FAR });
  const folder = await configured(t, {
    names: ['other.example'],
    listener: `    server_names:
      - {names: [a.example, b.example, "*.c.example"], certificate: a.pem, private_key: a-key.pem}`,
    files: {
      'a.pem': leaf.certificatePem + stranger.certificatePem,
      'a-key.pem': leaf.privateKeyPem,
    },
  });
  const { stderr, code } = await runCertbound(['check'], { folder });
  assert.equal(code, 0);
  const texts = stderr.split('\n').map((line) => line.replace(/^\S+ warning: /, ''));
  assert.deepEqual(texts, [
    'listeners[0].server_names[0].names[1]: the certificate is not for "b.example"',
    'listeners[0].server_names[0].names[2]: the certificate is not for "*.c.example"',
    'listeners[0].server_names[0].certificate: certificate 2 of the file did not issue certificate 1',
    'token_service.embedded.issuer: no listener has a certificate for "login.example"',
    '',
  ]);
});

test('--json tells certificates, clients, warnings and problems, each with its place', async (t) => {
  const client = await selfSigned({ subject: 'CN=client', notAfter: FAR });
  const folder = await configured(t, {
    names: ['other.example'],
    more: `clients:
  - client_id: a
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
`,
    files: { 'client.pem': client.certificatePem, 'wrong.yaml': 'listeners: []\n' },
  });
  const [valid, refused] = await Promise.all([
    runCertbound(['check', '--json'], { folder }),
    runCertbound(['check', '--json', '--config', 'wrong.yaml'], { folder }),
  ]);
  assert.deepEqual([valid.code, valid.stderr, refused.code, refused.stderr], [0, '', 78, '']);
  const told = JSON.parse(valid.stdout) as Readonly<Record<string, readonly object[]>>;
  assert.deepEqual(told['warnings'], [
    {
      line: 6,
      column: 28,
      key: 'token_service.embedded.issuer',
      text: 'no listener has a certificate for "login.example"',
    },
  ]);
  assert.deepEqual(told['clients'], [
    {
      client_id: 'a',
      token_endpoint_auth_method: 'self_signed_tls_client_auth',
      known_by: [`certificate ${client.thumbprint}`],
    },
  ]);
  const { not_before: _, ...certificate } = { not_before: '', ...told['certificates']?.at(-1) };
  assert.deepEqual(certificate, {
    key: 'clients[0].certificates',
    subject: 'CN=client',
    'x5t#S256': client.thumbprint,
    not_after: `${new Date(FAR).toISOString().slice(0, 19)}.000Z`,
  });
  const { file, valid: isValid, problems } = JSON.parse(refused.stdout) as Record<string, unknown>;
  assert.deepEqual([file, isValid], ['wrong.yaml', false]);
  assert.deepEqual(problems, [
    { line: 1, column: 1, key: 'listeners', text: 'must have 1 or more entries' },
    { line: 1, column: 1, key: 'token_service', text: 'is required' },
  ]);
});
