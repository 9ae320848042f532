import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { parseCrl } from '../../src/certificate/revocation/crl.ts';
import { createCrlSet } from '../../src/certificate/revocation/crl-set.ts';
import { mintOcspAnswer, ocspRefusal } from '../support/ocsp-answer.ts';
import type { AnswerOptions, SingleAnswer } from '../support/ocsp-answer.ts';
import { createAuthority, HOUR_MS, selfSigned } from '../support/pki.ts';
import type { Issued } from '../support/pki.ts';
import { respondersAt } from '../support/revocation-addresses.ts';
import { mintCrl, serialOf } from '../support/revocation-list.ts';
import { askingTrust, RETRY_MS } from './asking-trust.ts';
import type { AskingOptions } from './asking-trust.ts';
import { startRevocationServer } from './revocation-server.ts';
import { chainOf, policyOf, verdictText } from './trust-fixture.ts';

const authority = await createAuthority({ name: 'Answering CA' });

/** A client of the CA with a responder of its own, and a trust that may ask it. */
async function scene(t: TestContext, options: Partial<AskingOptions> = {}) {
  const server = await startRevocationServer(t);
  const leaf = await authority.issue({ extensions: [respondersAt(server.url)] });
  const asking = askingTrust(t, { anchors: [authority], mode: 'hard', ...options });
  const answer = (single: Partial<SingleAnswer>, more: Partial<AnswerOptions> = {}): Uint8Array =>
    mintOcspAnswer({
      answers: [{ subject: leaf, issuer: authority, ...single }],
      signer: authority,
      ...more,
    });
  server.reply = () => answer({});
  return { server, leaf, answer, ...asking };
}

test('the responder decides under hard, where no list tells', async (t) => {
  const { server, leaf, answer, look, clock } = await scene(t);
  const chain = chainOf(leaf);
  assert.equal(await look(chain), 'trusted');
  assert.equal(await look(chainOf(leaf)), 'trusted');
  assert.equal(server.asked(), 1, 'an answer is asked for once');
  server.reply = () => answer({ status: 'revoked', reason: 1 });
  assert.equal(await look(chain), 'trusted');
  clock.now += HOUR_MS;
  assert.equal(await look(chain), 'certificate_revoked', 'asked anew at each refresh');
  assert.equal(server.asked(), 2);
});

test('a verdict at hand is prepared without a promise', async (t) => {
  const { leaf, trust, look } = await scene(t);
  const chain = chainOf(leaf);
  assert.ok(trust.prepare(chain) instanceof Promise);
  assert.equal(await look(chain), 'trusted');
  assert.equal(trust.prepare(chain), undefined);
});

test('a verdict without the answer is not kept, and under hard it is a refusal', async (t) => {
  const { leaf, trust, look } = await scene(t);
  const chain = chainOf(leaf);
  assert.equal(verdictText(trust, chain), 'ocsp_unavailable');
  assert.equal(await look(chain), 'trusted');
});

test('an answer counts no longer than its next update', async (t) => {
  const { server, leaf, answer, look, clock } = await scene(t);
  server.reply = () => answer({ nextUpdate: clock.now + 10_000 });
  assert.equal(await look(chainOf(leaf)), 'trusted');
  server.reply = () => 500;
  // A minute is the skew that clocks are allowed.
  clock.now += 10_000 + 60_000 + 1_000;
  assert.equal(await look(chainOf(leaf)), 'ocsp_unavailable');
});

const USELESS: Readonly<Record<string, (facts: Awaited<ReturnType<typeof scene>>) => unknown>> = {
  ocsp_malformed: () => Buffer.from('<html>'),
  ocsp_unavailable: () => ocspRefusal(6),
  'ocsp_unavailable by status': () => 503,
  ocsp_unknown: ({ answer }) => answer({ status: 'unknown' }),
  'ocsp_mismatch by serial number': ({ answer }) => answer({ id: { serialNumber: '0f0f' } }),
  'ocsp_mismatch by nonce': ({ answer }) => answer({}, { nonce: Buffer.alloc(34, 4) }),
  'ocsp_stale replay': ({ answer }) =>
    answer({ thisUpdate: Date.now() - 48 * HOUR_MS, nextUpdate: Date.now() - 24 * HOUR_MS }),
};

for (const [name, replyOf] of Object.entries(USELESS)) {
  test(`T29: an answer of no use (${name}) is let pass under soft, refused under hard`, async (t) => {
    const [reason = ''] = name.split(' ');
    for (const mode of ['soft', 'hard'] as const) {
      const facts = await scene(t, { mode });
      facts.server.reply = () => replyOf(facts) as Uint8Array;
      const expected = mode === 'soft' ? 'trusted' : reason;
      assert.equal(await facts.look(chainOf(facts.leaf)), expected);
      assert.equal(await facts.look(chainOf(facts.leaf)), expected);
      assert.equal(facts.server.asked(), 1, 'not asked again before the pause is over');
      const told = facts.unknown.map((one) => one.reason);
      assert.deepEqual(told, mode === 'soft' ? [reason] : []);
      facts.server.reply = () => facts.answer({});
      facts.clock.now += RETRY_MS;
      assert.equal(await facts.look(chainOf(facts.leaf)), 'trusted', 'recovers by itself');
    }
  });
}

test('T29: an answer that somebody else signed says nothing', async (t) => {
  const { server, leaf, answer, look } = await scene(t);
  const liar = await createAuthority({ name: 'Answering CA' });
  server.reply = () => answer({}, { signer: liar });
  assert.equal(await look(chainOf(leaf)), 'ocsp_signature_invalid');
});

test('a silent responder takes the time limit once, then its pause', async (t) => {
  const { server, leaf, look } = await scene(t, { timeoutMs: 100 });
  server.reply = () => undefined;
  assert.equal(await look(chainOf(leaf)), 'ocsp_unavailable');
  assert.equal(await look(chainOf(leaf)), 'ocsp_unavailable');
  assert.equal(server.asked(), 1);
});

test('a responder that falls silent undoes no answer', async (t) => {
  const { server, leaf, answer, look, clock } = await scene(t);
  assert.equal(await look(chainOf(leaf)), 'trusted');
  server.reply = () => 500;
  clock.now += HOUR_MS;
  assert.equal(await look(chainOf(leaf)), 'trusted', 'the old one still counts');
  assert.equal(server.asked(), 2);
  server.reply = () => answer({ status: 'revoked' });
  clock.now += RETRY_MS;
  assert.equal(await look(chainOf(leaf)), 'certificate_revoked');
  server.reply = () => 500;
  clock.now += 240 * HOUR_MS;
  const late = await authority.issue({
    extensions: [respondersAt(server.url)],
    notAfter: clock.now + HOUR_MS,
  });
  assert.notEqual(await look(chainOf(late)), 'trusted');
});

test('a certificate that was on hold is believed again when the responder says so', async (t) => {
  const { server, leaf, answer, look, clock } = await scene(t);
  server.reply = () => answer({ status: 'revoked', reason: 6 });
  assert.equal(await look(chainOf(leaf)), 'certificate_revoked');
  server.reply = () => answer({});
  clock.now += HOUR_MS;
  assert.equal(await look(chainOf(leaf)), 'trusted');
});

test('nobody is asked about what a list revokes, nor where nobody wants to know', async (t) => {
  const known = await scene(t);
  const entries = [{ serialNumber: serialOf(known.leaf.certificate) }];
  const crls = createCrlSet([parseCrl(mintCrl(authority, { entries }))]);
  const listed = askingTrust(t, { anchors: [authority], mode: 'hard', crls });
  assert.equal(await listed.look(chainOf(known.leaf)), 'certificate_revoked');
  const off = askingTrust(t, { anchors: [authority], mode: 'off' });
  assert.equal(await off.look(chainOf(known.leaf)), 'trusted');
  assert.equal(known.server.connections(), 0);
});

test('revoked by the responder is revoked, whatever a list says', async (t) => {
  const crls = createCrlSet([parseCrl(mintCrl(authority))]);
  const { server, leaf, answer, look } = await scene(t, { mode: 'soft', crls });
  server.reply = () => answer({ status: 'revoked' });
  assert.equal(await look(chainOf(leaf)), 'certificate_revoked');
});

test('T29: no address of a certificate is asked that nobody vouches for', async (t) => {
  const server = await startRevocationServer(t);
  const extensions = [respondersAt(server.url)];
  const stranger = await createAuthority({ name: 'Answering CA' });
  const intermediate = await authority.issue({ ca: true });
  const expired = { notAfter: Date.now() - 1_000, extensions };
  const { look } = askingTrust(t, { anchors: [authority], mode: 'hard' });
  const sent: readonly (readonly Issued[])[] = [
    [await selfSigned({ extensions })],
    [await stranger.issue({ extensions }), authority],
    [await stranger.issue({ ca: true, extensions })],
    [await (await stranger.issue({ ca: true, extensions })).issue(), stranger],
    // Good in itself, but of an issuer that was not sent; another one beside it.
    [await intermediate.issue({ extensions })],
    [await authority.issue(expired)],
    [await authority.issue({ extensions, eku: ['serverAuth'] })],
    [await (await authority.issue({ extensions })).issue({ extensions }), authority],
  ];
  for (const chain of sent) assert.notEqual(await look(chainOf(...chain)), 'trusted');
  // A certificate that only came along is on no path.
  const plain = await authority.issue();
  const [first] = sent[0] ?? [];
  assert.equal(await look(chainOf(plain, ...(first ? [first] : []))), 'crl_absent');
  assert.equal(server.connections(), 0);
});

test('T29: private addresses are not asked unless allowed, link-local ones never', async (t) => {
  const { server, leaf } = await scene(t);
  const strict = { anchors: [authority], mode: 'hard', allowPrivateAddresses: false } as const;
  assert.equal(await askingTrust(t, strict).look(chainOf(leaf)), 'ocsp_unavailable');
  assert.equal(server.connections(), 0);
  const metadata = await authority.issue({ extensions: [respondersAt('http://169.254.169.254/')] });
  const soft = askingTrust(t, { anchors: [authority], mode: 'soft' });
  assert.equal(await soft.look(chainOf(metadata)), 'trusted');
  assert.match(soft.unknown[0]?.detail ?? '', /169\.254\.169\.254/);
});

test('addresses of other protocols are passed over', async (t) => {
  const { server, answer, look } = await scene(t);
  const extensions = [respondersAt('ldap://127.0.0.1/', 'file:///etc/passwd', server.url)];
  const leaf = await authority.issue({ extensions });
  server.reply = () => answer({ subject: leaf });
  assert.equal(await look(chainOf(leaf)), 'trusted');
  const none = await authority.issue({ extensions: [respondersAt('ldap://127.0.0.1/')] });
  assert.equal(await look(chainOf(none)), 'crl_absent');
});

test('the CAs of a path are asked about as well as the leaf', async (t) => {
  const server = await startRevocationServer(t);
  const extensions = [respondersAt(server.url)];
  const intermediate = await authority.issue({ ca: true, extensions });
  const leaf = await intermediate.issue();
  const single = { subject: intermediate, issuer: authority };
  server.reply = () =>
    mintOcspAnswer({ answers: [{ ...single, status: 'revoked' }], signer: authority });
  const { look } = askingTrust(t, { anchors: [authority], mode: 'soft' });
  assert.equal(await look(chainOf(leaf, intermediate)), 'certificate_revoked');
});

test('a client is asked about by its own anchors and mode', async (t) => {
  const own = await createAuthority({ name: 'CA of one client' });
  const server = await startRevocationServer(t);
  const leaf = await own.issue({ extensions: [respondersAt(server.url)] });
  server.reply = () =>
    mintOcspAnswer({ answers: [{ subject: leaf, issuer: own, status: 'revoked' }], signer: own });
  const { anchors } = policyOf([own]);
  const clients = new Map([['a', { anchors, revocation: 'soft' as const }]]);
  const { trust, look } = askingTrust(t, { anchors: [authority], mode: 'off', clients });
  const chain = chainOf(leaf);
  assert.equal(await look(chain), 'certificate_issuer_unknown');
  assert.equal(server.connections(), 0);
  await trust.prepare(chain, 'a');
  const verdict = trust.verdictFor('a', chain);
  assert.equal(verdict?.kind === 'untrusted' && verdict.reason, 'certificate_revoked');
  assert.equal(trust.prepare(chain, 'b'), undefined);
});

test('a question is under way once, and only so many of them', async (t) => {
  const { server, leaf, answer, look, clock } = await scene(t, { maxUnderWay: 1 });
  const other = await authority.issue({ extensions: [respondersAt(server.url)] });
  const held = Promise.withResolvers<void>();
  const subjects = [leaf, other];
  server.reply = async () => {
    await held.promise;
    return answer({ subject: subjects.shift() ?? other });
  };
  const looks = [look(chainOf(leaf)), look(chainOf(leaf)), look(chainOf(leaf))];
  assert.equal(await look(chainOf(other)), 'ocsp_unavailable', 'no room for a second question');
  held.resolve();
  assert.deepEqual(await Promise.all(looks), ['trusted', 'trusted', 'trusted']);
  assert.equal(server.asked(), 1);
  clock.now += 1_000;
  assert.equal(await look(chainOf(other)), 'trusted', 'there is room again soon');
});

test('answers are held up to a bound', async (t) => {
  const { server, answer, look } = await scene(t, { maxAnswers: 1 });
  const leaves = [
    await authority.issue({ extensions: [respondersAt(server.url)] }),
    await authority.issue({ extensions: [respondersAt(server.url)] }),
  ];
  for (const subject of leaves) {
    server.reply = () => answer({ subject });
    assert.equal(await look(chainOf(subject)), 'trusted');
  }
  const [first] = leaves;
  assert.ok(first);
  server.reply = () => answer({ subject: first });
  // Another chain than before, so that no verdict is at hand.
  assert.equal(await look(chainOf(first, authority)), 'trusted');
  assert.equal(server.asked(), 3);
});
