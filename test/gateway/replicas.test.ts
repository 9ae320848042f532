/** Two replicas behind a balancer share tokens, and one goes without the other being hurt. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { withoutHaproxy } from '../support/haproxy.ts';
import { startMixedLoad } from '../support/mixed-load.ts';
import { clientAt, introspection, SHARINGS, tokenRequest } from '../support/replica-settings.ts';
import type { SharedReplicas } from '../support/replica-settings.ts';

// They mostly wait: for processes, for the balancer, for the end of a drain.
describe('replicas', { concurrency: 4 }, () => {
  for (const [sharing, { skip, start }] of Object.entries(SHARINGS)) {
    test(
      `F16: behind HAProxy replicas refresh and confirm each other's tokens, one that is drained loses nothing, one that is killed what it had in hand (${sharing})`,
      { skip: withoutHaproxy || skip },
      async (t) => {
        const shared = await start(t);
        await shareTokens(shared);
        const { replicas, requests } = shared;
        const load = startMixedLoad(replicas, { clients: 3, requests });
        await load.more(60);
        assert.equal(await replicas.one.stop(), 0);
        await load.more(30);
        await replicas.one.start();
        await load.more(60);
        assert.deepEqual(load.lost(), []);
        await replicas.two.kill();
        const goneAt = performance.now();
        await load.more(60);
        await load.stop();
        for (const { replica, connectedAt, message } of load.lost()) {
          assert.notEqual(replica, 'one', message);
          assert.ok(connectedAt < goneAt, message);
        }
        t.diagnostic(`${load.answered()} answered, ${load.lost().length} lost at the killed one`);
      },
    );
  }
});

/** Goes from one replica to the other and back with each token that it is given. */
async function shareTokens({ replicas, begin }: SharedReplicas): Promise<void> {
  const [one, two] = [await clientAt(replicas, 'one'), await clientAt(replicas, 'two')];
  let issued = await begin(one);
  for (const there of [two, one]) {
    assert.equal(issued.status, 200, issued.text);
    const { access_token: token, refresh_token: refresh } = issued.json();
    const told = await there.ask(introspection(String(token)));
    assert.deepEqual(told.json()['cnf'], { 'x5t#S256': replicas.client.thumbprint }, told.text);
    const form = { grant_type: 'refresh_token', refresh_token: String(refresh) };
    const last = issued.replica;
    issued = await there.ask(tokenRequest(form));
    assert.notEqual(issued.replica, last);
  }
  assert.equal(issued.status, 200, issued.text);
  one.leave();
  two.leave();
}
