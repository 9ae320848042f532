/** What is believed of a certificate that a resumed session brings back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCrlSet } from '../../src/certificate/revocation/crl-set.ts';
import { parseCrl } from '../../src/certificate/revocation/crl.ts';
import type { ConnectionFacts } from '../../src/http/exchange.ts';
import { createTrust } from '../../src/trust/trust.ts';
import type { TrustWorld } from '../../src/trust/trust-world.ts';
import { createAuthority, HOUR_MS } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { mintCrl } from '../support/revocation-list.ts';
import { policyOf, verdictText, worldOf } from '../trust/trust-fixture.ts';
import { startListener } from './running-listener.ts';
import type { RunningListener } from './running-listener.ts';
import { sessionsOn, VERSIONS, visit } from './sessions.ts';

async function clientOf(
  authority: Issued,
): Promise<{ readonly chain: readonly [Issued, Issued]; readonly serialNumber: string }> {
  const serialNumber = '4a11ce';
  const intermediate = await authority.issue({ subject: 'CN=Intermediate', ca: true });
  const leaf = await intermediate.issue({ eku: ['clientAuth'], serialNumber });
  return { chain: [leaf, intermediate], serialNumber };
}

/** The facts of the connection that ended last. */
function latest({ secured }: RunningListener): ConnectionFacts {
  const facts = secured.at(-1);
  assert.ok(facts);
  return facts;
}

for (const version of VERSIONS) {
  test(`T08: ${version}: a certificate that has expired since is expired on a resumed connection`, async (t) => {
    const running = await startListener(t, { name: 'public', sessions: sessionsOn() });
    const authority = await createAuthority();
    const { chain } = await clientOf(authority);
    let now = Date.now();
    const world = worldOf([authority]);
    const trust = createTrust({ world: () => world, now: () => now });
    const { session } = await visit(t, running, { version, chain });
    await running.handshakesEnded(1);
    assert.equal(verdictText(trust, latest(running)), 'trusted');

    assert.equal((await visit(t, running, { version, chain, session })).isResumed, true);
    await running.handshakesEnded(2);
    assert.equal(latest(running).isResumed, true);
    assert.equal(verdictText(trust, latest(running)), 'trusted');
    now += 48 * HOUR_MS;
    assert.equal(verdictText(trust, latest(running)), 'certificate_expired');

    await visit(t, running, { version, session });
    await running.handshakesEnded(3);
    assert.equal(verdictText(trust, latest(running)), 'certificate_expired');
  });

  test(`T09: ${version}: a CA that is trusted no more vouches for nobody on a resumed connection`, async (t) => {
    const secret = Buffer.alloc(48, 7);
    const sessions = sessionsOn(secret);
    const nodes = [
      await startListener(t, { name: 'public', sessions }),
      await startListener(t, { name: 'public', sessions }),
    ] as const;
    const authority = await createAuthority();
    const { chain } = await clientOf(authority);
    let world: TrustWorld = worldOf([authority]);
    const trust = createTrust({ world: () => world, now: Date.now });
    const ca = nodes.map((node) => node.ca).join('');
    // Each gateway sees the chain once.
    const { session } = await visit(t, { ...nodes[0], ca }, { version, chain });
    await visit(t, { ...nodes[1], ca }, { version, chain });
    await nodes[0].handshakesEnded(1);
    assert.equal(verdictText(trust, latest(nodes[0])), 'trusted');
    world = { ...worldOf([await createAuthority({ name: 'Next CA' })]), generation: 2 };
    for (const node of nodes) {
      const again = await visit(t, { ...node, ca }, { version, chain, session });
      assert.equal(again.isResumed, true);
      await node.handshakesEnded(2);
      assert.equal(latest(node).isResumed, true);
      assert.equal(verdictText(trust, latest(node)), 'certificate_issuer_unknown');
    }
  });

  test(`T10: ${version}: a certificate revoked since is revoked on a resumed connection`, async (t) => {
    const running = await startListener(t, { name: 'public', sessions: sessionsOn() });
    const authority = await createAuthority();
    const { chain, serialNumber } = await clientOf(authority);
    const policy = policyOf([authority], { revocation: 'soft' });
    let world = worldOf([authority], { listeners: new Map([['public', policy]]) });
    const trust = createTrust({ world: () => world, now: Date.now });
    const { session } = await visit(t, running, { version, chain });
    await running.handshakesEnded(1);
    assert.equal(verdictText(trust, latest(running)), 'trusted');
    const [, intermediate] = chain;
    const crl = parseCrl(mintCrl(intermediate, { entries: [{ serialNumber }] }));
    world = { ...world, generation: 2, crls: createCrlSet([crl]) };
    assert.equal((await visit(t, running, { version, chain, session })).isResumed, true);
    await running.handshakesEnded(2);
    assert.equal(verdictText(trust, latest(running)), 'certificate_revoked');
  });
}
