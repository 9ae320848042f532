/** The verdict on a chain: worked out, and found again by the next connection. */

import { createTrust } from '../../../src/trust/trust.ts';
import { createAuthority } from '../../support/pki.ts';
import { chainOf, verdictText, worldOf } from '../../trust/trust-fixture.ts';
import type { Kit, Work } from '../bench.ts';
import { median, spreadOf } from '../statistics.ts';

const CHAINS = 400;

export const verdict: Work = {
  name: 'verdict',
  async measure({ rounds, scale }: Kit) {
    const root = await createAuthority();
    const intermediate = await root.issue({ subject: 'CN=Intermediate', ca: true });
    const leaves = await Promise.all(
      Array.from({ length: Math.ceil(CHAINS * scale) }, () =>
        intermediate.issue({ eku: ['clientAuth'] }),
      ),
    );
    const world = worldOf([root]);
    const firsts: number[] = [];
    const seconds: number[] = [];
    // One more than is counted: code is compiled in it.
    for (let round = -1; round < rounds; round += 1) {
      const trust = createTrust({ world: () => world, now: Date.now });
      const look = (): number => {
        const connections = leaves.map((leaf) => chainOf(leaf, intermediate));
        const startedAt = performance.now();
        const texts = connections.map((chain) => verdictText(trust, chain));
        const micros = ((performance.now() - startedAt) * 1_000) / connections.length;
        if (texts.some((text) => text !== 'trusted')) throw new Error('a chain is not trusted');
        return micros;
      };
      const [first, second] = [look(), look()];
      if (round < 0) continue;
      firsts.push(first);
      seconds.push(second);
    }
    const costs = [
      { name: 'second look', value: median(seconds), spread: spreadOf(seconds) },
      { name: 'first look', value: median(firsts), spread: spreadOf(firsts) },
    ];
    return [{ work: 'verdict on a chain of two', peer: 'first look', unit: 'us elapsed', costs }];
  },
};
