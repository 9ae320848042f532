/** One parser, as many mutants as asked for, and what must be true of them all. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { withoutOpenssl } from '../support/workshop.ts';
import { fuzz } from './fuzz.ts';
import { ORIGINALS } from './originals.ts';
import type { ParserName } from './parsers.ts';

const MEGABYTE = 1_048_576;
const MAX_GROWTH = 12 * MEGABYTE;

/** Fails for an error that is no refusal, a hang, or memory that grows. */
export function testParser(parser: ParserName, inputs: number, seed: number): void {
  const skip = parser === 'PKCS#12' && withoutOpenssl;
  test(`${inputs} mutants are read or refused by the parser of ${parser}`, { skip }, async (t) => {
    const originals = ORIGINALS[parser]();
    const outcome = await fuzz({ parser, seed, inputs, originals });
    const { accepted, refused, failure, memory, seconds, slowestMs } = outcome;
    const megabytes = memory.map((octets) => (octets / MEGABYTE).toFixed(1)).join(', ');
    t.diagnostic(
      `${parser}: ${inputs} inputs in ${seconds.toFixed(1)} s, slowest ${slowestMs.toFixed(1)} ms, ` +
        `${accepted} read, ${JSON.stringify(refused)}, memory ${megabytes} MB`,
    );
    assert.equal(failure, undefined);
    assert.ok(accepted > 0, 'none was read: the damage never gets past the first check');
    assert.ok(accepted < inputs * 0.9, 'nearly all were read: the damage does nothing');
    // What the first part loads and compiles stays.
    const [first = 0, ...later] = memory;
    assert.ok(Math.max(...later) - first < MAX_GROWTH, `memory grew: ${megabytes} MB`);
  });
}
