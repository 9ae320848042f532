import assert from 'node:assert/strict';
import { createHmac, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { codecFor } from '../../src/certificate/header/codecs.ts';
import { HEADER_FORMATS } from '../../src/certificate/header/header-codec.ts';
import { httpsRequest, postForm } from '../support/https-client.ts';
import { createAuthority } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import type { RecordingUpstream, Respond } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

const KEY = '0123456789abcdef0123456789abcdef';

interface Fixture {
  readonly gateway: GatewayFixture;
  readonly upstream: RecordingUpstream;
  /** Issued below a chain of two intermediates, which it sends along. */
  readonly deep: Issued;
  readonly middle: readonly Issued[];
}

async function start(t: TestContext, settings: string, respond?: Respond): Promise<Fixture> {
  const upstream = await startRecordingUpstream(respond);
  t.after(() => upstream.close());
  const authority = await createAuthority({ name: 'Client CA' });
  const other = await createAuthority({ name: 'Other CA' });
  const upper = await authority.issue({ subject: 'CN=Upper,O=Test', ca: true });
  const lower = await upper.issue({ subject: 'CN=Lower,O=Test', ca: true });
  const deep = await lower.issue({ subject: 'CN=deep,O=Test', eku: ['clientAuth'] });
  const gateway = await startGateway({
    clientCa: 'client-ca.pem',
    files: {
      'client-ca.pem': authority.certificatePem,
      'other-ca.pem': other.certificatePem,
      'proof.key': KEY,
    },
    yaml: `
token_service:
  upstream:
    url: ${upstream.url}
    kind: native
    ${settings}
clients:
  - client_id: pki-by-own-ca
    token_endpoint_auth_method: tls_client_auth
    tls_client_auth_subject_dn: CN=pki-client,O=Test
    trust_anchors: [ca.pem]
`,
  });
  t.after(() => gateway.close());
  return { gateway, upstream, deep, middle: [lower, upper] };
}

/** The certificate headers of the last request, in order. */
function lastFields({ upstream }: Fixture): readonly (readonly [string, string])[] {
  const flat = upstream.requests.at(-1)?.rawHeaders ?? [];
  const pairs = flat.flatMap((name, at): [string, string][] =>
    at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : [],
  );
  return pairs.filter(([name]) => /cert|verify|verdict|x-ssl|x-mine/i.test(name));
}

function get({ gateway }: Fixture, client?: Partial<Issued>, headers?: [string, string][]) {
  const { port, ca } = gateway;
  return httpsRequest({ port, ca, path: '/userinfo', ...client, ...(headers && { headers }) });
}

/** What a TLS client shows: the certificate and those that it sends along. */
function withChain(client: Issued, others: readonly Issued[]): Partial<Issued> {
  const pems = [client, ...others].map(({ certificatePem }) => certificatePem);
  return { certificatePem: pems.join(''), privateKeyPem: client.privateKeyPem };
}

const sequence = ({ certificate }: Issued): string =>
  `:${Buffer.from(certificate).toString('base64')}:`;

test('Client-Cert-Chain is the validated path, whatever the client sent along', async (t) => {
  const fixture = await start(t, 'certificate_headers: [{format: rfc9440}]');
  const { deep, middle } = fixture;
  const stranger = await createAuthority({ name: 'Stranger' });
  const sent = withChain(deep, [stranger, ...middle.toReversed()]);
  assert.equal((await get(fixture, sent)).status, 200);
  assert.deepEqual(lastFields(fixture), [
    ['client-cert', sequence(deep)],
    ['client-cert-chain', middle.map(sequence).join(', ')],
  ]);
});

/** Few enough that their fields stay below the 16 kB that a server of Node takes. */
const GROUPS = Array.from({ length: Math.ceil(HEADER_FORMATS.length / 4) }, (_, index) =>
  HEADER_FORMATS.slice(index * 4, index * 4 + 4),
);

for (const formats of GROUPS) {
  test(`what is written comes through HTTP: ${formats.join(', ')}`, async (t) => {
    const entries = formats.map((format, index) => {
      const hasChainName = codecFor(format).names.chain !== undefined;
      const chain = hasChainName ? `, chain_name: x-mine-above-${index}` : '';
      return `{format: ${format}, name: x-mine-${index}${chain}}`;
    });
    const fixture = await start(
      t,
      `certificate_headers: [${entries.join(', ')}]\n    max_certificate_header_bytes: 16000`,
    );
    const { deep, middle } = fixture;
    assert.equal((await get(fixture, withChain(deep, middle))).status, 200);
    for (const [index, format] of formats.entries()) {
      const codec = codecFor(format);
      const names = { leaf: `x-mine-${index}`, chain: `x-mine-above-${index}` };
      const found = codec.read(lastFields(fixture), names);
      assert.deepEqual(found?.leaf, Buffer.from(deep.certificate), format);
      const carried = codec.chainInLeafField || codec.names.chain !== undefined ? middle : [];
      const expected = carried.map(({ certificate }) => Buffer.from(certificate));
      assert.deepEqual(found.chain, expected, format);
    }
  });
}

test('a self-signed certificate travels without what was sent along', async (t) => {
  const fixture = await start(t, 'certificate_headers: [{preset: keycloak-rfc9440}]');
  const { client } = fixture.gateway;
  await get(fixture, withChain(client, fixture.middle));
  assert.deepEqual(lastFields(fixture), [['client-cert', sequence(client)]]);
});

test('several headers with a verdict say SUCCESS, FAILED or NONE', async (t) => {
  const fixture = await start(
    t,
    'certificate_headers: [{preset: keycloak-nginx}, {format: haproxy, verdict_name: x-mine}]',
  );
  const { gateway, deep, middle } = fixture;
  const escaped = (issued: Issued) => encodeURIComponent(issued.certificatePem);
  const base64 = (...ders: readonly Uint8Array[]) => Buffer.concat(ders).toString('base64');

  await get(fixture, withChain(deep, middle));
  assert.deepEqual(lastFields(fixture), [
    ['ssl-client-cert', escaped(deep)],
    ['ssl-client-verify', 'SUCCESS'],
    ['x-ssl-client-cert', base64(deep.certificate)],
    ['x-ssl-client-cert-chain', base64(...middle.map(({ certificate }) => certificate))],
    ['x-mine', 'SUCCESS'],
  ]);

  await get(fixture, gateway.client);
  assert.deepEqual(lastFields(fixture), [
    ['ssl-client-cert', escaped(gateway.client)],
    ['ssl-client-verify', 'FAILED:self_signed'],
    ['x-ssl-client-cert', base64(gateway.client.certificate)],
    ['x-mine', 'FAILED:self_signed'],
  ]);

  // Nobody vouches for it, and nobody has registered it: the server must not take it for proven.
  await get(fixture, gateway.pkiClient);
  assert.deepEqual(lastFields(fixture), [
    ['ssl-client-verify', 'FAILED:certificate_issuer_unknown'],
    ['x-mine', 'FAILED:certificate_issuer_unknown'],
  ]);

  await get(fixture);
  assert.deepEqual(lastFields(fixture), [
    ['ssl-client-verify', 'NONE'],
    ['x-mine', 'NONE'],
  ]);
});

test('a client with CAs of its own is shown with the verdict of these', async (t) => {
  const fixture = await start(t, 'certificate_headers: [{preset: keycloak-nginx}]');
  const { port, ca, pkiClient } = fixture.gateway;
  const form = { grant_type: 'client_credentials', client_id: 'pki-by-own-ca' };
  await postForm({ port, ca, path: '/oauth2/token', form, ...pkiClient });
  assert.deepEqual(lastFields(fixture), [
    ['ssl-client-cert', encodeURIComponent(pkiClient.certificatePem)],
    ['ssl-client-verify', 'SUCCESS'],
  ]);
});

test('no spelling of a configured name gets through from a client (T01, T03)', async (t) => {
  const fixture = await start(
    t,
    `certificate_headers: [{format: apache, name: x-mine, chain_name: x-mine-above, verdict_name: x-mine-is}]
    certificate_proof: {key_file: proof.key, name: x-mine-proof}`,
  );
  const names = ['x-mine', 'x-mine-above_0', 'x-mine-above_9', 'x-mine-is', 'x-mine-proof'];
  const spellings = names.flatMap((name) => [
    name,
    name.toUpperCase(),
    name.replaceAll('-', '_'),
    name.replaceAll('_', '-'),
    name.replaceAll('-', '.'),
  ]);
  const forged = spellings.map((name): [string, string] => [name, 'forged']);
  const answer = await get(fixture, undefined, forged);
  assert.equal(answer.status, 200);
  assert.deepEqual(lastFields(fixture), [['x-mine-is', 'NONE']]);
});

test('beyond the budget the chain is left out, and the log says so once a connection', async (t) => {
  const fixture = await start(
    t,
    'certificate_headers: [{format: rfc9440}]\n    max_certificate_header_bytes: 1500',
  );
  const { gateway, deep, middle } = fixture;
  await get(fixture, withChain(deep, middle));
  assert.deepEqual(lastFields(fixture), [['client-cert', sequence(deep)]]);
  const line = await gateway.logged(({ msg }) => /left out/.test(String(msg)));
  assert.equal(line['thumbprint'], deep.thumbprint);
  assert.equal(line['max_bytes'], 1_500);
});

test('the proof says of which certificate and which request the headers are', async (t) => {
  const fixture = await start(
    t,
    'certificate_headers: [{format: rfc9440}]\n    certificate_proof: {key_file: proof.key}',
  );
  const started = Math.floor(Date.now() / 1_000);
  await get(fixture, fixture.gateway.client);
  const { headers } = fixture.upstream.requests.at(-1) ?? assert.fail();
  const proof = String(headers['certbound-certificate-proof']);

  // What docs/certificate-headers.md tells an upstream to do.
  const [header = '', claims = '', signature = ''] = proof.split('.');
  const mac = createHmac('sha256', KEY).update(`${header}.${claims}`).digest('base64url');
  assert.equal(signature, mac);
  assert.deepEqual(JSON.parse(Buffer.from(header, 'base64url').toString()), {
    alg: 'HS256',
    typ: 'certificate-proof+jwt',
  });
  const said = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
  assert.equal(said['jti'], headers['x-request-id']);
  const der = Buffer.from(String(headers['client-cert']).slice(1, -1), 'base64');
  const hex = new X509Certificate(der).fingerprint256.replaceAll(':', '');
  assert.equal(said['x5t#S256'], Buffer.from(hex, 'hex').toString('base64url'));
  assert.ok(Number(said['iat']) >= started);

  await get(fixture);
  assert.equal(fixture.upstream.requests.at(-1)?.headers['certbound-certificate-proof'], undefined);
});

for (const [vary, expected] of [
  ['Client-Cert', '*'],
  ['accept, CLIENT-CERT-CHAIN', '*'],
  ['Accept-Encoding, x-mine', '*'],
  ['accept-encoding, x-mine-is', '*'],
  ['*', '*'],
  ['Accept-Encoding, Origin', 'Accept-Encoding, Origin'],
] as const) {
  test(`Vary: ${vary} of the server is ${expected} to the client`, async (t) => {
    const fixture = await start(
      t,
      'certificate_headers: [{format: nginx, name: x-mine, verdict_name: x-mine-is}]',
      (_, response) => {
        response.setHeader('vary', vary.split(/, (?=Client|CLIENT)/));
        response.end('{}');
      },
    );
    const answer = await get(fixture);
    assert.equal(answer.headers['vary'], expected);
  });
}
