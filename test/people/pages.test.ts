/** What the pages hold and how they are answered; test/people/browser.test.ts looks at them in one. */

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';

import { httpsRequest } from '../support/https-client.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { createVisitor, ISSUER } from './page-visitor.ts';
import type { Visit } from './page-visitor.ts';
import {
  authorizationUrl,
  codeOf,
  consentTo,
  REDIRECT_URI,
  startPeople,
  USER,
} from './people-gateway.ts';

const HOSTILE_NAME = `"><script>alert('x')</script>&`;

/** A client whose name is markup, and whose redirect_uri leads to an address of IPv6. */
const HOSTILE = `
  - client_id: hostile
    client_name: ${JSON.stringify(HOSTILE_NAME)}
    token_endpoint_auth_method: none
    grant_types: [authorization_code]
    redirect_uris: ['http://[::1]:8080/back', 'http://localhost:8080/back']
`;

function policyOf({ answer }: Visit): ReadonlyMap<string, string> {
  const policy = String(answer.headers['content-security-policy']);
  return new Map(
    policy.split(';').map((directive) => {
      const [name = '', ...values] = directive.trim().split(' ');
      return [name, values.join(' ')] as const;
    }),
  );
}

test('each page lets in nothing but its own stylesheet, and is kept nowhere', async (t) => {
  const gateway = await startPeople(t);
  const visitor = createVisitor(gateway);
  const login = await visitor.open(authorizationUrl());
  const problem = await visitor.submit(login, { answer: 'login' });
  const consent = await visitor.submit(problem, { ...USER, answer: 'login' });
  const back = await visitor.submit(consent, { answer: 'allow' });
  assert.ok(codeOf(back));
  const logout = await visitor.open('/oauth2/logout');
  const done = await visitor.submit(logout, { logout: 'yes' });
  const error = await visitor.open(authorizationUrl({ client_id: 'nobody' }));

  for (const visit of [login, problem, consent, logout, done, error]) {
    const { headers, text } = visit.answer;
    assert.match(String(headers['content-type']), /^text\/html; charset=utf-8$/);
    assert.equal(headers['cache-control'], 'no-store');
    assert.equal(headers['referrer-policy'], 'same-origin');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['x-frame-options'], 'DENY');
    const policy = policyOf(visit);
    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(text) ?? [];
    assert.equal(policy.get('default-src'), "'none'");
    assert.equal(policy.get('style-src'), `'sha256-${hash('sha256', style, 'base64')}'`);
    assert.equal(policy.get('frame-ancestors'), "'none'");
    assert.equal(policy.get('base-uri'), "'none'");
    assert.doesNotMatch(text, /<script|<link|<img|src=|style="|\son[a-z]+=/);
    assert.match(text, /<html lang="en">/);
    assert.equal(text.match(/<h1>/g)?.length, 1);
  }
  assert.equal(policyOf(login).get('form-action'), "'self' https://app.test");
  assert.equal(policyOf(consent).get('form-action'), "'self' https://app.test");
  assert.equal(policyOf(error).get('form-action'), "'self'");
});

test('the login page names the client, and ties what went wrong to its fields', async (t) => {
  const gateway = await startPeople(t);
  const visitor = createVisitor(gateway);
  const login = await visitor.open(authorizationUrl({ login_hint: 'al"ice' }));
  assert.equal(login.answer.status, 200);
  assert.match(login.answer.text, /to go on to <strong>Acme Bank<\/strong>/);
  assert.match(login.answer.text, /<label for="username">/);
  assert.match(login.answer.text, /<label for="password">/);
  assert.match(login.answer.text, /name="username" value="al&quot;ice" autocomplete="username"/);
  assert.match(login.answer.text, /autocomplete="current-password"/);
  assert.doesNotMatch(login.answer.text, /id="problem"/);

  const wrong = await visitor.submit(login, {
    username: 'alice',
    password: 'a<b>wrong',
    answer: 'login',
  });
  assert.equal(wrong.answer.status, 400);
  assert.match(wrong.answer.text, /<title>Error: Sign in<\/title>/);
  assert.match(wrong.answer.text, /id="problem" role="alert"><p>The user name or the password/);
  assert.equal(
    wrong.answer.text.match(/aria-invalid="true" aria-describedby="problem"/g)?.length,
    2,
  );
  assert.match(wrong.answer.text, /value="alice"/);
  assert.doesNotMatch(wrong.answer.text, /wrong"/, 'a password never comes back');
  const unknown = await visitor.submit(login, {
    username: 'nobody',
    password: 'wrong',
    answer: 'login',
  });
  const problem = /role="alert">.*<\/div>/;
  assert.equal(unknown.answer.status, 400);
  assert.deepEqual(problem.exec(unknown.answer.text)?.[0], problem.exec(wrong.answer.text)?.[0]);
  await gateway.logged((line) => line['reason'] === 'user_password_mismatch');
  assert.doesNotMatch(JSON.stringify(gateway.log()), /a<b>wrong|a%3Cb/);
});

test('whoever guesses is told to wait, and the right password does not help', async (t) => {
  const gateway = await startPeople(t);
  const visitor = createVisitor(gateway);
  const login = await visitor.open(authorizationUrl());
  const guess = (password: string) =>
    visitor.submit(login, { username: 'alice', password, answer: 'login' });
  for (let count = 0; count < 5; count += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is what is tested
    assert.equal((await guess('wrong')).answer.status, 400);
  }
  const blocked = await guess(USER.password);
  assert.equal(blocked.answer.status, 429);
  assert.match(blocked.answer.text, /too many wrong passwords. Wait a few minutes/);
  await gateway.logged((line) => line['reason'] === 'user_attempts_exceeded');
});

test('the consent page says in plain words what is asked for, and where it leads', async (t) => {
  const gateway = await startPeople(t);
  const visitor = createVisitor(gateway);
  const login = await visitor.open(
    authorizationUrl({ scope: 'openid profile offline_access accounts', prompt: 'consent' }),
  );
  const { answer } = await visitor.submit(login, { ...USER, answer: 'login' });
  assert.match(answer.text, /<h1>Allow Acme Bank\?<\/h1>/);
  assert.match(answer.text, /signed in as <strong>alice<\/strong>/);
  const requests = [...answer.text.matchAll(/<li>(.*?)<\/li>/g)].map(([, text]) => text);
  assert.deepEqual(requests, [
    'Know who you are',
    'See your user name',
    'Keep its access after you have signed out',
    'See your accounts',
  ]);
  assert.match(answer.text, /go back to <strong>app.test<\/strong>/);
});

test('what clients and users write is text on every page', async (t) => {
  const gateway = await startPeople(t, { clients: HOSTILE });
  const visitor = createVisitor(gateway);
  const start = authorizationUrl({
    client_id: 'hostile',
    redirect_uri: 'http://[::1]:8080/back',
    login_hint: HOSTILE_NAME,
  });
  const login = await visitor.open(start);
  const consent = await visitor.submit(login, { ...USER, answer: 'login' });
  const back = await visitor.submit(consent, { answer: 'allow' });
  assert.equal(back.url.host, '[::1]:8080');
  const logout = await visitor.open('/oauth2/logout?client_id=hostile');
  const error = await visitor.open(authorizationUrl({ client_id: HOSTILE_NAME }));
  for (const { answer } of [login, consent, logout, error]) {
    assert.doesNotMatch(answer.text, /<script/);
  }
  const shown = '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;';
  for (const { answer } of [login, consent, logout]) assert.ok(answer.text.includes(shown));
  // A policy can't name an address of IPv6.
  assert.equal(policyOf(login).get('form-action'), "'self' http:");
});

test('a form counts only when it comes from its own page', async (t) => {
  const gateway = await startPeople(t);
  const visitor = createVisitor(gateway);
  const login = await visitor.open(authorizationUrl());
  const foreign: readonly (readonly (readonly [string, string])[])[] = [
    [],
    [['origin', 'https://evil.test']],
    [['origin', 'null']],
    [['origin', `${ISSUER}0`]],
    [
      ['origin', ISSUER],
      ['sec-fetch-site', 'same-site'],
    ],
    [['sec-fetch-site', 'cross-site']],
    [['sec-fetch-site', 'none']],
  ];
  for (const headers of foreign) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that a failure names its own
    const { answer } = await visitor.submit(login, { ...USER, answer: 'login' }, { headers });
    assert.equal(answer.status, 403, JSON.stringify(headers));
  }
  const own = await visitor.submit(
    login,
    { ...USER, answer: 'login' },
    { headers: [['sec-fetch-site', 'same-origin']] },
  );
  assert.match(own.answer.text, /id="consent"/);
});

test('a form that is too long is refused, and an answer that is none leads to the page', async (t) => {
  const gateway = await startPeople(t);
  const visitor = createVisitor(gateway);
  const login = await visitor.open(authorizationUrl());
  const long = await visitor.submit(login, { ...USER, password: 'x'.repeat(20_000) });
  assert.equal(long.answer.status, 400);
  assert.match(long.answer.text, /<dd>the form can not be read<\/dd>/);
  const none = await visitor.submit(login, { ...USER, answer: 'perhaps' });
  assert.match(none.answer.text, /id="login"/);
});

test('an interaction belongs to the browser that began it', async (t) => {
  const gateway = await startPeople(t);
  const victim = createVisitor(gateway);
  const login = await victim.open(authorizationUrl());
  const other = createVisitor(gateway);
  const { answer } = await other.open(login.url);
  assert.equal(answer.status, 400);
  assert.match(answer.text, /<h1>This page has expired<\/h1>/);
  const sent = await other.submit(login, { ...USER, answer: 'login' });
  assert.equal(sent.answer.status, 400);

  for (const name of victim.cookies()) {
    assert.match(
      name,
      /^__(Host-certbound-session|Secure-certbound-(interaction|resume))(\.sig)?$/,
    );
  }
});

test('errors are pages for browsers and JSON for others, and other paths are not there', async (t) => {
  const gateway = await startPeople(t);
  const { port, ca } = gateway;
  const get = (path: string, accept: string, method = 'GET') =>
    httpsRequest({ port, ca, path, method, headers: [['accept', accept]] });
  const { pathname, search } = authorizationUrl({ client_id: 'nobody' });
  const page = await get(`${pathname}${search}`, 'text/html,*/*;q=0.8');
  assert.equal(page.status, 400);
  assert.match(page.text, /<dd>invalid_client<\/dd>/);
  assert.ok(page.text.includes(`<dd>${String(page.headers['x-request-id'])}</dd>`));
  const json = await get(`${pathname}${search}`, '*/*');
  assert.deepEqual([json.status, json.json()['error']], [400, 'invalid_client']);

  const expected: readonly (readonly [string, string, number])[] = [
    ['GET', '/interaction', 404],
    ['GET', '/interaction/a/b', 404],
    ['GET', '/interaction/no-such', 400],
    ['PUT', '/interaction/no-such', 405],
    ['GET', '/interaction/%6eo-such', 404],
    ['HEAD', '/oauth2/authorize', 405],
    ['GET', '/oauth2/authorize/', 400],
    ['GET', '/oauth2/authorize/no-such', 400],
    ['GET', '/oauth2/authorize/a/b', 404],
    ['GET', '/oauth2/logout/confirm', 405],
    ['GET', '/oauth2/logout/else', 404],
    ['DELETE', '/oauth2/userinfo', 405],
  ];
  for (const [method, path, status] of expected) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that a failure names its own
    assert.equal((await get(path, 'text/html', method)).status, status, `${method} ${path}`);
  }
});

test('response_mode=form_post sends the code in a form that leads nowhere else', async (t) => {
  const gateway: GatewayFixture = await startPeople(t);
  const visitor = createVisitor(gateway);
  const visit = await consentTo(visitor, authorizationUrl({ response_mode: 'form_post' }));
  assert.match(
    visit.answer.text,
    new RegExp(`<form method="post" id="onward" action="${REDIRECT_URI}">`),
  );
  assert.match(visit.answer.text, /name="code"/);
  assert.match(visit.answer.text, /name="iss" value="https:\/\/localhost:9443"/);
  const policy = policyOf(visit);
  const [, script = ''] = /<script>([\s\S]*?)<\/script>/.exec(visit.answer.text) ?? [];
  assert.equal(policy.get('script-src'), `'sha256-${hash('sha256', script, 'base64')}'`);
  assert.equal(policy.get('form-action'), "'self' https://app.test");
  const query = await consentTo(visitor, authorizationUrl({ response_mode: 'query' }));
  assert.ok(codeOf(query));
});
