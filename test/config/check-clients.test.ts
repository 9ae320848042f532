import assert from 'node:assert/strict';
import { test } from 'node:test';

import { selfSigned } from '../support/pki.ts';
import { configurationFolder, EMBEDDED, LISTENER, UPSTREAM } from './configuration-folder.ts';

/** The client entry starts at line 8. */
const withClient = (lines: string, service = EMBEDDED) =>
  `${LISTENER}${service}clients:\n  - client_id: a\n${lines.replace(/^/gm, '    ')}\n`;

const METHODS = {
  selfSigned: 'token_endpoint_auth_method: self_signed_tls_client_auth',
  pki: 'token_endpoint_auth_method: tls_client_auth',
  secret: 'token_endpoint_auth_method: client_secret_basic',
};

const DN = 'tls_client_auth_subject_dn: CN=a,O=Test';

test('returns registered certificates and secrets', async (t) => {
  const folder = await configurationFolder(t);
  const other = await selfSigned();
  await folder.write('a.secret', 'correct horse \n');
  const inline = other.certificatePem.replaceAll('\n', '\\n');
  const text = `${LISTENER}${EMBEDDED}clients:
  - client_id: a
    ${METHODS.selfSigned}
    certificates: [client.pem, "${inline}"]
  - client_id: b
    ${METHODS.pki}
    ${DN}
  - client_id: c
    ${METHODS.secret}
    client_secret_file: a.secret
  - client_id: d
    ${METHODS.secret}
    client_secret: battery staple
`;
  const { clients, upstreamCaPems } = await folder.check(text);
  assert.deepEqual(
    clients.map(({ config, certificates, secret }) => [config.client_id, certificates, secret]),
    [
      ['a', [folder.client.certificate, other.certificate], undefined],
      ['b', [], undefined],
      ['c', [], 'correct horse '],
      ['d', [], 'battery staple'],
    ],
  );
  assert.deepEqual(upstreamCaPems, []);
});

test('returns the secrets and CAs for an upstream', async (t) => {
  const folder = await configurationFolder(t);
  await folder.write('a.secret', 'hidden\r\n');
  const service = UPSTREAM.replace('"}}', '", ca: [ca.pem]}}');
  const lines = `${METHODS.pki}\n${DN}\nupstream: {client_secret_file: a.secret}`;
  const { clients, upstreamCaPems } = await folder.check(withClient(lines, service));
  assert.deepEqual(clients[0]?.upstreamCredential, {
    method: 'client_secret_basic',
    secret: 'hidden',
  });
  assert.deepEqual(upstreamCaPems, [folder.authority.certificatePem]);
});

const refused: readonly (readonly [title: string, text: string, expected: string])[] = [
  [
    'a self-signed client without certificates',
    withClient(METHODS.selfSigned),
    '8:5 clients[0].certificates: at least one is required for self_signed_tls_client_auth',
  ],
  [
    'a registered certificate that is not there',
    withClient(`${METHODS.selfSigned}\ncertificates: [other.pem]`),
    '10:20 clients[0].certificates[0]: no such file other.pem',
  ],
  [
    'a registered chain',
    withClient(`${METHODS.selfSigned}\ncertificates: [chain.pem]`),
    '10:20 clients[0].certificates[0]: holds 2 certificates, expected one',
  ],
  [
    'PEM text that is cut short',
    withClient(`${METHODS.selfSigned}\ncertificates: ["-----BEGIN CERTIFICATE-----"]`),
    '10:20 clients[0].certificates[0]: the PEM text: line 1: ' +
      'the CERTIFICATE block has no END line: is it cut short?',
  ],
  [
    'keys of another method',
    withClient(`${METHODS.selfSigned}\ncertificates: [client.pem]\nclient_secret: x`),
    '11:5 clients[0].client_secret: belongs to another method than self_signed_tls_client_auth',
  ],
  [
    'a PKI client without a subject',
    withClient(METHODS.pki),
    '8:5 clients[0].tls_client_auth_subject_dn: is required for tls_client_auth',
  ],
  [
    'a PKI client where no CA is configured (T17)',
    withClient(`${METHODS.pki}\n${DN}`).replace('client_ca: [ca.pem]', 'client_ca: []'),
    '9:5 clients[0].token_endpoint_auth_method: ' +
      'needs a listener with client_ca that asks for client certificates',
  ],
  [
    'a certificate client where nobody asks for certificates',
    withClient(`${METHODS.selfSigned}\ncertificates: [client.pem]`).replace(
      'client_ca: [ca.pem]',
      'client_certificate: off',
    ),
    '9:5 clients[0].token_endpoint_auth_method: no listener asks for client certificates',
  ],
  [
    'a client_secret method without a secret',
    withClient(METHODS.secret),
    '8:5 clients[0]: expected client_secret or client_secret_file',
  ],
  [
    'two secrets',
    withClient(`${METHODS.secret}\nclient_secret: x\nclient_secret_file: a.secret`),
    '11:5 clients[0].client_secret_file: stands beside client_secret, expected one of them',
  ],
  [
    'a secret that no client can send',
    withClient(`${METHODS.secret}\nclient_secret: "a\\nb"`),
    '10:5 clients[0].client_secret: the secret has characters that are not printable ASCII',
  ],
  [
    'a secret file that is not there',
    withClient(`${METHODS.secret}\nclient_secret_file: x/a.secret`),
    '10:5 clients[0].client_secret_file: no such file x/a.secret',
  ],
  [
    'a certificate and a secret without a certificate',
    withClient('token_endpoint_auth_method: certificate_and_secret\nclient_secret: x'),
    '9:5 clients[0].token_endpoint_auth_method: no certificate is registered, and mandate_certificate is not false',
  ],
  [
    'a certificate that is registered and vouched for',
    withClient(
      `token_endpoint_auth_method: certificate_and_secret\nclient_secret: x\ncertificates: [client.pem]\n${DN}`,
    ),
    '9:5 clients[0].token_endpoint_auth_method: the certificate is registered and vouched for, expected one of them',
  ],
  [
    'two words about binding',
    withClient(
      `${METHODS.pki}\n${DN}\ncertificate_binding: required\ntls_client_certificate_bound_access_tokens: true`,
    ),
    '12:5 clients[0].tls_client_certificate_bound_access_tokens: stands beside certificate_binding, expected one of them',
  ],
  [
    'an assertion without a key',
    withClient(`${METHODS.pki}\n${DN}\nupstream: {auth_method: private_key_jwt}`, UPSTREAM),
    '11:5 clients[0].upstream: expected private_key',
  ],
  [
    'a secret to hold beside one that passes',
    withClient(
      `${METHODS.secret}\nupstream: {auth_method: passthrough, client_secret: x}`,
      UPSTREAM,
    ),
    '10:42 clients[0].upstream.client_secret: belongs to another auth_method than passthrough',
  ],
  [
    'an upstream secret before the embedded token service',
    withClient(`${METHODS.pki}\n${DN}\nupstream: {client_secret: x}`),
    '11:5 clients[0].upstream: needs token_service.upstream of kind gateway',
  ],
  [
    'an upstream secret before a native upstream',
    withClient(
      `${METHODS.pki}\n${DN}\nupstream: {client_secret: x}`,
      UPSTREAM.replace('"}}', '", kind: native}}'),
    ),
    '11:5 clients[0].upstream: needs token_service.upstream of kind gateway',
  ],
  [
    'an upstream credential without a secret',
    withClient(`${METHODS.pki}\n${DN}\nupstream: {}`, UPSTREAM),
    '11:5 clients[0].upstream: expected client_secret or client_secret_file',
  ],
  [
    'a client_id that stands twice',
    `${withClient(`${METHODS.pki}\n${DN}`)}  - {client_id: a, ${METHODS.pki}, ${DN.replace(': ', ': "')}"}\n`,
    '11:6 clients[1].client_id: "a" is already clients[0]',
  ],
  [
    'an unknown introspection caller',
    `${LISTENER}${EMBEDDED.replace('"}}', '", introspection_callers: [ghost]}}')}`,
    '6:86 token_service.embedded.introspection_callers[0]: there is no client "ghost" in clients',
  ],
  [
    'an issuer with a slash at its end',
    `${LISTENER}${EMBEDDED.replace('9443"', '9443/"')}`,
    '6:28 token_service.embedded.issuer: must not end with a slash',
  ],
  [
    'an upstream address with a path, a query and credentials',
    `${LISTENER}${UPSTREAM.replace('idp.example', 'me:pw@idp.example/auth?x')}`,
    '6:28 token_service.upstream.url: ' +
      'must not have credentials or a path or a query, expected an origin',
  ],
  [
    'an upstream CA file that is not there',
    `${LISTENER}${UPSTREAM.replace('"}}', '", ca: [x.pem]}}')}`,
    '6:61 token_service.upstream.ca[0]: no such file x.pem',
  ],
];

for (const [title, text, expected] of refused) {
  test(`refuses ${title}`, async (t) => {
    const folder = await configurationFolder(t);
    await folder.write('chain.pem', folder.server.certificatePem + folder.authority.certificatePem);
    await folder.write('a.secret', 'x');
    assert.deepEqual(await folder.problemsOf(text), [`config.yaml:${expected}`]);
  });
}

test('refuses a subject that can not be read, saying why', async (t) => {
  const folder = await configurationFolder(t);
  const lines = `${METHODS.pki}\ntls_client_auth_subject_dn: O=Test, CN=a`;
  const [problem, ...others] = await folder.problemsOf(withClient(lines));
  assert.match(
    String(problem),
    /^config\.yaml:10:5 clients\[0\]\.tls_client_auth_subject_dn: .*the order is ambiguous/,
  );
  assert.deepEqual(others, []);
});
