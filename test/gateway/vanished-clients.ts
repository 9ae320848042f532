/** Clients of a gateway that go without a word. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { runInNetwork } from '../support/network-world.ts';

const PROGRAM = join(import.meta.dirname, 'vanished-clients-child.ts');
const GRACE_SECONDS = 30;

/** Demands that the gateway ends the connections by itself, soon after they have been idle so long. */
export async function vanish(t: TestContext, count: number, idleSeconds: number): Promise<void> {
  const told = await runInNetwork(t, PROGRAM, [String(count), String(idleSeconds)]);
  const {
    before = 0,
    heldSeconds = Infinity,
    filesReclaimed = 0,
    dropped = 0,
  } = told as Record<string, number>;
  t.diagnostic(
    `SUMMARY ${before} vanished clients: held for ${heldSeconds.toFixed(1)} s with an idle timeout of ${idleSeconds} s, ${filesReclaimed} files reclaimed, ${dropped} packets dropped`,
  );
  assert.ok(before > 0);
  assert.ok(dropped >= before, `${dropped} packets dropped`);
  assert.ok(heldSeconds < idleSeconds + GRACE_SECONDS, `${heldSeconds} s`);
  // Of a few the idle timeout came while files were counted.
  assert.ok(filesReclaimed >= before / 2, `${filesReclaimed} files of ${before}`);
}
