/** Requests that a form of another site sends: they are sent on by GET, and then have the cookies. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { httpsRequest } from '../support/https-client.ts';
import { createVisitor } from './page-visitor.ts';
import { authorizationUrl, codeOf, consentTo, DONE_URI, startPeople } from './people-gateway.ts';

const FORM = 'application/x-www-form-urlencoded';

test('requests to log in and to log out come by POST as well, from wherever', async (t) => {
  const gateway = await startPeople(t);
  const { port, ca } = gateway;
  const post = (path: string, body: string, type = FORM) =>
    httpsRequest({
      port,
      ca,
      path,
      method: 'POST',
      headers: [
        ['content-type', type],
        ['origin', 'https://app.test'],
        ['sec-fetch-site', 'cross-site'],
        ['accept', 'text/html'],
      ],
      body,
    });
  const visitor = createVisitor(gateway);
  await consentTo(visitor, authorizationUrl());

  const { search } = authorizationUrl({ state: 'a b&c=\u{1F511}' });
  const sentOn = await post('/oauth2/authorize?client_id=ignored', search.slice(1));
  assert.equal(sentOn.status, 303);
  assert.deepEqual(sentOn.headers['set-cookie'], undefined);
  const back = await visitor.open(String(sentOn.headers.location));
  assert.ok(codeOf(back), 'the session of the browser counts');
  assert.equal(back.url.searchParams.get('state'), 'a b&c=\u{1F511}');

  const twice = await post('/oauth2/authorize', `${search.slice(1)}&scope=openid`);
  const refused = await visitor.open(String(twice.headers.location));
  assert.equal(
    refused.url.searchParams.get('error'),
    'invalid_request',
    'nothing is lost on the way',
  );

  const leaving = new URLSearchParams({ client_id: 'app', post_logout_redirect_uri: DONE_URI });
  const logout = await post('/oauth2/logout', leaving.toString());
  assert.equal(logout.status, 303);
  const asked = await visitor.open(String(logout.headers.location));
  assert.match(asked.answer.text, /<h1>Sign out\?<\/h1>/);

  for (const [path, body, type] of [
    ['/oauth2/logout', 'client_id=app', 'text/plain'],
    ['/oauth2/logout', `state=${'x'.repeat(6_000)}`, FORM],
    ['/oauth2/authorize', `${search.slice(1)}&x=${'x'.repeat(6_000)}`, FORM],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that a failure names its own
    const answer = await post(path, body, type);
    assert.equal(answer.status, 400, path);
    assert.match(answer.text, /<h1>We can’t go on<\/h1>/);
    assert.equal(answer.headers.location, undefined);
  }
});
