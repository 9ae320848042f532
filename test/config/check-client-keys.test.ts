import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';

import { allNotations, publicKeyPinOf } from '../../src/certificate/thumbprint.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { formatSubject } from '../../src/certificate/name/registered-subject.ts';
import { ConfigError } from '../../src/errors.ts';
import { selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { configurationFolder, EMBEDDED, LISTENER } from './configuration-folder.ts';
import type { ConfigurationFolder } from './configuration-folder.ts';

/** The client entry starts at line 8, its method stands in line 9, its other keys from line 10 on. */
const withClient = (method: string, ...lines: readonly string[]): string =>
  `${LISTENER}${EMBEDDED}clients:\n  - client_id: a\n    token_endpoint_auth_method: ${method}\n` +
  lines.map((line) => `    ${line}\n`).join('');

const SELF_SIGNED = 'self_signed_tls_client_auth';
const PKI = 'tls_client_auth';
const DN = 'tls_client_auth_subject_dn: CN=a,O=Test';

const jwkOf = ({ certificate }: Issued): object => ({
  ...new X509Certificate(certificate).publicKey.export({ format: 'jwk' }),
});

test('returns thumbprints of any notation in that of RFC 8705', async (t) => {
  const folder = await configurationFolder(t);
  const { hex, colonHex, rfc, wso2Hexified } = allNotations(folder.client.certificate);
  const list = [hex, colonHex, rfc, wso2Hexified].map((text) => JSON.stringify(text)).join(', ');
  const text = withClient(SELF_SIGNED, `certificate_thumbprints: [${list}]`);
  const [client] = (await folder.check(text)).clients;
  assert.deepEqual(client?.thumbprints, [rfc, rfc, rfc, rfc]);
});

test('returns the keys of an inline key set, in the notation of YAML or of JSON', async (t) => {
  const folder = await configurationFolder(t);
  const jwk = jwkOf(folder.client);
  const x5c = [Buffer.from(folder.client.certificate).toString('base64')];
  const json = withClient(SELF_SIGNED, `jwks: ${JSON.stringify({ keys: [{ ...jwk, x5c }] })}`);
  const members = Object.entries(jwk).map(([name, value]) => `${name}: "${String(value)}"`);
  const yaml = withClient(
    SELF_SIGNED,
    'jwks:',
    '  keys:',
    ...members.map((member, index) => `    ${index === 0 ? '-' : ' '} ${member}`),
  );
  const [fromJson, fromYaml] = await Promise.all([json, yaml].map(folder.check));
  assert.deepEqual(
    fromJson?.clients[0]?.jwks?.keys.map(({ thumbprint }) => thumbprint),
    [folder.client.thumbprint],
  );
  const [key] = fromYaml?.clients[0]?.jwks?.keys ?? [];
  assert.deepEqual(
    Buffer.from(key?.publicKey ?? []),
    Buffer.from(parseCertificate(folder.client.certificate).publicKey),
  );
  assert.equal(key?.thumbprint, undefined);
});

test('returns pins in base64url, own CAs in DER and the subject in its plain form', async (t) => {
  const folder = await configurationFolder(t);
  const pin = publicKeyPinOf(parseCertificate(folder.client.certificate).publicKey);
  const base64 = Buffer.from(pin, 'base64url').toString('base64');
  const text = withClient(
    PKI,
    'tls_client_auth_subject_dn: C = SL, O = WSO2, CN = Gaga',
    `spki_pins: ["sha256/${base64}", ${pin}]`,
    'trust_anchors: [ca.pem]',
  ).replace('client_ca: [ca.pem]', 'client_ca: []');
  const [client] = (await folder.check(text)).clients;
  assert.deepEqual(client?.publicKeyPins, [pin, pin]);
  assert.deepEqual(client?.trustAnchors, [folder.authority.certificate]);
  assert.equal(client?.subject && formatSubject(client.subject), 'CN=Gaga,O=WSO2,C=SL');
});

test('returns each alternative name as the subject', async (t) => {
  const folder = await configurationFolder(t);
  for (const [key, written, plain] of [
    ['dns', 'A.example', 'a.example'],
    ['uri', 'urn:A', 'urn:A'],
    ['ip', '"2001:DB8::0:1"', '2001:db8::1'],
    ['email', 'A@B.example', 'A@b.example'],
  ] as const) {
    const { clients } = await folder.check(
      withClient(PKI, `tls_client_auth_san_${key}: ${written}`),
    );
    assert.equal(clients[0]?.subject && formatSubject(clients[0].subject), plain);
  }
});

const refused: readonly (readonly [title: string, text: string, ...expected: readonly string[]])[] =
  [
    [
      'two subjects',
      withClient(
        PKI,
        DN,
        'tls_client_auth_san_dns: a.example',
        'tls_client_auth_san_ip: 192.0.2.1',
      ),
      '11:5 clients[0].tls_client_auth_san_dns: stands beside tls_client_auth_subject_dn, expected exactly one of them',
      '12:5 clients[0].tls_client_auth_san_ip: stands beside tls_client_auth_subject_dn, expected exactly one of them',
    ],
    [
      'a host name with a wildcard',
      withClient(PKI, 'tls_client_auth_san_dns: "*.example.com"'),
      '10:5 clients[0].tls_client_auth_san_dns: has a wildcard, expected one host name',
    ],
    [
      'a SHA-1 thumbprint and one that is none',
      withClient(
        SELF_SIGNED,
        'certificate_thumbprints:',
        '  - Grd5NmANrR1d6ZEcZLsr9NfMkZ0',
        '  - abc',
      ),
      '11:9 clients[0].certificate_thumbprints[0]: is a SHA-1 thumbprint, expected SHA-256: see certbound thumbprint',
      '12:9 clients[0].certificate_thumbprints[1]: is no thumbprint in a notation of certbound thumbprint',
    ],
    [
      'a key set with a damaged key',
      withClient(SELF_SIGNED, 'jwks:', '  keys:', '    - {kty: AKP}', '    - {kty: RSA, n: x}'),
      '13:11 clients[0].jwks.keys[1]: has no "e" in base64url',
    ],
    [
      'a key set without a key that counts',
      withClient(SELF_SIGNED, 'jwks: {keys: []}'),
      '10:5 clients[0].jwks: has no key that a client certificate can have',
    ],
    [
      'a key set that is none',
      withClient(SELF_SIGNED, 'jwks: {}'),
      '10:5 clients[0].jwks.keys: is required',
    ],
    [
      'a key set beside the address of one',
      withClient(
        SELF_SIGNED,
        'jwks: {keys: [{kty: RSA, d: x}]}',
        'jwks_uri: https://a.example/jwks',
      ),
      '10:19 clients[0].jwks.keys[0]: has "d", which belongs to a private key',
      '11:5 clients[0].jwks_uri: stands beside jwks, expected one of them',
    ],
    [
      'a jwks_uri that is not https',
      withClient(SELF_SIGNED, 'jwks_uri: http://a.example/jwks'),
      '10:5 clients[0].jwks_uri: expected an https URL',
    ],
    [
      'a jwks_uri with credentials',
      withClient(SELF_SIGNED, 'jwks_uri: https://me:pw@a.example/jwks'),
      '10:5 clients[0].jwks_uri: must not have credentials',
    ],
    [
      'switches without effect',
      withClient(
        SELF_SIGNED,
        'certificates: [client.pem]',
        'allow_private_jwks_uri: true',
        'wso2_x5t: true',
      ),
      '11:5 clients[0].allow_private_jwks_uri: has no effect without jwks_uri',
      '12:5 clients[0].wso2_x5t: has no effect without jwks or jwks_uri',
    ],
    [
      'a pin that is none',
      withClient(PKI, DN, 'spki_pins: [abc]'),
      '11:17 clients[0].spki_pins[0]: is no SHA-256 of a public key in hex, base64 or base64url',
    ],
    [
      'a CA file of the client that is not there',
      withClient(PKI, DN, 'trust_anchors: [x.pem]'),
      '11:21 clients[0].trust_anchors[0]: no such file x.pem',
    ],
    [
      'own CAs where nobody asks for certificates',
      withClient(PKI, DN, 'trust_anchors: [ca.pem]').replace(
        'client_ca: [ca.pem]',
        'client_certificate: off',
      ),
      '9:5 clients[0].token_endpoint_auth_method: no listener asks for client certificates',
    ],
    [
      'keys of the other method',
      withClient(PKI, DN, 'wso2_x5t: true', 'jwks_uri: https://a.example/'),
      '11:5 clients[0].wso2_x5t: belongs to another method than tls_client_auth',
      '12:5 clients[0].jwks_uri: belongs to another method than tls_client_auth',
    ],
    [
      'pins of a client without a subject',
      withClient(SELF_SIGNED, 'certificates: [client.pem]', `spki_pins: [${'A'.repeat(43)}]`),
      '11:5 clients[0].spki_pins: belongs to another method than self_signed_tls_client_auth',
    ],
  ];

for (const [title, text, ...expected] of refused) {
  test(`refuses ${title}`, async (t) => {
    const folder = await configurationFolder(t);
    const problems = await problemsIn(folder, text);
    assert.deepEqual(
      problems,
      expected.map((problem) => `config.yaml:${problem}`),
    );
  });
}

/** Those of the schema as well, which come before the check. */
async function problemsIn(folder: ConfigurationFolder, text: string): Promise<readonly string[]> {
  try {
    return await folder.problemsOf(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.publicText.split('\n');
    throw error;
  }
}

test('a certificate of the demo among the CAs of a client counts as demo material', async (t) => {
  const folder = await configurationFolder(t);
  const demo = await selfSigned({ subject: 'CN=ca,O=certbound demo', ca: true });
  await folder.write('demo.pem', demo.certificatePem);
  const text = withClient(PKI, DN, 'trust_anchors: [demo.pem]').replace('127.0.0.1', '0.0.0.0');
  const [problem] = await folder.problemsOf(text);
  assert.match(String(problem), /has a demo certificate at client "a"/);
});
