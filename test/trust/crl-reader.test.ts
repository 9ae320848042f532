import assert from 'node:assert/strict';
import { once } from 'node:events';
import process from 'node:process';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';

import { findEntry } from '../../src/certificate/revocation/crl.ts';
import { createCrlSet } from '../../src/certificate/revocation/crl-set.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { anchorOf } from '../../src/certificate/path/path-anchor.ts';
import { createCrlReader } from '../../src/trust/crl-reader.ts';
import type { CrlReaderOptions } from '../../src/trust/crl-reader.ts';
import { createAuthority } from '../support/pki.ts';
import { mintCrl, writeCrlPem } from '../support/revocation-list.ts';

const authority = await createAuthority();
const serialNumbers = Array.from({ length: 5_000 }, (_, index) => (0x100000 + index).toString(16));
const large = mintCrl(authority, {
  entries: serialNumbers.map((serialNumber) => ({ serialNumber, reason: 1 })),
});

function openReader(t: TestContext, options: CrlReaderOptions = {}) {
  const reader = createCrlReader(options);
  t.after(() => reader.close());
  return reader;
}

test('a list read in a thread is the same as one read here', async (t) => {
  const threaded = openReader(t, { maxInlineOctets: 0 });
  const inline = openReader(t, { maxInlineOctets: Infinity });
  for (const bytes of [large, mintCrl(authority), Buffer.from(writeCrlPem(large).repeat(2))]) {
    const lists = await threaded.read(bytes);
    const expected = await inline.read(bytes);
    assert.equal(lists.length, expected.length);
    for (const [index, list] of lists.entries()) {
      assert.deepEqual(list.entries.index, expected[index]?.entries.index);
      assert.equal(list.nextUpdate, expected[index]?.nextUpdate);
    }
    const issuer = anchorOf(parseCertificate(authority.certificate));
    assert.equal(createCrlSet(lists).of(issuer).authentic.length, lists.length);
  }
  const [list] = await threaded.read(large);
  assert.ok(list);
  assert.equal(findEntry(list.entries, '100007')?.reason, 'keyCompromise');
  assert.equal(findEntry(list.entries, '200000'), undefined);
});

test('what is no list is refused for the same reason in a thread', async (t) => {
  const reader = openReader(t, { maxInlineOctets: 0 });
  await assert.rejects(reader.read(large.subarray(0, 60_000)), { reason: 'crl_malformed' });
  await assert.rejects(reader.read(Buffer.from('no list')), { reason: 'crl_malformed' });
  assert.equal((await reader.read(large)).length, 1, 'the thread goes on');
});

test('a thread that was idle ends, and is started again', async (t) => {
  const reader = openReader(t, { maxInlineOctets: 0, idleMs: 1 });
  for (let round = 0; round < 2; round += 1) {
    const started = once(process, 'worker') as Promise<[Worker]>;
    assert.equal((await reader.read(large)).length, 1);
    const [thread] = await started;
    await once(thread, 'exit');
  }
});

test('a thread that takes too long is given up, and the next one serves', async (t) => {
  const reader = openReader(t, { maxInlineOctets: large.length, timeoutMs: 1 });
  const longer = Buffer.from(writeCrlPem(large).repeat(20));
  await assert.rejects(reader.read(longer), /not read within 1 ms/);
  assert.equal((await reader.read(large)).length, 1);
});

test('reads that wait for the thread are bounded, and end when the reader closes', async (t) => {
  const reader = openReader(t, { maxInlineOctets: 0, maxPending: 1 });
  const waiting = assert.rejects(reader.read(large), /the reader was closed/);
  await assert.rejects(reader.read(large), /too many lists wait/);
  await reader.close();
  await waiting;
  await assert.rejects(reader.read(large), /is closed/);
});
