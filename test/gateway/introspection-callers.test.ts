import assert from 'node:assert/strict';
import { test } from 'node:test';

import { basic } from '../support/https-client.ts';
import { json, startBeforeUpstream } from './before-upstream.ts';

const PATH = '/oauth2/introspect';
const ANSWERS = { [PATH]: json('{"active":true}') };

test('T37: a caller that the gateway authenticates needs its certificate and no secret', async (t) => {
  const { post, fetchToken, upstream, asked } = await startBeforeUpstream(t, {
    keys: 'introspection: {authentication: certificate}',
    answers: ANSWERS,
  });
  await fetchToken();
  const form = { token: 'tok', client_id: 'pki' };
  const right = await post(PATH, form, { by: 'pkiClient' });
  assert.ok(right.json()['cnf'], right.text);
  assert.equal(
    upstream.requests.at(-1)?.headers.authorization,
    basic('pki', 'held-too')[1],
    'the server is shown the credential that it knows',
  );
  assert.equal(upstream.requests.at(-1)?.body, 'token=tok');
  const before = asked(PATH);
  for (const refused of [
    await post(PATH, form),
    await post(PATH, form, { by: 'client' }),
    await post(PATH, { token: 'tok' }, { by: 'pkiClient' }),
    await post(PATH, { token: 'tok', client_id: 'public' }, { by: 'stranger' }),
    await post(PATH, { token: 'tok' }, { headers: [basic('rs', 'secret')] }),
    await post(PATH, { token: 'tok' }, { headers: [['authorization', 'Bearer x']] }),
  ]) {
    assert.deepEqual([refused.status, refused.json()['error']], [401, 'invalid_client']);
  }
  assert.equal(asked(PATH), before);
});

test('callers that are not on the list see their own tokens alone', async (t) => {
  const { gateway, post, fetchToken, introspect } = await startBeforeUpstream(t, {
    keys: 'introspection: {callers: [pki]}',
    answers: ANSWERS,
  });
  await fetchToken();
  const own = await post(PATH, { token: 'tok', client_id: 'self-signed' }, { by: 'client' });
  assert.ok(own.json()['cnf']);
  const entitled = await post(PATH, { token: 'tok', client_id: 'pki' }, { by: 'pkiClient' });
  assert.ok(entitled.json()['cnf']);
  const other = await post(PATH, { token: 'tok', client_id: 'public' });
  assert.deepEqual(other.json(), { active: false });
  await gateway.logged(({ reason }) => reason === 'caller_not_entitled');
  assert.ok((await introspect('tok')).json()['cnf'], 'whom the server lets ask may ask');
});

for (const [kept, sealed] of [
  ['stored', ''],
  ['sealed', 'token_binding: {kept: sealed, sealing_keys: [seal.key]}'],
] as const) {
  test(`T41 ${kept}: at a resource server a refresh token is no access token`, async (t) => {
    const { gateway, post, fetchToken, introspect } = await startBeforeUpstream(t, {
      keys: `introspection: {callers: [pki]}, ${sealed}`,
      files: { 'seal.key': Buffer.alloc(32, 7).toString('base64') },
      answers: {
        ...ANSWERS,
        '/oauth2/token': json('{"access_token":"tok","refresh_token":"again","expires_in":600}'),
      },
    });
    const { access_token: access, refresh_token: refresh } = (await fetchToken()).json();
    assert.ok((await introspect(String(access))).json()['cnf']);
    const token = String(refresh);
    for (const answer of [
      await introspect(token),
      await post(PATH, { token, client_id: 'pki' }, { by: 'pkiClient' }),
      await post(PATH, { token }, { headers: [['authorization', 'Bearer x']] }),
    ]) {
      assert.deepEqual(answer.json(), { active: false });
    }
    await gateway.logged(({ reason }) => reason === 'caller_not_entitled');
    const own = await post(PATH, { token, client_id: 'self-signed' }, { by: 'client' });
    assert.equal(own.json()['active'], true, 'its client may ask about it');
  });
}

test('a server that binds hears the same callers, and its answers the same bounds', async (t) => {
  const { post } = await startBeforeUpstream(t, {
    kind: 'native',
    keys: 'introspection: {callers: []}',
    answers: { [PATH]: json('{"active":true,"client_id":"self-signed"}') },
  });
  const form = { token: 'tok', client_id: 'self-signed' };
  assert.equal((await post(PATH, form, { by: 'client' })).json()['active'], true);
  const other = await post(PATH, { token: 'tok', client_id: 'pki' }, { by: 'pkiClient' });
  assert.deepEqual(other.json(), { active: false });
});

test('callers that are left to the server reach it as they come', async (t) => {
  const { post, fetchToken, upstream } = await startBeforeUpstream(t, {
    keys: 'introspection: {authentication: upstream}',
    answers: ANSWERS,
  });
  await fetchToken();
  const headers = [basic('self-signed', 'another secret of that name')];
  const answer = await post(PATH, { token: 'tok' }, { headers });
  assert.ok(answer.json()['cnf']);
  assert.equal(upstream.requests.at(-1)?.headers.authorization, headers[0]?.[1]);
});

test('a client that the gateway knows is that client, too, where an assertion alone names it', async (t) => {
  const { post, upstream } = await startBeforeUpstream(t, {
    kind: 'native',
    keys: 'introspection: {callers: []}',
    answers: { [PATH]: json('{"active":true,"client_id":"another"}') },
  });
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  const ask = (path: string, claims: string) =>
    post(path, {
      token: 'tok',
      grant_type: 'client_credentials',
      client_assertion_type: type,
      client_assertion: `e30.${Buffer.from(claims).toString('base64url')}.c2ln`,
    });
  for (const claims of [
    '{"sub":"pki"}',
    '﻿{"sub":"pki"}',
    '{"sub":"pki","sub":"of the server"}',
    '{"sub":["pki"]}',
  ]) {
    for (const path of [PATH, '/oauth2/token', '/oauth2/revoke']) {
      const answer = await ask(path, claims);
      assert.deepEqual([answer.status, answer.json()['error']], [401, 'invalid_client'], claims);
    }
  }
  assert.equal(upstream.requests.length, 0);
  assert.equal((await ask(PATH, '{"sub":"of the server"}')).json()['active'], true);
});
