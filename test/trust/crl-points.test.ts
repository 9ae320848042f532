import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { readCrls } from '../../src/certificate/revocation/crl-file.ts';
import type { Crl } from '../../src/certificate/revocation/crl.ts';
import { createCrlSet } from '../../src/certificate/revocation/crl-set.ts';
import { createFetcher } from '../../src/fetch/fetcher.ts';
import { fetchBytes } from '../../src/server/outbound.ts';
import { createCrlPoints } from '../../src/trust/crl-points.ts';
import type { CrlPointsOptions } from '../../src/trust/crl-points.ts';
import type { PresentedChain } from '../../src/trust/reading.ts';
import { createTrust } from '../../src/trust/trust.ts';
import type { TrustWorld } from '../../src/trust/trust-world.ts';
import { createAuthority, HOUR_MS, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { pointsAt } from '../support/revocation-addresses.ts';
import {
  crlNumber,
  issuingDistributionPoint,
  mintCrl,
  pointName,
  serialOf,
} from '../support/revocation-list.ts';
import { startRevocationServer } from './revocation-server.ts';
import { chainOf, policyOf, verdictText, worldOf } from './trust-fixture.ts';

const authority = await createAuthority({ name: 'Listing CA' });

interface SceneOptions extends Partial<CrlPointsOptions> {
  readonly anchors?: readonly Issued[];
  readonly mode?: 'off' | 'soft' | 'hard';
}

/** A server of lists, and a trust that may ask it. */
async function scene(t: TestContext, options: SceneOptions = {}) {
  const { anchors = [authority], mode = 'hard' } = options;
  const server = await startRevocationServer(t);
  server.reply = () => mintCrl(authority);
  const timeoutMs = 20_000;
  const fetcher = createFetcher({ maxBytes: 1e6, timeoutMs, allowPrivateAddresses: true });
  t.after(() => fetcher.close());
  const events = new EventEmitter();
  const failures: string[] = [];
  let held: ReadonlyMap<string, readonly Crl[]> = new Map();
  const points = createCrlPoints(
    { refreshMs: HOUR_MS, retryMs: HOUR_MS, waitMs: timeoutMs, ...options },
    {
      read: async (url) => readCrls(await fetchBytes(fetcher, { url, allowHttp: true })),
      authentic: async (lists, issuer) => createCrlSet(lists).of(issuer).authentic,
      now: Date.now,
      onChange: (lists) => {
        held = lists;
        const crls = createCrlSet([...lists.values()].flat());
        world = { ...world, generation: world.generation + 1, crls };
        events.emit('change');
      },
      onFailure: (_, detail) => {
        failures.push(detail);
        events.emit('failure');
      },
    },
  );
  t.after(() => points.close());
  const listeners = new Map([['public', policyOf(anchors, { revocation: mode })]]);
  let world: TrustWorld = worldOf([], { listeners, sources: [points] });
  const trust = createTrust({ world: () => world, now: Date.now });
  return {
    server,
    failures,
    trust,
    held: () => [...held.keys()],
    generation: () => world.generation,
    next: (event: 'change' | 'failure') => once(events, event),
    leaf: await authority.issue({ extensions: [pointsAt(server.url)] }),
    look: async (chain: PresentedChain): Promise<string> => {
      await trust.prepare(chain);
      return verdictText(trust, chain);
    },
  };
}

test('the list of a distribution point decides from the first look on', async (t) => {
  const { server, leaf, look, generation } = await scene(t);
  const revoked = await authority.issue({ extensions: [pointsAt(server.url)] });
  const entries = [{ serialNumber: serialOf(revoked.certificate) }];
  server.reply = () => mintCrl(authority, { entries });
  assert.equal(await look(chainOf(leaf)), 'trusted');
  assert.equal(await look(chainOf(revoked)), 'certificate_revoked');
  assert.equal(server.asked(), 1, 'one list for both');
  assert.equal(generation(), 2);
});

test('looks at the same time wait for one fetch', async (t) => {
  const { server, leaf, look } = await scene(t);
  const looks = [look(chainOf(leaf)), look(chainOf(leaf)), look(chainOf(leaf))];
  assert.deepEqual(await Promise.all(looks), ['trusted', 'trusted', 'trusted']);
  assert.equal(server.asked(), 1);
});

test('a list for the point alone speaks of its certificates', async (t) => {
  const { server, leaf, look } = await scene(t);
  const extensions = [crlNumber(1), issuingDistributionPoint(pointName(server.url))];
  server.reply = () => mintCrl(authority, { extensions });
  assert.equal(await look(chainOf(leaf)), 'trusted');
  assert.equal(await look(chainOf(await authority.issue())), 'crl_absent');
});

test('T29: a list that another CA signed is not taken, and changes nothing', async (t) => {
  const liar = await createAuthority({ name: 'Listing CA' });
  const other = await createAuthority({ name: 'Other CA' });
  for (const signer of [liar, other]) {
    const { server, leaf, look, generation, failures, held } = await scene(t);
    server.reply = () => mintCrl(signer);
    assert.equal(await look(chainOf(leaf)), 'crl_absent');
    assert.deepEqual([generation(), held()], [1, []]);
    assert.match(failures[0] ?? '', /no list there is signed by the CA/);
  }
});

test('T29: no distribution point is asked of a certificate that nobody vouches for', async (t) => {
  const { server, look } = await scene(t);
  const extensions = [pointsAt(server.url)];
  const stranger = await createAuthority({ name: 'Listing CA' });
  for (const sent of [
    [await selfSigned({ extensions })],
    [await stranger.issue({ extensions })],
    [await (await stranger.issue({ ca: true, extensions })).issue({ extensions }), stranger],
    [await authority.issue({ extensions, notAfter: Date.now() - 1_000 })],
  ]) {
    assert.notEqual(await look(chainOf(...sent)), 'trusted');
  }
  assert.equal(server.connections(), 0);
});

test('F15: a dead point of one CA touches only the clients of that CA', async (t) => {
  const other = await createAuthority({ name: 'Other CA' });
  const { server, leaf, look } = await scene(t, { anchors: [authority, other] });
  const lists = await startRevocationServer(t);
  lists.reply = () => mintCrl(other);
  server.reply = () => mintCrl(authority, { nextUpdate: Date.now() - 1_000 });
  const ofOther = await other.issue({ extensions: [pointsAt(lists.url)] });
  assert.equal(await look(chainOf(leaf)), 'crl_stale');
  assert.equal(await look(chainOf(ofOther)), 'trusted');
});

test('a point that fails is not asked again before the pause is over', async (t) => {
  const { server, leaf, look, trust } = await scene(t);
  server.reply = () => 503;
  assert.equal(await look(chainOf(leaf)), 'crl_absent');
  assert.equal(trust.prepare(chainOf(leaf)), undefined, 'nothing to wait for');
  assert.equal(await look(chainOf(leaf)), 'crl_absent');
  assert.equal(server.asked(), 1);
});

test('a silent point takes the time limit once; its list counts when it comes', async (t) => {
  const { server, leaf, look, next } = await scene(t, { waitMs: 50 });
  const held = Promise.withResolvers<void>();
  server.reply = async () => {
    await held.promise;
    return mintCrl(authority);
  };
  const chain = chainOf(leaf);
  assert.equal(await look(chain), 'crl_absent');
  assert.equal(await look(chain), 'crl_absent');
  const change = next('change');
  held.resolve();
  await change;
  assert.equal(await look(chain), 'trusted');
  assert.equal(server.asked(), 1);
});

test('a point in use is asked again, and its new list counts at the next look', async (t) => {
  const { server, leaf, look, next, held } = await scene(t, { refreshMs: 20, retryMs: 20 });
  const chain = chainOf(leaf);
  const first = mintCrl(authority, { number: 1 });
  server.reply = () => first;
  assert.equal(await look(chain), 'trusted');
  const change = next('change');
  const entries = [{ serialNumber: serialOf(leaf.certificate) }];
  const newer = mintCrl(authority, { entries, number: 2, thisUpdate: Date.now() - 1_000 });
  server.reply = () => newer;
  await change;
  assert.equal(held().length, 1);
  assert.equal(await look(chain), 'certificate_revoked');
});

test('a point that nobody needs any more is forgotten', async (t) => {
  const { server, leaf, look, next, held } = await scene(t, { refreshMs: 20, retryMs: 20 });
  const list = mintCrl(authority);
  server.reply = () => list;
  assert.equal(await look(chainOf(leaf)), 'trusted');
  assert.equal(held().length, 1);
  await next('change');
  assert.deepEqual(held(), []);
  // Asked at once when somebody comes back.
  assert.equal(await look(chainOf(leaf)), 'trusted');
});

test('a refresh that fails, lies or repeats an older list leaves the list in force', async (t) => {
  const liar = await createAuthority({ name: 'Listing CA' });
  const { server, leaf, look, next, generation } = await scene(t, { refreshMs: 20, retryMs: 20 });
  const current = mintCrl(authority);
  const older = mintCrl(authority, { thisUpdate: Date.now() - 3 * HOUR_MS });
  server.reply = () => current;
  const chain = chainOf(leaf);
  assert.equal(await look(chain), 'trusted');
  for (const reply of [503, mintCrl(liar)]) {
    const failure = next('failure');
    server.reply = () => reply;
    await look(chain);
    await failure;
    assert.equal(await look(chain), 'trusted');
  }
  const before = generation();
  const asked = Promise.withResolvers<void>();
  let rounds = 0;
  server.reply = () => {
    rounds += 1;
    // The second question says that the first answer has been dealt with.
    if (rounds === 2) asked.resolve();
    void look(chain);
    return older;
  };
  await look(chain);
  await asked.promise;
  assert.equal(generation(), before, 'no list, no new generation');
});

test('points, and the octets of their lists, are held up to a bound', async (t) => {
  const { server, leaf, look, failures } = await scene(t, { maxPoints: 1 });
  assert.equal(await look(chainOf(leaf)), 'trusted');
  const further = await authority.issue({ extensions: [pointsAt(`${server.url}2`)] });
  // The list at hand speaks for all certificates of the CA.
  assert.equal(await look(chainOf(further)), 'trusted');
  assert.equal(server.asked(), 1);
  assert.deepEqual(failures, ['as many distribution points are held as may be, 1 in all']);
  const small = await scene(t, { maxOctets: 100 });
  assert.equal(await small.look(chainOf(small.leaf)), 'crl_absent');
  assert.match(small.failures[0] ?? '', /more than 100 octets/);
});

test('the points of one CA leave room for those of another', async (t) => {
  const other = await createAuthority({ name: 'Other CA' });
  const { server, leaf, look } = await scene(t, {
    anchors: [authority, other],
    maxPointsOfOne: 1,
  });
  assert.equal(await look(chainOf(leaf)), 'trusted');
  await look(chainOf(await authority.issue({ extensions: [pointsAt(`${server.url}2`)] })));
  assert.equal(server.asked(), 1);
  server.reply = () => mintCrl(other);
  const ofOther = await other.issue({ extensions: [pointsAt(server.url)] });
  assert.equal(await look(chainOf(ofOther)), 'trusted');
});

test('only so many points are asked at once; the others wait for their turn', async (t) => {
  const { server, look } = await scene(t, { maxUnderWay: 2 });
  const open: (() => void)[] = [];
  const arrived = new EventEmitter();
  server.reply = async () => {
    const held = Promise.withResolvers<void>();
    open.push(held.resolve);
    arrived.emit('question');
    await held.promise;
    return mintCrl(authority);
  };
  const urls = ['1', '2', '3', '4'].map((name) => `${server.url}${name}`);
  const second = once(arrived, 'question').then(() => once(arrived, 'question'));
  const looking = look(chainOf(await authority.issue({ extensions: [pointsAt(...urls)] })));
  await second;
  assert.equal(server.asked(), 2);
  server.reply = () => mintCrl(authority);
  for (const answer of open) answer();
  assert.equal(await looking, 'trusted');
  assert.equal(server.asked(), 4);
});

test('of a certificate with many points only a few are asked', async (t) => {
  const { server, look } = await scene(t);
  const urls = Array.from({ length: 9 }, (_, index) => `${server.url}${index}`);
  const leaf = await authority.issue({ extensions: [pointsAt('ldap://127.0.0.1/', ...urls)] });
  assert.equal(await look(chainOf(leaf)), 'trusted');
  assert.equal(server.asked(), 4);
});
