/** How long people stay logged in, as whom, and how they get out. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { createVisitor } from './page-visitor.ts';
import type { Visit } from './page-visitor.ts';
import {
  askToken,
  authorizationUrl,
  codeOf,
  consentTo,
  createPkce,
  DONE_URI,
  redemption,
  startPeople,
  USER,
} from './people-gateway.ts';

function errorOf({ url }: Visit): string | null {
  return url.searchParams.get('error');
}

test('who is logged in and has consented goes straight back', async (t) => {
  const gateway = await startPeople(t);
  const visitor = createVisitor(gateway);
  const asked = await visitor.open(authorizationUrl({ prompt: 'none' }));
  assert.equal(errorOf(asked), 'login_required');
  await consentTo(visitor, authorizationUrl());
  assert.ok(codeOf(await visitor.open(authorizationUrl({ prompt: 'none' }))));

  const more = await visitor.open(authorizationUrl({ scope: 'openid accounts' }));
  const requests = [...more.answer.text.matchAll(/<li>(.*?)<\/li>/g)].map(([, text]) => text);
  assert.deepEqual(requests, ['See your accounts'], 'only what is new is asked for');
  const anew = await visitor.open(authorizationUrl({ prompt: 'consent' }));
  assert.match(anew.answer.text, /<li>Know who you are<\/li>/, 'all that it is about');
  const again = await visitor.open(authorizationUrl({ prompt: 'login' }));
  assert.match(again.answer.text, /id="login"/);
});

test('who says no is sent back with it, from either page', async (t) => {
  const gateway = await startPeople(t);
  const visitor = createVisitor(gateway);
  const login = await visitor.open(authorizationUrl());
  const cancelled = await visitor.submit(login, { answer: 'cancel' });
  assert.equal(errorOf(cancelled), 'access_denied');
  assert.equal(cancelled.url.searchParams.get('state'), 'the-state');

  const next = await visitor.open(authorizationUrl());
  const consent = await visitor.submit(next, { ...USER, answer: 'login' });
  assert.equal(errorOf(await visitor.submit(consent, { answer: 'cancel' })), 'access_denied');
  // Whoever answers a page that is over is shown the one that is open.
  const stale = await visitor.open(authorizationUrl());
  const shown = await visitor.submit(stale, { ...USER, answer: 'login' });
  assert.match(shown.answer.text, /id="consent"/);
});

test('a user who is removed is logged out, and the tokens lead to nothing', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'certbound-people-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const storePath = join(folder, 'store.sqlite');
  const before = await startPeople(t, { storePath });
  const pkce = createPkce();
  const visitor = createVisitor(before);
  const code = codeOf(await consentTo(visitor, authorizationUrl({}, pkce)));
  const pending = await visitor.open(authorizationUrl({ scope: 'openid accounts' }));
  assert.match(pending.answer.text, /id="consent"/);
  await before.close();

  const after = await startPeople(t, { storePath, users: '# nobody\n' });
  const moved = visitor.movedTo(after);
  const login = await moved.open(authorizationUrl());
  assert.match(login.answer.text, /id="login"/);
  const answer = await askToken(after, redemption(code, pkce), after.client);
  assert.notEqual(answer.status, 200);
  const allowed = await moved.submit(pending, { answer: 'allow' });
  assert.match(allowed.answer.text, /id="login"/);
});

test('another user logs in in place of the first one', async (t) => {
  const gateway = await startPeople(t);
  const visitor = createVisitor(gateway);
  await consentTo(visitor, authorizationUrl());
  const login = await visitor.open(authorizationUrl({ prompt: 'login' }));
  // The provider ends the first session by a form of its own.
  const leaving = await visitor.submit(login, {
    username: 'bob',
    password: 'battery staple',
    answer: 'login',
  });
  const consent = await visitor.submit(leaving, {});
  assert.match(consent.answer.text, /signed in as <strong>bob<\/strong>/);
});

test('the logout asks, and leads only to what the client has registered', async (t) => {
  const gateway = await startPeople(t);
  const visitor = createVisitor(gateway);
  const leave = (uri: string) => {
    const query = new URLSearchParams({ client_id: 'app', post_logout_redirect_uri: uri });
    return visitor.open(`/oauth2/logout?${query.toString()}`);
  };
  await consentTo(visitor, authorizationUrl());
  for (const uri of [`${DONE_URI}/`, `${DONE_URI}?x=1`, 'https://evil.test/done']) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that a failure names its own
    const { answer } = await leave(uri);
    assert.equal(answer.status, 400, uri);
    assert.match(answer.text, /post_logout_redirect_uri not registered/);
  }
  const asked = await leave(DONE_URI);
  assert.match(asked.answer.text, /signed in as <strong>alice<\/strong>/);
  assert.match(
    String(asked.answer.headers['content-security-policy']),
    /'self' https:\/\/app.test/,
  );
  const forged = await visitor.submit(asked, { xsrf: 'guessed', logout: 'yes' });
  assert.equal(forged.answer.status, 400);
  const foreign = await visitor.submit(asked, { logout: 'yes' }, { headers: [['origin', 'null']] });
  assert.equal(foreign.answer.status, 403);

  const stayed = await visitor.submit(await visitor.open('/oauth2/logout?client_id=app'), {});
  assert.match(stayed.answer.text, /<h1>You are still signed in<\/h1>/);
  const done = await visitor.submit(await visitor.open('/oauth2/logout'), { logout: 'yes' });
  assert.match(done.answer.text, /<h1>You are signed out<\/h1>/);
  const next = await visitor.open(authorizationUrl());
  assert.match(next.answer.text, /id="login"/);
});

test('offline_access outlives the session, and other refresh tokens do not', async (t) => {
  const gateway = await startPeople(t);
  const refreshAfterLogout = async (scope: string) => {
    const visitor = createVisitor(gateway);
    const pkce = createPkce();
    const code = codeOf(
      await consentTo(visitor, authorizationUrl({ scope, prompt: 'consent' }, pkce)),
    );
    const tokens = (await askToken(gateway, redemption(code, pkce), gateway.client)).json();
    await visitor.submit(await visitor.open('/oauth2/logout'), { logout: 'yes' });
    const form = {
      client_id: 'app',
      grant_type: 'refresh_token',
      refresh_token: String(tokens['refresh_token']),
    };
    return (await askToken(gateway, form, gateway.client)).status;
  };
  assert.equal(await refreshAfterLogout('openid'), 400);
  assert.equal(await refreshAfterLogout('openid offline_access'), 200);
});

test('what nobody has logged in for is kept for 15 minutes, and a login until the browser is closed', async (t) => {
  const gateway = await startPeople(t);
  const visitor = createVisitor(gateway);
  const cookieOf = ({ answer }: Visit): string => {
    const lines = answer.headers['set-cookie'] ?? [];
    return lines.find((line) => line.startsWith('__Host-certbound-session=')) ?? '';
  };
  for (const path of ['/oauth2/device', '/oauth2/logout']) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that a failure names its own
    const cookie = cookieOf(await createVisitor(gateway).open(path));
    const [, expires = ''] = /; expires=([^;]+)/i.exec(cookie) ?? [];
    const seconds = (Date.parse(expires) - Date.now()) / 1_000;
    assert.ok(seconds > 0 && seconds <= 900, `${path}: ${seconds} seconds`);
  }
  const cookie = cookieOf(await consentTo(visitor, authorizationUrl()));
  assert.match(cookie, /; path=\/; .*samesite=lax; secure; httponly/i);
  assert.doesNotMatch(cookie, /expires|max-age|domain/i);
});
