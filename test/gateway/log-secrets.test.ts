import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';

import { ask } from '../management/request.ts';
import { basic, httpsRequest, postForm } from '../support/https-client.ts';
import { selfSigned } from '../support/pki.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import type { RecordedRequest } from '../support/recording-upstream.ts';
import { EMBEDDED, MANAGEMENT_TOKEN, startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

/** One word for each kind of secret, which nothing else contains. */
const SECRETS = {
  token: 'canary-access-8f3A',
  refresh: 'canary-refresh-8f3A',
  code: 'canary-code-8f3A',
  password: 'canary-password-8f3A',
  secret: 'canary-secret-8f3A',
  bearer: 'canary-bearer-8f3A',
  cookie: 'canary-cookie-8f3A',
  dpop: 'canary-dpop-8f3A',
  query: 'canary-query-8f3A',
  held: 'canary-held-8f3A',
} as const;
const JWT = `eyJhbGciOiJFUzI1NiJ9.${Buffer.from('{"sub":"canary-assertion-8f3A"}').toString('base64url')}.AAAA`;

const FORM = {
  grant_type: 'password',
  client_id: 'self-signed',
  client_secret: SECRETS.secret,
  username: 'somebody',
  password: SECRETS.password,
  code: SECRETS.code,
  code_verifier: SECRETS.code,
  device_code: SECRETS.code,
  token: SECRETS.token,
  refresh_token: SECRETS.refresh,
  subject_token: SECRETS.token,
  client_assertion: JWT,
  assertion: JWT,
} as const;

/** How a server may answer: as it should, with all it was sent, with what is no answer, or not. */
type Mood = (request: RecordedRequest, response: ServerResponse) => void;
const MOODS: Readonly<Record<string, Mood>> = {
  issues: (_, response) => {
    response.setHeader('content-type', 'application/json');
    const issued = { access_token: SECRETS.token, refresh_token: SECRETS.refresh, active: true };
    response.end(JSON.stringify({ ...issued, token_type: 'Bearer', expires_in: 60 }));
  },
  repeats: ({ body, headers, url }, response) => {
    response.writeHead(400, { 'content-type': 'application/json' });
    const description = JSON.stringify({ body, headers, url });
    response.end(JSON.stringify({ error: 'invalid_request', error_description: description }));
  },
  babbles: ({ body }, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(`{"access_token":"${SECRETS.token}","x":${body}`);
  },
  'answers twice': (_, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(`{"access_token":"${SECRETS.token}","access_token":"${SECRETS.refresh}"}`);
  },
  'hangs up': (_, response) => void response.destroy(),
};

const PATHS = [
  '/oauth2/token',
  '/oauth2/introspect',
  '/oauth2/revoke',
  '/oauth2/authorize',
  '/oauth2/par',
  '/oauth2/device',
  '/oauth2/ciba',
  '/oauth2/userinfo',
  '/.well-known/openid-configuration',
  '/api/thing',
  '/admin/thing',
  '/elsewhere',
] as const;

/** Every endpoint with every secret in every place that has one. */
async function sendSecrets(gateway: GatewayFixture): Promise<void> {
  const certificate = await selfSigned({ subject: 'CN=pem' });
  const pem = (text: string) => text.replaceAll('\n', ' ').trim();
  const fields: readonly (readonly [string, string])[] = [
    ['cookie', `session=${SECRETS.cookie}`],
    ['dpop', SECRETS.dpop],
    ['x-ssl-cert', pem(certificate.certificatePem)],
    ['x-key', pem(certificate.privateKeyPem)],
    ['x-admin-user', 'somebody'],
  ];
  const { port, ca } = gateway;
  for (const path of PATHS) {
    for (const authorization of [
      basic('self-signed', SECRETS.secret),
      ['authorization', `Bearer ${SECRETS.bearer}`] as const,
      ['authorization', `DPoP ${SECRETS.dpop}`] as const,
      ['authorization', SECRETS.bearer] as const,
    ]) {
      const headers = [...fields, authorization];
      await postForm({ port, ca, path, headers, form: FORM, ...gateway.client });
      const query = `code=${SECRETS.query}&access_token=${SECRETS.query}`;
      await httpsRequest({ port, ca, path: `${path}?${query}`, headers, ...gateway.stranger });
      await postForm({ port, ca, path: `${path}?${query}`, headers, form: FORM });
    }
  }
  // One that everybody takes, so that the secrets get to the server and back.
  const { client_secret: _, client_assertion: __, ...sound } = FORM;
  const headers = [basic('self-signed', SECRETS.secret)];
  for (const path of PATHS.slice(0, 7)) {
    await postForm({ port, ca, path, headers, form: sound, ...gateway.client });
  }
  for (const path of PATHS.slice(0, 3)) {
    for (const [name, value] of Object.entries(FORM)) {
      const form = { grant_type: 'refresh_token', client_id: 'self-signed', [name]: value };
      await postForm({ port, ca, path, form, ...gateway.client });
      const twice = `${name}=${value}&${name}=${value}&%`;
      await postForm({ port, ca, path, form: twice, ...gateway.client });
    }
    await httpsRequest({ port, ca, path, method: 'POST', body: JSON.stringify(FORM) });
  }
}

/** Everything that people or programs are shown of what came. */
async function toldBy(gateway: GatewayFixture): Promise<string> {
  const headers = { authorization: `Bearer ${MANAGEMENT_TOKEN}` };
  const paths = ['/metrics', '/status', '/status.json', '/readyz?verbose'];
  const answers = await Promise.all(
    paths.map((path) => ask(gateway.managementPort, path, { headers })),
  );
  return [gateway.logText(), ...answers.map(({ body }) => body)].join('\n');
}

function assertSecretFree(told: string): void {
  const base64 = Buffer.from(`self-signed:${SECRETS.secret}`).toString('base64');
  for (const word of [
    'canary-',
    ...Object.values(SECRETS).map((secret) => Buffer.from(secret).toString('base64').slice(0, 16)),
    base64.slice(12),
    JWT.split('.')[1] ?? '',
    '-----BEGIN',
    MANAGEMENT_TOKEN,
  ]) {
    const at = told.indexOf(word);
    assert.equal(at, -1, `${word} in: ${told.slice(Math.max(0, at - 200), at + 80)}`);
  }
}

for (const mood of Object.keys(MOODS)) {
  test(`T73: no secret is told where the server ${mood}, at the level debug`, async (t) => {
    const upstream = await startRecordingUpstream((request, response) =>
      MOODS[mood]?.(request, response),
    );
    t.after(() => upstream.close());
    const gateway = await startGateway({
      files: { 'proof-key': 'canary-proof-key-8f3A-0123456789abcdef' },
      yaml: `
log: {level: debug}
token_service:
  upstream:
    url: '${upstream.url}'
    certificate_headers: [{format: rfc9440}]
    certificate_proof: {key_file: proof-key}
    endpoints: {pushed_authorization: /oauth2/par, device_authorization: /oauth2/device, backchannel_authentication: /oauth2/ciba}
protected_paths: [{path: /api/*}]
admin_paths: [{path: /admin/*, listeners: [public], user_header: x-admin-user, certificate_thumbprints: ['${'A'.repeat(43)}'], users: {'${'A'.repeat(43)}': [somebody]}}]
clients:
  - client_id: self-signed
    token_endpoint_auth_method: certificate_and_secret
    client_secret: ${SECRETS.secret}
    certificates: [client.pem]
    upstream: {client_secret: ${SECRETS.held}}
`,
    });
    t.after(() => gateway.close());
    await sendSecrets(gateway);
    const last = await httpsRequest({ ...gateway, path: '/last' });
    await gateway.logged(({ request_id: id }) => id === last.headers['x-request-id']);
    const forms = upstream.requests.filter(({ body }) => body.includes(SECRETS.password));
    assert.ok(
      forms.some(({ url }) => url === '/oauth2/token'),
      'the server was asked',
    );
    assertSecretFree(await toldBy(gateway));
  });
}

test('T73: no secret is told by the embedded service either', async (t) => {
  const gateway = await startGateway({ yaml: `log: {level: debug}\n${EMBEDDED}` });
  t.after(() => gateway.close());
  await sendSecrets(gateway);
  const { port, ca } = gateway;
  const form = { grant_type: 'client_credentials', client_id: 'self-signed' };
  const issued = await postForm({ port, ca, path: '/oauth2/token', form, ...gateway.client });
  const token = String(issued.json()['access_token']);
  const headers = [basic('resource-server', 'rs-secret')];
  const answer = await postForm({ port, ca, path: '/oauth2/introspect', headers, form: { token } });
  assert.equal(answer.json()['active'], true);
  await gateway.logged(({ request_id: id }) => id === answer.headers['x-request-id']);
  const told = await toldBy(gateway);
  assertSecretFree(told);
  assert.ok(!told.includes(token) && !told.includes('rs-secret'));
});
