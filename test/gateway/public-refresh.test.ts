import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { json, startBeforeUpstream } from './before-upstream.ts';
import type { Holder, Respond } from './before-upstream.ts';

const TOKEN = '/oauth2/token';
const KEPT = {
  store: { keys: '', files: {} },
  sealed: {
    keys: 'token_binding: {kept: sealed, sealing_keys: [seal.key]}',
    files: { 'seal.key': `${Buffer.alloc(32, 7).toString('base64')}\n` },
  },
} as const;

/** A server whose token answers are numbered; `refreshToken` names the refresh token of each. */
async function start(
  t: TestContext,
  kept: keyof typeof KEPT,
  refreshToken: (count: number) => string,
) {
  let count = 0;
  const issue: Respond = (response) => {
    count += 1;
    const issued = { access_token: `access-${count}`, refresh_token: refreshToken(count) };
    json(JSON.stringify(issued))(response);
  };
  const { post, introspect, upstream } = await startBeforeUpstream(t, {
    ...KEPT[kept],
    answers: { [TOKEN]: issue, '/oauth2/introspect': json('{"active":true}') },
  });
  const ask = async (form: Readonly<Record<string, string>>, by?: Holder) =>
    post(TOKEN, { client_id: 'public', ...form }, by === undefined ? {} : { by });
  return {
    upstream,
    begin: (by?: Holder) => ask({ grant_type: 'authorization_code', code: 'x' }, by),
    refresh: (token: unknown, by?: Holder) =>
      ask({ grant_type: 'refresh_token', refresh_token: String(token) }, by),
    confirmationOf: async (token: unknown) => (await introspect(String(token))).json()['cnf'],
  };
}

for (const kept of ['store', 'sealed'] as const) {
  test(`a public client that shows its first certificate at a refresh has the new access token bound, not the refresh token that it keeps (${kept})`, async (t) => {
    const { begin, refresh, confirmationOf, upstream } = await start(t, kept, () => 'refresh');
    const first = (await begin()).json();
    assert.equal(await confirmationOf(first['access_token']), undefined);

    const answer = await refresh(first['refresh_token'], 'client');
    assert.equal(answer.status, 200, answer.text);
    const bound = (await confirmationOf(answer.json()['access_token'])) as object;
    assert.deepEqual(Object.keys(bound), ['x5t#S256']);
    assert.equal(
      await confirmationOf(first['access_token']),
      undefined,
      'the first stays as it was',
    );

    const kinds = [];
    for (const by of [undefined, 'stranger', 'client'] as const) {
      const again = await refresh(answer.json()['refresh_token'], by);
      kinds.push([again.status, typeof (await confirmationOf(again.json()['access_token']))]);
    }
    assert.deepEqual(kinds, [
      [200, 'undefined'],
      [200, 'object'],
      [200, 'object'],
    ]);
    const forms = upstream.requests.filter(({ url }) => url === TOKEN);
    for (const { body } of forms.slice(1)) assert.match(body, /refresh_token=refresh(?:&|$)/);
  });

  test(`a refresh token that a public client gets with a certificate is bound to it, a kept one as before (${kept})`, async (t) => {
    const names = ['one', 'two', 'two'];
    const { begin, refresh } = await start(t, kept, (count) => names[count - 1] ?? 'two');
    const first = (await begin()).json();
    const rotated = await refresh(first['refresh_token'], 'client');
    assert.equal(rotated.status, 200);
    for (const by of [undefined, 'stranger'] as const) {
      const refused = await refresh(rotated.json()['refresh_token'], by);
      assert.deepEqual([refused.status, refused.json()['error']], [400, 'invalid_grant']);
    }
    const held = await refresh(rotated.json()['refresh_token'], 'client');
    assert.equal(held.status, 200);
    const refused = await refresh(held.json()['refresh_token'], 'stranger');
    assert.equal(refused.status, 400);
  });
}
