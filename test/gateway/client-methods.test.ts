import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { jwtVerify } from 'jose';

import { basic, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import type { RecordingUpstream, Respond } from '../support/recording-upstream.ts';
import { startGateway } from '../support/running-gateway.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';

const TOKEN_PATH = '/oauth2/token';
const GRANT = { grant_type: 'client_credentials' } as const;

const assertionKeys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

const CLIENTS = `
clients:
  - client_id: both
    token_endpoint_auth_method: certificate_and_secret
    certificates: [client.pem]
    client_secret: 'right secret'
    upstream: {client_secret: held}
  - client_id: both-pki
    token_endpoint_auth_method: certificate_and_secret
    tls_client_auth_subject_dn: CN=pki-client,O=Test
    allow_secret_in_query: true
  - client_id: secret-alone
    token_endpoint_auth_method: certificate_and_secret
    mandate_certificate: false
    client_secret: 'right secret'
    certificate_binding: if_present
    upstream: {client_secret: held}
  - client_id: public
    token_endpoint_auth_method: none
  - client_id: public-bound
    token_endpoint_auth_method: none
    tls_client_certificate_bound_access_tokens: true
  - client_id: unbound
    token_endpoint_auth_method: none
    certificate_binding: 'off'
  - client_id: known-there
    token_endpoint_auth_method: client_secret_basic
  - client_id: signed-for
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    upstream: {auth_method: private_key_jwt, private_key: assertion-key.pem, key_id: k1}
`;

interface Fixture {
  readonly gateway: GatewayFixture;
  readonly upstream: RecordingUpstream;
  /** Asks for a token; the last form and headers are at the upstream. */
  readonly ask: (options: {
    readonly form: Readonly<Record<string, string>>;
    readonly query?: string;
    readonly headers?: readonly (readonly [string, string])[];
    readonly certificate?: 'client' | 'pkiClient' | 'stranger';
  }) => Promise<ClientAnswer>;
}

const issuing: Respond = ({ url }, response) => {
  response.setHeader('content-type', 'application/json');
  const token = { access_token: `at-${Math.random()}`, refresh_token: `rt-${Math.random()}` };
  response.end(JSON.stringify(url === TOKEN_PATH ? token : { active: true }));
};

async function start(t: TestContext, binding = ''): Promise<Fixture> {
  const upstream = await startRecordingUpstream(issuing);
  t.after(() => upstream.close());
  const gateway = await startGateway({
    yaml: `token_service: {upstream: {url: '${upstream.url}', ${binding}}}\n${CLIENTS}`,
    files: {
      'assertion-key.pem': assertionKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      'seal.key': Buffer.alloc(32, 7).toString('base64'),
    },
  });
  t.after(() => gateway.close());
  return {
    gateway,
    upstream,
    ask: ({ form, query, headers = [], certificate }) =>
      postForm({
        port: gateway.port,
        ca: gateway.ca,
        path: query === undefined ? TOKEN_PATH : `${TOKEN_PATH}?${query}`,
        headers,
        form,
        ...(certificate === undefined ? {} : gateway[certificate]),
      }),
  };
}

function refusal(answer: ClientAnswer): readonly unknown[] {
  return [answer.status, answer.json()['error']];
}

async function cnfOf({ gateway }: Fixture, token: unknown): Promise<unknown> {
  const answer = await postForm({
    port: gateway.port,
    ca: gateway.ca,
    path: '/oauth2/introspect',
    headers: [basic('resource-server', 'known there')],
    form: { token: String(token) },
  });
  return answer.json()['active'] === true ? answer.json()['cnf'] : 'inactive';
}

test('certificate and secret: both must be right, in the header or in the body', async (t) => {
  const fixture = await start(t);
  const { gateway, ask } = fixture;
  const inBody = { ...GRANT, client_id: 'both', client_secret: 'right secret' };
  const inHeader = [basic('both', 'right+secret')];
  const wrong: readonly Parameters<typeof ask>[0][] = [
    { form: inBody },
    { form: inBody, certificate: 'stranger' },
    { form: { ...inBody, client_secret: 'wrong' }, certificate: 'client' },
    { form: { ...GRANT, client_id: 'both' }, certificate: 'client' },
    { form: GRANT, headers: [basic('both', 'wrong')], certificate: 'client' },
    { form: GRANT, headers: inHeader },
  ];
  for (const attempt of wrong) {
    assert.deepEqual(refusal(await ask(attempt)), [401, 'invalid_client']);
  }
  assert.equal(fixture.upstream.requests.length, 0);

  for (const right of [{ form: inBody }, { form: GRANT, headers: inHeader }]) {
    const answer = await ask({ ...right, certificate: 'client' });
    assert.equal(answer.status, 200, answer.text);
    const seen = fixture.upstream.requests.at(-1);
    assert.equal(seen?.headers['authorization'], basic('both', 'held')[1]);
    assert.equal(seen.body, 'grant_type=client_credentials');
    assert.deepEqual(await cnfOf(fixture, answer.json()['access_token']), {
      'x5t#S256': gateway.client.thumbprint,
    });
  }
});

test('a secret that the server verifies goes on only beside the right certificate', async (t) => {
  const { upstream, ask } = await start(t);
  const form = { ...GRANT, client_id: 'both-pki', client_secret: 'known there' };
  assert.deepEqual(refusal(await ask({ form, certificate: 'client' })), [401, 'invalid_client']);
  assert.equal(upstream.requests.length, 0);
  assert.equal((await ask({ form, certificate: 'pkiClient' })).status, 200);
  assert.equal(
    upstream.requests.at(-1)?.body,
    'grant_type=client_credentials&client_id=both-pki&client_secret=known+there',
  );
});

test('a secret in the query is taken from a client that may send it there, and from no other', async (t) => {
  const { upstream, ask } = await start(t);
  const query = 'client_id=both-pki&client_secret=known+there';
  assert.equal((await ask({ form: GRANT, query, certificate: 'pkiClient' })).status, 200);
  const seen = upstream.requests.at(-1);
  assert.equal(seen?.url, TOKEN_PATH);
  assert.match(seen.body, /client_secret=known\+there/);
  const refused: readonly Parameters<typeof ask>[0][] = [
    { form: GRANT, query: 'client_id=both&client_secret=right+secret', certificate: 'client' },
    { form: GRANT, query: `${query}&scope=x`, certificate: 'pkiClient' },
    { form: { ...GRANT, client_id: 'both-pki' }, query, certificate: 'pkiClient' },
  ];
  for (const attempt of refused) {
    assert.deepEqual(refusal(await ask(attempt)), [400, 'invalid_request']);
  }
  assert.equal(upstream.requests.length, 1);
});

test('where no certificate is registered and none is mandated the secret alone will do', async (t) => {
  const fixture = await start(t);
  const form = { ...GRANT, client_id: 'secret-alone', client_secret: 'right secret' };
  const without = await fixture.ask({ form });
  assert.equal(without.status, 200, without.text);
  assert.equal(await cnfOf(fixture, without.json()['access_token']), undefined);
  const bound = await fixture.ask({ form, certificate: 'stranger' });
  assert.deepEqual(await cnfOf(fixture, bound.json()['access_token']), {
    'x5t#S256': fixture.gateway.stranger.thumbprint,
  });
});

test('the gateway signs for a client: one assertion for each request', async (t) => {
  const { upstream, ask } = await start(t);
  const seen: string[] = [];
  for (let count = 0; count < 2; count += 1) {
    const form = { ...GRANT, client_id: 'signed-for' };
    assert.equal((await ask({ form, certificate: 'client' })).status, 200);
    const sent = new URLSearchParams(upstream.requests.at(-1)?.body);
    assert.equal(sent.get('client_id'), 'signed-for');
    const key = createPublicKey(assertionKeys.publicKey.export({ type: 'spki', format: 'pem' }));
    const { payload, protectedHeader } = await jwtVerify(sent.get('client_assertion') ?? '', key, {
      issuer: 'signed-for',
      subject: 'signed-for',
      audience: `${upstream.url}${TOKEN_PATH}`,
      maxTokenAge: 60,
    });
    assert.equal(protectedHeader.kid, 'k1');
    seen.push(String(payload.jti));
  }
  assert.equal(new Set(seen).size, 2);
});

for (const [kept, binding] of [
  ['stored', ''],
  ['sealed', 'token_binding: {kept: sealed, sealing_keys: [seal.key]}'],
] as const) {
  test(`${kept}: tokens of a public client are bound to the certificate that it presents`, async (t) => {
    const fixture = await start(t, binding);
    const { gateway, upstream, ask } = fixture;
    const form = { ...GRANT, client_id: 'public' };
    const answer = await ask({ form, certificate: 'stranger' });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(upstream.requests.at(-1)?.body, 'grant_type=client_credentials&client_id=public');
    assert.deepEqual(await cnfOf(fixture, answer.json()['access_token']), {
      'x5t#S256': gateway.stranger.thumbprint,
    });
    const unbound = await ask({ form });
    assert.equal(await cnfOf(fixture, unbound.json()['access_token']), undefined);
    assert.deepEqual(refusal(await ask({ form: { ...GRANT, client_id: 'public-bound' } })), [
      400,
      'invalid_request',
    ]);
  });

  test(`T32 ${kept}: a public client redeems a refresh token with its own certificate alone`, async (t) => {
    const fixture = await start(t, binding);
    const { upstream, ask } = fixture;
    const first = await ask({ form: { ...GRANT, client_id: 'public' }, certificate: 'client' });
    const refreshToken = String(first.json()['refresh_token']);
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
    const asked = upstream.requests.length;
    const refused: readonly Parameters<typeof ask>[0][] = [
      { form: { ...form, client_id: 'public' }, certificate: 'stranger' },
      { form: { ...form, client_id: 'public' } },
      { form: { ...form, client_id: 'public-bound' }, certificate: 'client' },
      { form: { ...form, client_id: 'public', refresh_token: 'invented' }, certificate: 'client' },
    ];
    for (const attempt of refused) {
      assert.deepEqual(refusal(await ask(attempt)), [400, 'invalid_grant']);
    }
    assert.equal(upstream.requests.length, asked, 'the family is not touched');
    const second = await ask({ form: { ...form, client_id: 'public' }, certificate: 'client' });
    assert.equal(second.status, 200, second.text);
    const sent = new URLSearchParams(upstream.requests.at(-1)?.body).get('refresh_token') ?? '';
    assert.match(sent, /^rt-/, 'the server sees its own token');
  });

  test(`${kept}: a token of a client that binds nothing stays what it is`, async (t) => {
    const fixture = await start(t, binding);
    const answer = await fixture.ask({
      form: { ...GRANT, client_id: 'unbound' },
      certificate: 'client',
    });
    assert.equal(await cnfOf(fixture, answer.json()['access_token']), undefined);
  });

  test(`${kept}: a token that the gateway did not hand out is inactive`, async (t) => {
    const fixture = await start(t, binding);
    assert.equal(await cnfOf(fixture, 'at-of-somebody'), 'inactive');
    const line = await fixture.gateway.logged(({ reason }) => reason === 'binding_unknown');
    assert.equal(line['outcome'], 'inactive');
  });
}

test('clients of sealed tokens never hold a token of the server', async (t) => {
  const fixture = await start(t, 'token_binding: {kept: sealed, sealing_keys: [seal.key]}');
  const form = { ...GRANT, client_id: 'public' };
  const { access_token: access, refresh_token: refresh } = (
    await fixture.ask({ form, certificate: 'client' })
  ).json();
  for (const token of [access, refresh]) assert.match(String(token), /^cbs1\.[A-Za-z0-9_-]+$/);
  await cnfOf(fixture, access);
  assert.match(fixture.upstream.requests.at(-1)?.body ?? '', /^token=at-0\.\d+$/);
});

test('a scope by which servers name a certificate can not be asked for', async (t) => {
  const { upstream, ask } = await start(t);
  for (const scope of ['x5t#SHA256:forged', 'a X5T#S256:forged', 'a\tx5t#b']) {
    const answer = await ask({ form: { ...GRANT, client_id: 'public', scope } });
    assert.deepEqual(refusal(answer), [400, 'invalid_scope']);
  }
  assert.equal(upstream.requests.length, 0);
});

test('a token revoked through the gateway is inactive whatever the server says', async (t) => {
  const fixture = await start(t);
  const { gateway, ask } = fixture;
  const issued = await ask({ form: { ...GRANT, client_id: 'public' }, certificate: 'client' });
  const token = String(issued.json()['access_token']);
  const revocation = { port: gateway.port, ca: gateway.ca, path: '/oauth2/revoke' };
  // A server may answer 200 to whoever asks.
  const byAnother = { form: { token, client_id: 'unbound' } };
  assert.equal((await postForm({ ...revocation, ...byAnother })).status, 200);
  const byVerifiedThere = { form: { token }, headers: [basic('known-there', 'secret')] };
  assert.equal((await postForm({ ...revocation, ...byVerifiedThere })).status, 200);
  assert.notEqual(await cnfOf(fixture, token), 'inactive');
  const byOwner = { form: { token, client_id: 'public' } };
  assert.equal((await postForm({ ...revocation, ...byOwner })).status, 200);
  assert.equal(await cnfOf(fixture, token), 'inactive');
  await gateway.logged(({ reason }) => reason === 'token_revoked');
});
