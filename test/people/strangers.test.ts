/** What people who are not known may make the service keep and look at, and no more. */

import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { test } from 'node:test';

import { httpsRequest } from '../support/https-client.ts';
import type { GatewayFixture } from '../support/running-gateway.ts';
import { createVisitor } from './page-visitor.ts';
import type { Visit } from './page-visitor.ts';
import { authorizationUrl, codeOf, consentTo, startPeople } from './people-gateway.ts';

/** Those of one network; what nobody finishes takes 15 minutes to end. */
const MAX_UNFINISHED = 1_000;

/** Begins logins without cookies, over few connections; each must be sent on to its page. */
async function beginLogins({ port, ca }: GatewayFixture, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const { pathname, search } = authorizationUrl();
  const begun = Array.from({ length: count }, async () => {
    const answer = await httpsRequest({ port, ca, path: pathname + search, agent });
    assert.equal(answer.status, 303, answer.text);
  });
  await Promise.all(begun).finally(() => agent.destroy());
}

function headingOf({ answer }: Visit): string | undefined {
  return /<h1>(.*?)<\/h1>/.exec(answer.text)?.[1];
}

test('a network leaves so many logins unfinished and no more; who is logged in goes on', async (t) => {
  const gateway = await startPeople(t);
  const known = createVisitor(gateway);
  await consentTo(known, authorizationUrl());
  const waiting = createVisitor(gateway);
  const login = await waiting.open(authorizationUrl());
  await beginLogins(gateway, MAX_UNFINISHED - 1);

  for (const path of [authorizationUrl(), '/oauth2/logout', '/oauth2/device']) {
    // oxlint-disable-next-line no-await-in-loop -- one at a time, so that a failure names its own
    const refused = await createVisitor(gateway).open(path);
    assert.equal(refused.answer.status, 429, String(path));
    assert.equal(headingOf(refused), 'Wait a few minutes', String(path));
    assert.equal(refused.answer.headers.location, undefined, String(path));
  }
  await gateway.logged(({ reason }) => reason === 'logins_unfinished');
  assert.ok(codeOf(await known.open(authorizationUrl())));
  const more = await known.open(authorizationUrl({ scope: 'openid accounts' }));
  assert.match(more.answer.text, /id="consent"/);

  // One that is finished makes room for another.
  const cancelled = await waiting.submit(login, { answer: 'cancel' });
  assert.equal(cancelled.url.searchParams.get('error'), 'access_denied');
  const next = await createVisitor(gateway).open(authorizationUrl());
  assert.match(next.answer.text, /id="login"/);
  const last = await createVisitor(gateway).open(authorizationUrl());
  assert.equal(last.answer.status, 429);
});

test('whoever guesses codes of devices is made to wait, and no code is looked at then', async (t) => {
  const gateway = await startPeople(t);
  const visitor = createVisitor(gateway);
  let visit = await visitor.open('/oauth2/device');
  for (let count = 0; count < 20; count += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is what is tested
    visit = await visitor.submit(visit, { user_code: 'BBBB-BBBB' });
    assert.equal(visit.answer.status, 400);
    assert.match(visit.answer.text, /There is no such code/);
  }
  // The wait of a second doubles with each wrong code; those that come within it do not count.
  const waited = async (): Promise<Visit> => {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is what is tested
      const answered = await visitor.submit(visit, { user_code: 'BBBB-BBBB' });
      if (answered.answer.status === 429) return answered;
    }
  };
  const blocked = await waited();
  assert.equal(headingOf(blocked), 'Wait a few minutes');
  await gateway.logged(({ reason }) => reason === 'user_attempts_exceeded');
});
