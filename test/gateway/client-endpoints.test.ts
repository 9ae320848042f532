import assert from 'node:assert/strict';
import { test } from 'node:test';

import { UnsecuredJWT } from 'jose';

import { basic, httpsRequest, postForm } from '../support/https-client.ts';
import type { ClientAnswer } from '../support/https-client.ts';
import { startPlainProvider } from '../support/plain-provider.ts';
import { startGateway } from '../support/running-gateway.ts';
import { json, startBeforeUpstream } from './before-upstream.ts';

const PAR = '/oauth2/par';
const DEVICE = '/oauth2/device_authorization';
const CIBA = '/oauth2/ciba';
const TOKEN = '/oauth2/token';
const AUTHORIZE = '/oauth2/authorize';
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

const ENDPOINTS = `endpoints: {pushed_authorization: ${PAR}, device_authorization: ${DEVICE}, backchannel_authentication: ${CIBA}}`;
const SEALED = 'token_binding: {kept: sealed, sealing_keys: [seal.key]}';

const HANDED_OUT = {
  [PAR]: json('{"request_uri":"urn:r:1","expires_in":60,"n":9007199254740993}', 201),
  [DEVICE]: json('{"device_code":"dc-1","user_code":"A-B","expires_in":60,"n":9007199254740993}'),
  [CIBA]: json('{"auth_req_id":"ar-1","expires_in":60}'),
};

const start = (t: Parameters<typeof startBeforeUpstream>[0], keys = '', more = {}) =>
  startBeforeUpstream(t, {
    keys: `${ENDPOINTS}, ${keys}`,
    answers: { ...HANDED_OUT, ...more },
    files: { 'seal.key': Buffer.alloc(32, 7).toString('base64') },
  });

function refusal(answer: ClientAnswer): readonly unknown[] {
  return [answer.status, answer.json()['error']];
}

test('every endpoint at which clients authenticate takes their certificates', async (t) => {
  const { post, upstream, gateway } = await start(t);
  for (const path of [PAR, DEVICE, CIBA]) {
    const form = { client_id: 'self-signed', scope: 'openid' };
    const from = gateway.log().length;
    assert.deepEqual(refusal(await post(path, form)), [401, 'invalid_client'], path);
    assert.deepEqual(refusal(await post(path, form, { by: 'stranger' })), [401, 'invalid_client']);
    const headers = [basic('nobody', 'known')];
    assert.deepEqual(refusal(await post(path, {}, { headers })), [401, 'invalid_client']);
    const before = upstream.requests.length;
    const answer = await post(path, form, { by: 'client' });
    assert.equal(answer.status, path === PAR ? 201 : 200, answer.text);
    assert.equal(answer.headers['cache-control'], 'no-store');
    const seen = upstream.requests.at(-1);
    assert.equal(upstream.requests.length, before + 1);
    assert.equal(seen?.headers.authorization, basic('self-signed', 'held')[1]);
    assert.equal(seen.body, path === PAR ? 'scope=openid&client_id=self-signed' : 'scope=openid');
    await gateway.logged((line) => line['outcome'] === 'accepted', from);
  }
  const metrics = await gateway.metrics();
  for (const route of [
    'pushed_authorization',
    'device_authorization',
    'backchannel_authentication',
  ]) {
    assert.match(metrics, new RegExp(`route="${route}"`));
  }
});

test('what the server refuses or answers without a handle is not handed out', async (t) => {
  let answer = json('{"error":"invalid_request"}', 400);
  const { post } = await start(t, '', {
    [DEVICE]: (...of: Parameters<typeof answer>) => answer(...of),
  });
  const ask = () => post(DEVICE, { client_id: 'self-signed' }, { by: 'client' });
  assert.deepEqual(refusal(await ask()), [400, 'invalid_request']);
  for (const [text, status] of [
    ['{}', 200],
    ['{"device_code":1}', 200],
    ['{"device_code":"a","expires_in":"soon"}', 200],
    ['{"device_code":"a"}', 202],
    ['ok', 200],
  ] as const) {
    answer = json(text, status);
    assert.equal((await ask()).status, 502, text);
  }
});

for (const [kept, keys] of [
  ['stored', ''],
  ['sealed', SEALED],
] as const) {
  test(`T33 ${kept}: a device code is redeemed by its client, a public one with its certificate`, async (t) => {
    const { post, upstream } = await start(t, keys);
    const begin = async (clientId: string, by: 'client' | 'stranger') => {
      const answer = await post(DEVICE, { client_id: clientId }, { by });
      assert.match(answer.text, /"n":9007199254740993/);
      return String(answer.json()['device_code']);
    };
    const redeem = (
      deviceCode: string,
      clientId: string,
      by?: 'client' | 'pkiClient' | 'stranger',
    ) =>
      post(
        TOKEN,
        { grant_type: DEVICE_GRANT, device_code: deviceCode, client_id: clientId },
        by && { by },
      );

    // A server must not hand out one code twice, so each client has its own gateway state.
    const publicCode = await begin('public', 'stranger');
    assert.equal(publicCode.startsWith('cbs1.'), kept === 'sealed');
    const before = upstream.requests.length;
    for (const attempt of [
      await redeem(publicCode, 'public', 'client'),
      await redeem(publicCode, 'public'),
      await redeem(publicCode, 'self-signed', 'client'),
      await redeem(publicCode, 'pki', 'pkiClient'),
      await redeem('invented', 'public', 'stranger'),
    ]) {
      assert.deepEqual(refusal(attempt), [400, 'invalid_grant']);
    }
    assert.equal(upstream.requests.length, before, 'the server hears nothing of it');
    assert.equal((await redeem(publicCode, 'public', 'stranger')).status, 200);
    const sent = new URLSearchParams(upstream.requests.at(-1)?.body);
    assert.equal(sent.get('device_code'), 'dc-1', 'the server sees its own code');
  });

  test(`T33 ${kept}: a device code belongs to its certificate under every name of the grant`, async (t) => {
    const { post, upstream } = await start(t, keys);
    const begun = await post(DEVICE, { client_id: 'public' }, { by: 'stranger' });
    const form = { device_code: String(begun.json()['device_code']), client_id: 'public' };
    const before = upstream.requests.length;
    for (const grantType of ['device_code', 'http://oauth.net/grant_type/device/1.0', '']) {
      const stolen = await post(TOKEN, { ...form, grant_type: grantType }, { by: 'client' });
      assert.deepEqual(refusal(stolen), [400, 'invalid_grant'], grantType);
    }
    assert.equal(upstream.requests.length, before, 'the server hears nothing of it');
    const own = await post(TOKEN, { ...form, grant_type: 'device_code' }, { by: 'stranger' });
    assert.equal(own.status, 200, own.text);
    const sent = new URLSearchParams(upstream.requests.at(-1)?.body);
    assert.equal(sent.get('device_code'), 'dc-1', 'the server sees its own code');
  });

  test(`${kept}: a confidential client redeems its device code with its next certificate`, async (t) => {
    const { post } = await start(t, keys);
    const begun = await post(DEVICE, { client_id: 'self-signed' }, { by: 'client' });
    const form = { grant_type: DEVICE_GRANT, device_code: String(begun.json()['device_code']) };
    const other = await post(TOKEN, { ...form, client_id: 'pki' }, { by: 'pkiClient' });
    assert.deepEqual(refusal(other), [400, 'invalid_grant']);
    const own = await post(TOKEN, { ...form, client_id: 'self-signed' }, { by: 'client' });
    assert.equal(own.status, 200, own.text);
  });
}

for (const [kept, keys] of [
  ['stored', ''],
  ['sealed', SEALED],
] as const) {
  test(`T31 ${kept}: nobody has a stolen token bound to his own certificate by exchanging it`, async (t) => {
    let issued = 0;
    const { post, fetchToken, upstream } = await start(t, keys, {
      [TOKEN]: (response: Parameters<ReturnType<typeof json>>[0]) =>
        json(`{"access_token":"at-${(issued += 1)}","refresh_token":"rt-${issued}"}`)(response),
    });
    const tokens = (await fetchToken()).json();
    const [held, refresh] = [String(tokens['access_token']), String(tokens['refresh_token'])];
    const before = upstream.requests.length;
    for (const parameter of ['subject_token', 'actor_token', 'assertion']) {
      const form = { grant_type: 'urn:x', [parameter]: held, client_id: 'public' };
      assert.deepEqual(refusal(await post(TOKEN, form, { by: 'stranger' })), [
        400,
        'invalid_grant',
      ]);
      assert.deepEqual(refusal(await post(TOKEN, form)), [400, 'invalid_grant']);
    }
    for (const [clientId, by] of [
      ['public', 'stranger'],
      ['pki', 'pkiClient'],
    ] as const) {
      const form = { grant_type: 'urn:x', subject_token: refresh, client_id: clientId };
      assert.deepEqual(refusal(await post(TOKEN, form, { by })), [400, 'invalid_grant']);
    }
    assert.equal(upstream.requests.length, before, 'the server hears nothing of it');
    // A resource server exchanges what its clients send, and the server knows it.
    const exchange = { grant_type: 'urn:x', subject_token: held, client_id: 'pki' };
    assert.equal((await post(TOKEN, exchange, { by: 'pkiClient' })).status, 200);
    assert.match(upstream.requests.at(-1)?.body ?? '', /subject_token=at-1(?:&|$)/);
    const foreign = { grant_type: 'urn:x', subject_token: 'of another', client_id: 'public' };
    assert.equal((await post(TOKEN, foreign, { by: 'stranger' })).status, 200);
  });
}

test('T33: a pushed request is the one of the client that pushed it', async (t) => {
  const { post, get, gateway, asked } = await start(t);
  const pushed = await post(PAR, { client_id: 'self-signed' }, { by: 'client' });
  assert.match(pushed.text, /"request_uri":"urn:r:1".*9007199254740993/);
  const query = (clientId: string) => `${AUTHORIZE}?client_id=${clientId}&request_uri=urn%3Ar%3A1`;
  assert.equal((await get(query('self-signed'))).status, 200);
  for (const path of [query('pki'), `${query('self-signed')}&client_id=pki`]) {
    assert.deepEqual(refusal(await get(path)), [400, 'invalid_request_uri']);
  }
  const inForm = { client_id: 'pki', request_uri: 'urn:r:1' };
  assert.deepEqual(refusal(await post(AUTHORIZE, inForm)), [400, 'invalid_request_uri']);
  const twice = `${query('self-signed')}&request_uri=urn:other`;
  assert.deepEqual(refusal(await get(twice)), [400, 'invalid_request']);
  await gateway.logged(({ reason }) => reason === 'binding_mismatch');
  assert.equal((await get(`${AUTHORIZE}?client_id=pki&request_uri=urn:other`)).status, 200);
  assert.equal(asked(AUTHORIZE), 0, 'each was asked with its query');
});

test('T33: the auth_req_id of CIBA is redeemed by its client', async (t) => {
  const { post } = await start(t);
  await post(CIBA, { client_id: 'self-signed' }, { by: 'client' });
  const form = { grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: 'ar-1' };
  const other = await post(TOKEN, { ...form, client_id: 'pki' }, { by: 'pkiClient' });
  assert.deepEqual(refusal(other), [400, 'invalid_grant']);
  const own = await post(TOKEN, { ...form, client_id: 'self-signed' }, { by: 'client' });
  assert.equal(own.status, 200);
});

test('sealed: what the server hears from others stays what it is', async (t) => {
  const { post, get } = await start(t, SEALED);
  const form = { client_id: 'self-signed' };
  assert.equal((await post(PAR, form, { by: 'client' })).json()['request_uri'], 'urn:r:1');
  assert.equal((await post(CIBA, form, { by: 'client' })).json()['auth_req_id'], 'ar-1');
  const redeemed = await post(
    TOKEN,
    { ...form, grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: 'ar-1' },
    { by: 'client' },
  );
  assert.equal(redeemed.status, 200);
  assert.equal((await get(`${AUTHORIZE}?client_id=pki&request_uri=urn:r:1`)).status, 200);
});

test('a scope by which servers name a certificate can be asked for nowhere', async (t) => {
  const { post, get, upstream } = await start(t);
  const request = new UnsecuredJWT({ scope: 'a x5t#S256:forged' }).encode();
  for (const asked of [{ scope: 'openid x5t#SHA256:forged' }, { request }, { scope: 'X5T#a' }]) {
    const form = { client_id: 'self-signed', ...asked };
    for (const path of [PAR, DEVICE, CIBA, TOKEN]) {
      assert.deepEqual(refusal(await post(path, form, { by: 'client' })), [400, 'invalid_scope']);
    }
    assert.deepEqual(refusal(await post(AUTHORIZE, form)), [400, 'invalid_scope']);
    const query = new URLSearchParams(form).toString();
    assert.deepEqual(refusal(await get(`${AUTHORIZE}?${query}`)), [400, 'invalid_scope']);
    assert.deepEqual(refusal(await get(`${AUTHORIZE}?scope=a&${query}`)), [400, 'invalid_scope']);
  }
  assert.equal(upstream.requests.length, 0);
});

test('a signed request that hides its scope from the gateway is refused', async (t) => {
  const { post, get, upstream } = await start(t);
  const jwt = (payload: string | Uint8Array) =>
    `eyJhbGciOiJub25lIn0.${Buffer.from(payload).toString('base64url')}.c2ln`;
  const hidden = [
    jwt('\uFEFF{"scope":"x5t#S256:forged"}'),
    jwt('{"scope":"x5t#S256:forged","scope":"openid"}'),
    jwt('{"scope":["x5t#S256:forged"]}'),
    jwt(Buffer.from('{"scope":"x5t#S256:forged"}', 'utf16le')),
    jwt('{"scope":"x5t#S256:forged"}').replace('.', '.*'),
  ];
  for (const request of hidden) {
    const form = { client_id: 'self-signed', request };
    const refused = [400, 'invalid_request_object'];
    for (const path of [PAR, CIBA, AUTHORIZE]) {
      assert.deepEqual(refusal(await post(path, form, { by: 'client' })), refused);
    }
    const query = new URLSearchParams(form).toString();
    assert.deepEqual(refusal(await get(`${AUTHORIZE}?${query}`)), refused);
  }
  assert.equal(upstream.requests.length, 0);
  for (const request of [jwt('{"scope":"openid"}'), jwt('{}'), 'a.b.c.d.e']) {
    const query = new URLSearchParams({ client_id: 'self-signed', request }).toString();
    assert.equal((await get(`${AUTHORIZE}?${query}`)).status, 200);
  }
});

test('a form of which a server may read more than the gateway is no authorization request', async (t) => {
  const { post, get, upstream, gateway } = await start(t);
  const pushed = await post(PAR, { client_id: 'self-signed' }, { by: 'client' });
  assert.equal(pushed.status, 201);
  const { port, ca } = gateway;
  const FORM = 'application/x-www-form-urlencoded';
  const sent = async (...headers: readonly (readonly [string, string])[]) =>
    refusal(
      await httpsRequest({
        port,
        ca,
        path: AUTHORIZE,
        method: 'POST',
        headers,
        // `scope=x5t#a` in the charset of a mainframe, percent-encoded.
        body: '%A2%83%96%97%85=%A7%F5%A3%7B%81',
      }),
    );
  const refused = [400, 'invalid_request'];
  assert.deepEqual(await sent(['content-type', `${FORM}; charset=IBM037`]), refused);
  assert.deepEqual(await sent(['content-type', `${FORM};charset=utf-16`]), refused);
  assert.deepEqual(await sent(['content-type', FORM], ['content-encoding', 'gzip']), refused);
  assert.deepEqual(
    await sent(['content-type', FORM], ['content-type', `${FORM}; charset=IBM037`]),
    refused,
  );
  for (const name of ['scope[]', 'Scope', '%20scope', 'scope%00x', 'scope%5b']) {
    const query = `${AUTHORIZE}?client_id=a&${name}=x5t%23a`;
    assert.deepEqual(refusal(await get(query)), [400, 'invalid_scope'], name);
  }
  for (const name of ['request.uri', 'request%20uri', 'request_uri[0]']) {
    const query = `${AUTHORIZE}?client_id=pki&${name}=urn:r:1`;
    assert.deepEqual(refusal(await get(query)), [400, 'invalid_request_uri'], name);
  }
  assert.equal(upstream.requests.length, 1);
});

test('the authorization endpoint passes what browsers send, as they send it', async (t) => {
  const { post, upstream, gateway } = await start(t, '', {
    [AUTHORIZE]: json('{"page":1}', 200),
  });
  const { port, ca } = gateway;
  const body = 'scope=openid&consent=a&consent=b&x=%zz';
  const answer = await httpsRequest({
    port,
    ca,
    path: `${AUTHORIZE}?session=1`,
    method: 'POST',
    headers: [
      ['content-type', 'application/x-www-form-urlencoded'],
      ['cookie', 's=1'],
    ],
    body,
  });
  assert.deepEqual([answer.status, answer.text], [200, '{"page":1}']);
  const seen = upstream.requests.at(-1);
  assert.deepEqual(
    [seen?.body, seen?.url, seen?.headers.cookie],
    [body, `${AUTHORIZE}?session=1`, 's=1'],
  );
  assert.equal((await post(AUTHORIZE, { p: 'x'.repeat(40_000) })).status, 413);
  const odd = { port, ca, path: AUTHORIZE, method: 'POST', body: '{}' };
  const form = [['content-type', 'application/x-www-form-urlencoded']] as const;
  const traced = await httpsRequest({ ...odd, method: 'TRACE', headers: form });
  assert.equal(traced.status, 405);
  const refused = await httpsRequest({ ...odd, headers: [['content-type', 'application/json']] });
  assert.equal(refused.status, 400);
});

test('a real server: pushed requests and the device flow of a public client', async (t) => {
  const provider = await startPlainProvider({
    clients: [
      { clientId: 'self-signed', secret: 'held' },
      { clientId: 'public' },
      { clientId: 'rs', secret: 'rs-secret' },
    ],
  });
  t.after(() => provider.close());
  const gateway = await startGateway({
    yaml: `
token_service: {upstream: {url: '${provider.url}', ${ENDPOINTS}}}
clients:
  - client_id: self-signed
    token_endpoint_auth_method: self_signed_tls_client_auth
    certificates: [client.pem]
    upstream: {client_secret: held}
  - client_id: public
    token_endpoint_auth_method: none
`,
  });
  t.after(() => gateway.close());
  const { port, ca } = gateway;
  const post = (path: string, form: Readonly<Record<string, string>>, by?: 'client' | 'stranger') =>
    postForm({ port, ca, path, form, ...(by === undefined ? {} : gateway[by]) });

  const request = {
    client_id: 'self-signed',
    response_type: 'code',
    scope: 'openid',
    redirect_uri: 'https://client.test/back',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  };
  const pushed = await post(PAR, request, 'client');
  assert.equal(pushed.status, 201, pushed.text);
  const requestUri = encodeURIComponent(String(pushed.json()['request_uri']));
  const authorize = (clientId: string) =>
    httpsRequest({
      port,
      ca,
      path: `${AUTHORIZE}?client_id=${clientId}&request_uri=${requestUri}`,
    });
  assert.deepEqual(refusal(await authorize('public')), [400, 'invalid_request_uri']);
  assert.equal((await authorize('self-signed')).status, 303);

  const begun = await post(DEVICE, { client_id: 'public', scope: 'openid' }, 'stranger');
  assert.equal(begun.status, 200, begun.text);
  const form = {
    grant_type: DEVICE_GRANT,
    client_id: 'public',
    device_code: String(begun.json()['device_code']),
  };
  assert.deepEqual(refusal(await post(TOKEN, form, 'stranger')), [400, 'authorization_pending']);
  await provider.approve(String(begun.json()['user_code']));
  assert.deepEqual(refusal(await post(TOKEN, form, 'client')), [400, 'invalid_grant']);
  const issued = await post(TOKEN, form, 'stranger');
  assert.equal(issued.status, 200, issued.text);
  const answer = await postForm({
    port,
    ca,
    path: '/oauth2/introspect',
    headers: [basic('rs', 'rs-secret')],
    form: { token: String(issued.json()['access_token']) },
  });
  assert.deepEqual(answer.json()['cnf'], { 'x5t#S256': gateway.stranger.thumbprint });
});
