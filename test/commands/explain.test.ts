import assert from 'node:assert/strict';
import { HEADER_FORMATS } from '../../src/certificate/header/header-codec.ts';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { createAuthority, HOUR_MS, selfSigned } from '../support/pki.ts';
import { mintCrl } from '../support/revocation-list.ts';
import { folderWith, runCertbound } from './run-certbound.ts';

const CONFIG = `listeners:
  - address: 127.0.0.1:9443
    certificate: server.pem
    private_key: server-key.pem
    client_ca: [ca.pem]
  - name: partners
    address: 127.0.0.1:9444
    certificate: server.pem
    private_key: server-key.pem
token_service:
  upstream:
    url: http://127.0.0.1:9
    certificate_headers: [{format: one_line_pem, name: x-cert}]
clients:
  - client_id: by-subject
    token_endpoint_auth_method: tls_client_auth
    tls_client_auth_subject_dn: CN=client,O=Test
  - client_id: by-own-anchor
    token_endpoint_auth_method: tls_client_auth
    tls_client_auth_subject_dn: CN=client,O=Test
    trust_anchors: [other-ca.pem]
  - client_id: registered
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [self-signed.pem]
store: {engine: memory}
`;

async function setUp(t: TestContext) {
  const [authority, other, alone] = await Promise.all([
    createAuthority(),
    createAuthority({ name: 'Other CA' }),
    selfSigned({ subject: 'CN=alone' }),
  ]);
  const middle = await authority.issue({ subject: 'CN=Middle CA,O=Test', ca: true });
  const client = await middle.issue({
    subject: 'CN=client,O=Test',
    eku: ['clientAuth'],
    serialNumber: '2a',
    san: { dns: ['client.example'] },
  });
  const server = await authority.issue({ subject: 'CN=localhost', eku: ['serverAuth'] });
  const folder = await folderWith(t, {
    'config.yaml': CONFIG,
    'ca.pem': authority.certificatePem,
    'other-ca.pem': other.certificatePem,
    'middle.pem': middle.certificatePem,
    'client.pem': client.certificatePem,
    'server.pem': server.certificatePem,
    'server-key.pem': server.privateKeyPem,
    'self-signed.pem': alone.certificatePem,
  });
  return { authority, middle, client, server, alone, folder };
}

const SENT = ['explain', '--cert', 'client.pem', '--chain', 'middle.pem'];
const WITH_TRUST = [...SENT, '--trust', 'ca.pem'];

async function explain(
  folder: string,
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<Explained> {
  const { code, stdout, stderr } = await runCertbound([...args, '--json'], { folder, input });
  assert.equal(stderr, '');
  assert.equal(code, 0);
  return JSON.parse(stdout) as Explained;
}

interface Explained {
  readonly verdict: { readonly kind: string; readonly reason: string | null };
  readonly subject: string;
  readonly thumbprint: string;
  readonly path: readonly { readonly role: string; readonly subject: string }[];
  readonly clients: readonly {
    readonly client_id: string;
    readonly matches: boolean;
    readonly reason: string | null;
  }[];
  readonly listeners: readonly { readonly name: string; readonly verdict: object }[];
  readonly headers: readonly {
    readonly format: string;
    readonly name: string;
    readonly value: string;
    readonly configured: boolean;
  }[];
  readonly not_asked: readonly string[];
}

function clientsOf({ clients }: Explained): Readonly<Record<string, string>> {
  return Object.fromEntries(
    clients.map(({ client_id: id, matches, reason }) => [id, matches ? 'match' : `${reason}`]),
  );
}

test('explain finds the path to a trust anchor without a configuration', async (t) => {
  const { folder, client, middle } = await setUp(t);
  const found = await explain(folder, WITH_TRUST);
  assert.equal(found.verdict.kind, 'trusted');
  assert.equal(found.verdict.reason, null);
  assert.equal(found.subject, 'CN=client,O=Test');
  assert.equal(found.thumbprint, client.thumbprint);
  assert.deepEqual(
    found.path.map(({ role, subject }) => `${role} ${subject}`),
    ['leaf CN=client,O=Test', 'intermediate CN=Middle CA,O=Test', 'anchor CN=Test CA,O=Test'],
  );
  const base64 = Buffer.from(client.certificate).toString('base64');
  assert.deepEqual(
    found.headers.slice(0, 3).map(({ name, value }) => [name, value]),
    [
      ['client-cert', `:${base64}:`],
      ['client-cert-chain', `:${Buffer.from(middle.certificate).toString('base64')}:`],
      ['x-wso2-mtls-cert', `-----BEGIN CERTIFICATE-----${base64}-----END CERTIFICATE-----`],
    ],
  );
  assert.deepEqual(new Set(found.headers.map(({ format }) => format)), new Set(HEADER_FORMATS));
});

test('explain reads standard input for a file named -, PEM and DER alike', async (t) => {
  const { folder, client, middle } = await setUp(t);
  const trust = ['--trust', 'ca.pem'];
  const [pem, der, chain] = await Promise.all([
    explain(
      folder,
      ['explain', '--cert', '-', ...trust],
      client.certificatePem + middle.certificatePem,
    ),
    explain(
      folder,
      ['explain', '--cert', '-', '--chain', 'middle.pem', ...trust],
      client.certificate,
    ),
    explain(
      folder,
      ['explain', '--cert', 'client.pem', '--chain', '-', ...trust],
      middle.certificate,
    ),
  ]);
  for (const found of [pem, der, chain]) {
    assert.equal(found.verdict.kind, 'trusted');
    assert.equal(found.thumbprint, client.thumbprint);
  }
  const [broken, text] = await Promise.all([
    runCertbound(['explain', '--cert', '-', ...trust], {
      folder,
      input: Uint8Array.of(0x30, 0x81),
    }),
    runCertbound(['explain', '--cert', '-', ...trust], { folder, input: 'no certificate' }),
  ]);
  assert.equal(broken.code, 1);
  assert.match(broken.stderr, /^certbound: standard input: /);
  assert.equal(text.code, 1);
  assert.match(text.stderr, /^certbound: standard input: no certificate/);
});

test('explain prints for a terminal what it prints as JSON', async (t) => {
  const { folder, client } = await setUp(t);
  const { code, stdout, stderr } = await runCertbound(WITH_TRUST, { folder });
  assert.equal(stderr, '');
  assert.equal(code, 0);
  for (const line of [
    /^subject +CN=client,O=Test$/m,
    /^SAN dns +client\.example$/m,
    /^serial +2a$/m,
    /^valid until +\S+Z, 0 days left$/m,
    /^key +P-256, pin \S{43}$/m,
    new RegExp(`^x5t#S256 +${client.thumbprint}$`, 'm'),
    /^verdict +trusted$/m,
    /^intermediate +CN=Middle CA,O=Test /m,
    /^rfc9440 +client-cert: :/m,
  ]) {
    assert.match(stdout, line);
  }
});

test('explain exits with 0 for a certificate that is not trusted, too', async (t) => {
  const { folder } = await setUp(t);
  const later = new Date(Date.now() + 48 * HOUR_MS).toISOString();
  const [broken, expired, alone] = await Promise.all([
    explain(folder, ['explain', '--cert', 'client.pem', '--trust', 'ca.pem']),
    explain(folder, [...WITH_TRUST, '--at', later]),
    explain(folder, ['explain', '--cert', 'self-signed.pem', '--trust', 'ca.pem']),
  ]);
  assert.equal(broken.verdict.kind, 'untrusted');
  assert.equal(broken.verdict.reason, 'certificate_issuer_unknown');
  assert.deepEqual(broken.path, []);
  assert.equal(expired.verdict.kind, 'untrusted');
  assert.equal(expired.verdict.reason, 'certificate_expired');
  assert.equal(alone.verdict.kind, 'self_signed');
});

test('explain judges for the purpose that is asked for', async (t) => {
  const { folder } = await setUp(t);
  const server = ['explain', '--cert', 'server.pem', '--trust', 'ca.pem'];
  const [asServer, asClient] = await Promise.all([
    explain(folder, [...server, '--purpose', 'server']),
    explain(folder, server),
  ]);
  assert.equal(asServer.verdict.kind, 'trusted');
  assert.equal(asClient.verdict.reason, 'certificate_extended_key_usage');
});

for (const purpose of ['client', 'server']) {
  test(`explain sees a certificate revoked by a list, as a ${purpose}'s`, async (t) => {
    const { folder, middle, authority } = await setUp(t);
    const leaf = await middle.issue({ subject: 'CN=any', serialNumber: '2b' });
    const lists = [mintCrl(middle, { entries: [{ serialNumber: '2b' }] }), mintCrl(authority)];
    const files = await folderWith(t, {
      'leaf.pem': leaf.certificatePem,
      'lists.pem': lists.map(crlPem).join(''),
    });
    const args = ['--chain', 'middle.pem', '--trust', 'ca.pem', '--crl', `${files}/lists.pem`];
    const asked = [...args, '--purpose', purpose];
    const [revoked, good] = await Promise.all([
      explain(folder, ['explain', '--cert', `${files}/leaf.pem`, ...asked]),
      explain(folder, [...WITH_TRUST, '--crl', `${files}/lists.pem`]),
    ]);
    assert.equal(revoked.verdict.kind, 'untrusted');
    assert.equal(revoked.verdict.reason, 'certificate_revoked');
    assert.equal(good.verdict.kind, 'trusted');
  });
}

function crlPem(der: Uint8Array): string {
  const base64 = Buffer.from(der).toString('base64');
  return `-----BEGIN X509 CRL-----\n${base64}\n-----END X509 CRL-----\n`;
}

test('explain tells which clients of the configuration match and why not the others', async (t) => {
  const { folder } = await setUp(t);
  const [trusted, alone] = await Promise.all([
    explain(folder, SENT),
    explain(folder, ['explain', '--cert', 'self-signed.pem']),
  ]);
  assert.deepEqual(clientsOf(trusted), {
    'by-subject': 'match',
    'by-own-anchor': 'certificate_issuer_unknown',
    registered: 'certificate_not_registered',
  });
  assert.deepEqual(clientsOf(alone), {
    registered: 'match',
    'by-subject': 'certificate_untrusted',
    'by-own-anchor': 'certificate_untrusted',
  });
  assert.deepEqual(
    trusted.headers.slice(0, 3).map(({ name, configured }) => [name, configured]),
    [
      ['x-cert', true],
      ['client-cert', false],
      ['client-cert-chain', false],
    ],
  );
});

test('explain asks the listener and the client that are named', async (t) => {
  const { folder } = await setUp(t);
  const [first, partners, client] = await Promise.all([
    explain(folder, SENT),
    explain(folder, [...SENT, '--listener', 'partners']),
    explain(folder, [...SENT, '--client', 'by-own-anchor']),
  ]);
  assert.equal(first.verdict.kind, 'trusted');
  assert.deepEqual(
    first.listeners.map(({ name }) => name),
    ['public', 'partners'],
  );
  assert.equal(partners.verdict.kind, 'untrusted');
  assert.equal(partners.verdict.reason, 'certificate_issuer_unknown');
  assert.equal(client.verdict.kind, 'untrusted');
  assert.deepEqual(Object.keys(clientsOf(client)), ['by-own-anchor']);
});

test('explain exits with 1 for files that it can not read, with a code in JSON', async (t) => {
  const { folder } = await setUp(t);
  const cases = [
    [['--cert', 'server-key.pem', '--trust', 'ca.pem'], 'certificate_malformed'],
    [['--cert', 'none.pem', '--trust', 'ca.pem'], 'file_unreadable'],
    [['--cert', 'client.pem', '--trust', 'server-key.pem'], 'trust_store_unreadable'],
    [['--cert', 'client.pem', '--trust', 'ca.pem', '--crl', 'ca.pem'], 'crl_malformed'],
  ] as const;
  for (const [args, expected] of cases) {
    const [json, text] = await Promise.all([
      runCertbound(['explain', ...args, '--json'], { folder }),
      runCertbound(['explain', ...args], { folder }),
    ]);
    const { error } = JSON.parse(json.stdout) as { error: { code: string; message: string } };
    assert.equal(error.code, expected);
    assert.deepEqual(json, { ...json, code: 1, stderr: '' });
    assert.deepEqual(text, { code: 1, stdout: '', stderr: `certbound: ${error.message}\n` });
  }
});

test('explain exits with 2 for a command line that means nothing', async (t) => {
  const { folder } = await setUp(t);
  const cases = [
    [[], /expected --cert FILE/],
    [['--cert', 'client.pem', '--at', '2026-02-31T00:00:00Z'], /--at: expected a time/],
    [['--cert', 'client.pem', '--at', 'tomorrow'], /--at: expected a time/],
    [['--cert', 'client.pem', '--purpose', 'email'], /--purpose: expected client or server/],
    [['--cert', '-', '--chain', '-'], /--chain: standard input is read for --cert already/],
    [['--cert', 'client.pem', '--client', 'nobody'], /--client: no client "nobody"/],
    [['--cert', 'client.pem', '--listener', 'none'], /--listener: no listener "none"/],
  ] as const;
  for (const [args, expected] of cases) {
    const { code, stdout, stderr } = await runCertbound(['explain', ...args], { folder });
    assert.match(stderr, expected);
    assert.equal(code, 2);
    assert.equal(stdout, '');
  }
});

test('explain exits with 78 without anchors and without a sound configuration', async (t) => {
  const { certificatePem } = await selfSigned();
  const folder = await folderWith(t, { 'a.pem': certificatePem, 'bad.yaml': 'listeners: []\n' });
  const [none, bad] = await Promise.all([
    runCertbound(['explain', '--cert', 'a.pem'], { folder }),
    runCertbound(['explain', '--cert', 'a.pem', '--config', 'bad.yaml'], { folder }),
  ]);
  assert.equal(none.code, 78);
  assert.match(none.stderr, /^config\.yaml no such file/);
  assert.equal(bad.code, 78);
  assert.match(bad.stderr, /^bad\.yaml:1:1 listeners/);
});
