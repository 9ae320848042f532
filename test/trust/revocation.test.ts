import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readCrls } from '../../src/certificate/revocation/crl-file.ts';
import { createCrlSet } from '../../src/certificate/revocation/crl-set.ts';
import type { CrlSet } from '../../src/certificate/revocation/crl-set.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { openCrlSource } from '../../src/trust/crl-source.ts';
import type { CrlSourceDeps } from '../../src/trust/crl-source.ts';
import { createTrust } from '../../src/trust/trust.ts';
import type { UnknownRevocation } from '../../src/trust/trust.ts';
import { createAuthority, HOUR_MS } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { mintCrl } from '../support/revocation-list.ts';
import type { ListOptions } from '../support/revocation-list.ts';
import { chainOf, policyOf, verdictText, worldOf } from './trust-fixture.ts';

const NOW = Date.now();

function setOf(...lists: readonly Uint8Array[]): CrlSet {
  return createCrlSet(lists.flatMap((list) => readCrls(list)));
}

function revoking(issuer: Issued, revoked: Issued, options: ListOptions = {}): Uint8Array {
  const { serialNumber } = parseCertificate(revoked.certificate);
  return mintCrl(issuer, { entries: [{ serialNumber }], ...options });
}

function trustWith(authorities: readonly Issued[], mode: 'off' | 'soft' | 'hard', crls: CrlSet) {
  const listeners = new Map([['public', policyOf(authorities, { revocation: mode })]]);
  const world = worldOf([], { listeners, crls });
  const unknown: UnknownRevocation[] = [];
  const trust = createTrust({
    world: () => world,
    now: () => NOW,
    onUnknown: (facts) => unknown.push(facts),
  });
  return { trust, unknown };
}

test('a revoked certificate is refused under soft and hard, and not asked about under off', async () => {
  const authority = await createAuthority();
  const leaf = await authority.issue();
  const crls = setOf(revoking(authority, leaf));
  const verdicts = (['off', 'soft', 'hard'] as const).map((mode) =>
    verdictText(trustWith([authority], mode, crls).trust, chainOf(leaf)),
  );
  assert.deepEqual(verdicts, ['trusted', 'certificate_revoked', 'certificate_revoked']);
});

test('without a current list soft accepts and says so, hard refuses with the reason', async () => {
  const authority = await createAuthority();
  const leaf = await authority.issue();
  const stale = setOf(mintCrl(authority, { nextUpdate: NOW - 1_000 }));
  for (const [crls, reason] of [
    [setOf(), 'crl_absent'],
    [stale, 'crl_stale'],
  ] as const) {
    const soft = trustWith([authority], 'soft', crls);
    assert.equal(verdictText(soft.trust, chainOf(leaf)), 'trusted');
    assert.equal(verdictText(soft.trust, chainOf(leaf)), 'trusted');
    const told = soft.unknown.map((facts) => [facts.thumbprint, facts.reason]);
    assert.deepEqual(told, [[leaf.thumbprint, reason]], 'told once');
    const hard = trustWith([authority], 'hard', crls);
    assert.equal(verdictText(hard.trust, chainOf(leaf)), reason);
  }
});

test('F15: a stale list of one CA touches only the clients of that CA', async () => {
  const first = await createAuthority({ name: 'first' });
  const second = await createAuthority({ name: 'second' });
  const crls = setOf(mintCrl(first, { nextUpdate: NOW - 1_000 }), mintCrl(second));
  const { trust } = trustWith([first, second], 'hard', crls);
  assert.equal(verdictText(trust, chainOf(await first.issue())), 'crl_stale');
  assert.equal(verdictText(trust, chainOf(await second.issue())), 'trusted');
});

test('T29: a list that another CA signed says nothing', async () => {
  const authority = await createAuthority();
  const lookalike = await createAuthority();
  const leaf = await authority.issue();
  const crls = setOf(mintCrl(authority), revoking(lookalike, leaf));
  const { trust } = trustWith([authority], 'hard', crls);
  assert.equal(verdictText(trust, chainOf(leaf)), 'trusted');
});

test('a client may be asked about more strictly than its listener demands', async () => {
  const authority = await createAuthority();
  const world = worldOf([authority], { clients: new Map([['a', { revocation: 'hard' }]]) });
  const trust = createTrust({ world: () => world, now: () => NOW });
  const chain = chainOf(await authority.issue());
  assert.equal(verdictText(trust, chain), 'trusted');
  const verdict = trust.verdictFor('a', chain);
  assert.deepEqual(verdict?.kind === 'untrusted' && verdict.reason, 'crl_absent');
});

async function openSource(t: { after: (end: () => void) => void }, deps: Partial<CrlSourceDeps>) {
  const authority = await createAuthority();
  const list = mintCrl(authority);
  const rounds: number[] = [];
  const failures: string[] = [];
  const source = await openCrlSource(
    { files: new Map([['a.crl', readCrls(list)]]), urls: ['http://crl.test/'], refreshMs: HOUR_MS },
    {
      read: () => Promise.resolve(readCrls(list)),
      fetch: () => Promise.resolve(readCrls(list)),
      onFailure: (place) => failures.push(place),
      onChange: (places) => rounds.push([...places.values()].flat().length),
      ...deps,
    },
  );
  t.after(() => source.close());
  return { source, rounds, failures };
}

test('files and addresses are read again at each refresh', async (t) => {
  const { source, rounds, failures } = await openSource(t, {});
  await source.refresh();
  assert.deepEqual(rounds, [2, 2]);
  assert.deepEqual(failures, []);
});

test('a place that fails keeps what it had, and is told', async (t) => {
  let isDown = false;
  const down = (): Promise<never> => Promise.reject(new Error('half a file'));
  const authority = await createAuthority();
  const list = mintCrl(authority);
  const { source, rounds, failures } = await openSource(t, {
    read: () => (isDown ? down() : Promise.resolve(readCrls(list))),
    fetch: () => (isDown ? down() : Promise.resolve(readCrls(list))),
  });
  isDown = true;
  await source.refresh();
  assert.deepEqual(rounds, [2, 2]);
  assert.deepEqual(failures.toSorted(), ['a.crl', 'http://crl.test/']);
});

test('an address that is silent at the start stops nothing', async (t) => {
  const { rounds, failures } = await openSource(t, {
    fetch: () => Promise.reject(new Error('no route')),
  });
  assert.deepEqual(rounds, [1]);
  assert.deepEqual(failures, ['http://crl.test/']);
});
