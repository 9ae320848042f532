import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { connect } from 'node:tls';

import { basic, httpsRequest, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import { selfSigned } from '../support/pki.ts';
import { startRecordingUpstream } from '../support/recording-upstream.ts';
import { EMBEDDED, startGateway } from '../support/running-gateway.ts';

const POLICIES = ['ignore', 'want', 'require', 'require_trusted', 'forbid'] as const;

const ROUTES = `
routes:
${POLICIES.map((policy) => `  - {path: /${policy}/*, client_certificate: ${policy}}`).join('\n')}
`;

async function start(t: TestContext, routes = ROUTES, mode = 'want') {
  const upstream = await startRecordingUpstream();
  t.after(() => upstream.close());
  const gateway = await startGateway({
    listener: `    client_certificate: ${mode}`,
    yaml: `
token_service:
  upstream:
    url: ${upstream.url}
    kind: native
    certificate_headers: [{format: rfc9440}]
${routes}`,
  });
  t.after(() => gateway.close());
  const { port, ca, client, pkiClient } = gateway;
  const odd = await selfSigned({ subject: 'CN=odd', serialNumber: '80' });
  const presented = { none: {}, self_signed: client, trusted: pkiClient, unreadable: odd };
  return {
    gateway,
    upstream,
    get: (path: string, certificate: keyof typeof presented): Promise<ClientAnswer> =>
      httpsRequest({ port, ca, path, ...presented[certificate] }),
    post: (path: string, certificate: keyof typeof presented): Promise<ClientAnswer> =>
      postForm({ port, ca, path, form: { client_id: 'a' }, ...presented[certificate] }),
    /** Whether the upstream was told of a certificate in its last request. */
    isForwarded: () => upstream.requests.at(-1)?.headers['client-cert'] !== undefined,
  };
}

function errorOf(answer: ClientAnswer): string {
  return String(answer.json()['error']);
}

const REQUIRED = '400 client_certificate_required';
const INVALID = '400 client_certificate_invalid';
const UNTRUSTED = '403 client_certificate_untrusted';
const FORBIDDEN = '403 client_certificate_forbidden';

const EXPECTED = {
  ignore: { none: '200', self_signed: '200', trusted: '200', unreadable: '200' },
  want: { none: '200', self_signed: '200 sent', trusted: '200 sent', unreadable: INVALID },
  require: { none: REQUIRED, self_signed: '200 sent', trusted: '200 sent', unreadable: INVALID },
  require_trusted: {
    none: REQUIRED,
    self_signed: UNTRUSTED,
    trusted: '200 sent',
    unreadable: INVALID,
  },
  forbid: { none: '200', self_signed: FORBIDDEN, trusted: FORBIDDEN, unreadable: FORBIDDEN },
} as const;

for (const policy of POLICIES) {
  test(`under ${policy}, a request passes with the right certificate and no other`, async (t) => {
    const { get, upstream, isForwarded } = await start(t);
    for (const kind of ['none', 'self_signed', 'trusted', 'unreadable'] as const) {
      const before = upstream.requests.length;
      const answer = await get(`/${policy}/x`, kind);
      const isPassed = upstream.requests.length > before;
      assert.equal(isPassed, answer.status === 200, kind);
      const told = isPassed ? (isForwarded() ? ' sent' : '') : ` ${errorOf(answer)}`;
      assert.equal(`${answer.status}${told}`, EXPECTED[policy][kind], kind);
    }
  });
}

test('an OAuth endpoint refuses by its policy in the words of OAuth', async (t) => {
  const fixture = await start(
    t,
    `routes:
  - {path: /oauth2/token, client_certificate: require_trusted}
  - {path: /oauth2/introspect, client_certificate: require}
  - {path: /oauth2/*, client_certificate: forbid}`,
  );
  const { post, upstream, gateway } = fixture;
  for (const [path, kind, reason] of [
    ['/oauth2/token', 'none', 'certificate_absent'],
    ['/oauth2/token', 'self_signed', 'certificate_untrusted'],
    ['/oauth2/token', 'unreadable', 'certificate_malformed'],
    ['/oauth2/introspect', 'none', 'certificate_absent'],
    ['/oauth2/revoke', 'trusted', 'certificate_forbidden'],
  ] as const) {
    const from = gateway.log().length;
    const answer = await post(path, kind);
    assert.deepEqual([answer.status, answer.json()['error']], [401, 'invalid_client'], path);
    const line = await gateway.logged(({ msg }) => msg === 'request', from);
    assert.deepEqual([line['reason'], line['decision']], [reason, 'refused']);
  }
  assert.equal(upstream.requests.length, 0);
});

test('a refusal by policy does not wait for the request body', async (t) => {
  const { gateway, upstream } = await start(t);
  const socket = connect({ port: gateway.port, servername: 'localhost', ca: gateway.ca });
  t.after(() => socket.destroy());
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  // The gateway may reset the connection once it has answered.
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  socket.write(
    'POST /require/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nfirst',
  );
  await once(socket, 'close');
  assert.match(text, /^HTTP\/1\.1 400 [^]*connection: close/i);
  assert.equal(upstream.requests.length, 0);
});

test('no route lowers what the listener demands', async (t) => {
  const { get, upstream, isForwarded } = await start(t, ROUTES, 'require');
  for (const policy of POLICIES) {
    const answer = await get(`/${policy}/x`, 'none');
    assert.equal(`${answer.status} ${errorOf(answer)}`, REQUIRED, policy);
    assert.equal(answer.headers.connection, 'close');
  }
  assert.equal((await get('/ignore/x', 'unreadable')).status, 400);
  assert.equal((await get('/forbid/x', 'trusted')).status, 403);
  assert.equal(upstream.requests.length, 0);
  assert.equal((await get('/ignore/x', 'trusted')).status, 200);
  assert.equal(isForwarded(), false);
});

test('no spelling leads past the route of a path (T57)', async (t) => {
  const { get, upstream } = await start(t);
  for (const path of [
    '/want/../require/x',
    '/want/%2e%2e/require/x',
    '/want/..;/require/x',
    '/Require/x',
    '/require;x/y',
    '/%72equire/x',
    '/%2572equire/x',
    '//require/x',
    '/./require/x',
    '/want%2f..%2frequire/x',
    '/require%2fx',
    '/require%5cx',
    '/require%20/x',
    '/require%3fx',
  ]) {
    const answer = await get(path, 'none');
    assert.equal(answer.status, 400, path);
    assert.equal(answer.json()['error'], 'invalid_request', path);
  }
  assert.equal(upstream.requests.length, 0);
});

test('a certificate that its route ignores authenticates nobody', async (t) => {
  const gateway = await startGateway({
    yaml: `${EMBEDDED}
routes: [{path: /oauth2/token, client_certificate: ignore}]
`,
  });
  t.after(() => gateway.close());
  const { port, ca, client } = gateway;
  const form = { grant_type: 'client_credentials', client_id: 'self-signed' };
  const answer = await postForm({ port, ca, path: '/oauth2/token', form, ...client });
  assert.deepEqual([answer.status, answer.json()['error']], [401, 'invalid_client']);
  const line = await gateway.logged(({ msg }) => msg === 'request');
  assert.deepEqual([line['certificate'], line['reason']], ['none', 'certificate_absent']);
});

for (const [policy, isBound] of [
  ['want', true],
  ['ignore', false],
] as const) {
  const outcome = isBound ? 'bound to its certificate' : 'bound to nothing';
  test(`under ${policy}, the token of a public client is ${outcome}`, async (t) => {
    const upstream = await startRecordingUpstream(({ url }, response) => {
      const answer = url === '/oauth2/token' ? { access_token: 'tok' } : { active: true };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(answer));
    });
    t.after(() => upstream.close());
    const gateway = await startGateway({
      yaml: `
token_service: {upstream: {url: '${upstream.url}'}}
clients: [{client_id: public, token_endpoint_auth_method: none}]
routes: [{path: /oauth2/token, client_certificate: ${policy}}]
`,
    });
    t.after(() => gateway.close());
    const { port, ca, client } = gateway;
    const form = { grant_type: 'client_credentials', client_id: 'public' };
    const token = await postForm({ port, ca, path: '/oauth2/token', form, ...client });
    assert.equal(token.status, 200);
    const headers = [basic('resource-server', 'known there')];
    const told = await postForm({
      port,
      ca,
      path: '/oauth2/introspect',
      headers,
      form: { token: 'tok' },
    });
    const expected = isBound ? { 'x5t#S256': client.thumbprint } : undefined;
    assert.deepEqual([told.json()['active'], told.json()['cnf']], [true, expected]);
  });
}

test('the endpoints of the embedded service have policies, too', async (t) => {
  const gateway = await startGateway({
    yaml: `${EMBEDDED}
routes:
  - {path: /oauth2/token, client_certificate: require_trusted}
  - {path: /.well-known/*, client_certificate: forbid}
`,
  });
  t.after(() => gateway.close());
  const { port, ca, client, pkiClient } = gateway;
  const token = (clientId: string, certificate: typeof client) =>
    postForm({
      port,
      ca,
      path: '/oauth2/token',
      form: { grant_type: 'client_credentials', client_id: clientId },
      ...certificate,
    });
  assert.equal((await token('pki', pkiClient)).status, 200);
  const registered = await token('self-signed', client);
  assert.deepEqual([registered.status, registered.json()['error']], [401, 'invalid_client']);
  const path = '/.well-known/openid-configuration';
  assert.equal((await httpsRequest({ port, ca, path })).status, 200);
  assert.equal((await httpsRequest({ port, ca, path, ...client })).status, 403);
});
