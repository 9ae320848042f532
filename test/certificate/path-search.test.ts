import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createAnchorSet } from '../../src/certificate/path/path-anchor.ts';
import { validatePath } from '../../src/certificate/path/path.ts';
import { extendedKeyUsage } from '../../src/certificate/mint/mint-extension.ts';
import { extension } from '../support/crafted-extensions.ts';
import { craftKeys, craftRoot } from '../support/crafted.ts';
import type { CraftOptions } from '../support/crafted.ts';
import { chainOf, expectRefused, expectTrusted, judge } from '../support/path-verdict.ts';

const HOUR_MS = 3_600_000;
const root = craftRoot();
const intermediate = root.issue({ subject: 'CN=intermediate,O=Test', ca: true });
const leaf = intermediate.issue();
const good = { leaf, presented: [intermediate], anchors: [root] };

test('gives the path from the leaf to the anchor and the window of all its members', () => {
  const at = Math.floor(Date.now() / 1000) * 1000;
  const narrow = root.issue({
    subject: 'CN=narrow,O=Test',
    ca: true,
    notBefore: at - 60_000,
    notAfter: at + 60_000,
  });
  const below = narrow.issue();
  const verdict = expectTrusted({ leaf: below, presented: [narrow], anchors: [root] });
  assert.deepEqual(
    verdict.path.map(({ thumbprint }) => thumbprint),
    [below, narrow, root].map((one) => one.certificate().thumbprint),
  );
  assert.equal(verdict.anchor.certificate?.thumbprint, root.certificate().thumbprint);
  assert.equal(verdict.validFrom, at - 60_000);
  // The last second belongs to the period whole.
  assert.equal(verdict.validUntil, at + 60_999);
});

test('T18: judges the certificate that was proven, whatever others are sent with it', () => {
  const attackerRoot = craftRoot({ subject: 'CN=attacker,O=Test' });
  const attacker = attackerRoot.issue({ subject: 'CN=client,O=Test' });
  const victim = leaf;
  for (const presented of [
    [victim, intermediate],
    [intermediate, victim],
    [attackerRoot, victim, intermediate],
  ]) {
    expectRefused(
      { leaf: attacker, presented, anchors: [root] },
      'certificate_issuer_unknown',
      /^depth [01]: .*CN=attacker/,
    );
  }
  const verdict = expectTrusted({ ...good, presented: [victim, intermediate, attackerRoot] });
  assert.equal(verdict.path[0]?.thumbprint, victim.certificate().thumbprint);
});

test('finds the path in any order of what was sent, with repeats and strangers among it', () => {
  const strangers = [craftRoot({ subject: 'CN=a,O=Test' }), craftRoot({ subject: 'CN=b,O=Test' })];
  const upper = root.issue({ subject: 'CN=upper,O=Test', ca: true });
  const lower = upper.issue({ subject: 'CN=lower,O=Test', ca: true });
  const end = lower.issue();
  for (const presented of [
    [lower, upper],
    [upper, lower],
    [root, upper, lower],
    [...strangers, upper, upper, lower, lower, end],
  ]) {
    const verdict = expectTrusted({ leaf: end, presented, anchors: [root] });
    assert.equal(verdict.path.length, 4);
  }
});

test('takes an intermediate or the leaf itself as an anchor, with its own dates', () => {
  assert.equal(expectTrusted({ leaf, anchors: [intermediate] }).path.length, 2);
  assert.equal(expectTrusted({ leaf, anchors: [leaf] }).path.length, 1);
  const at = leaf.certificate().notAfter + 1_000;
  expectRefused({ leaf, anchors: [leaf], at }, 'certificate_expired', /^depth 0/);
  const old = root.issue({
    subject: 'CN=old,O=Test',
    ca: true,
    notAfter: Date.now() - HOUR_MS / 2,
  });
  expectRefused({ leaf: old.issue(), anchors: [old] }, 'certificate_expired', /^depth 1/);
});

test('takes a name and a key as an anchor, good at any time', () => {
  const { subject: name, publicKey } = root.certificate();
  const anchors = createAnchorSet([{ name, publicKey }]);
  const verdict = validatePath({
    leaf: leaf.certificate(),
    presented: [intermediate.certificate()],
    anchors,
    at: Date.now(),
    purpose: 'client_auth',
  });
  assert.ok(verdict.kind === 'trusted');
  assert.equal(verdict.path.length, 2);
  assert.equal(verdict.anchor.publicKey, publicKey);
});

test('T21: a certificate of the same name and key as a trusted leaf is not that leaf', () => {
  const own = craftRoot({ subject: 'CN=own,O=Test', ca: false });
  const again = craftRoot({ subject: 'CN=own,O=Test', ca: false, keys: own.keys });
  expectTrusted({ leaf: own, anchors: [own] });
  expectRefused({ leaf: again, anchors: [own] }, 'certificate_issuer_unknown');
});

test('a trusted leaf that is no CA issues nothing', () => {
  const own = craftRoot({ subject: 'CN=own,O=Test', ca: false });
  expectRefused({ leaf: own.issue(), anchors: [own] }, 'certificate_issuer_not_ca', /^depth 1/);
});

test('names an issuer that is missing', () => {
  expectRefused(
    { leaf, anchors: [root] },
    'certificate_issuer_unknown',
    /^depth 0: .*"CN=intermediate,O=Test"/,
  );
  expectRefused({ ...good, anchors: [] }, 'certificate_issuer_unknown', /^depth 1: .*"CN=root/);
});

test('tells CAs of one name apart by their keys', () => {
  const lookAlikes = Array.from({ length: 4 }, () =>
    root.issue({ subject: 'CN=intermediate,O=Test', ca: true }),
  );
  expectTrusted({ ...good, presented: [...lookAlikes, intermediate] });
  expectTrusted({ ...good, presented: [intermediate], anchors: [craftRoot(), craftRoot(), root] });
  expectRefused(
    { ...good, presented: lookAlikes },
    'certificate_signature_invalid',
    /^depth 0: ECDSA .* does not verify/,
  );
  expectRefused({ ...good, anchors: [craftRoot()] }, 'certificate_signature_invalid', /^depth 1/);
});

test('goes on to another issuer where the path over the first is refused', () => {
  const keys = craftKeys();
  const subject = 'CN=renewed,O=Test';
  const expired = root.issue({ subject, keys, ca: true, notAfter: Date.now() - HOUR_MS / 2 });
  const current = root.issue({ subject, keys, ca: true });
  const dead = craftRoot({ subject: 'CN=gone,O=Test' }).issue({ subject, keys, ca: true });
  const end = current.issue();
  expectTrusted({ leaf: end, presented: [expired, dead, current], anchors: [root] });
  expectTrusted({ leaf: end, presented: [current, dead, expired], anchors: [root] });
  // The path that came to an anchor tells more than the one that came to nothing.
  expectRefused(
    { leaf: end, presented: [dead, expired], anchors: [root] },
    'certificate_expired',
    /^depth 1/,
  );
});

test('prefers the issuer that is valid, then the one that is valid longest', () => {
  const keys = craftKeys();
  const dated = (hours: number) =>
    root.issue({
      subject: 'CN=renewed,O=Test',
      keys,
      ca: true,
      notAfter: Date.now() + hours * HOUR_MS,
    });
  const [expired, short, long] = [dated(-0.5), dated(1), dated(5)];
  for (const presented of [
    [expired, short, long],
    [long, short, expired],
  ]) {
    const { path } = expectTrusted({ leaf: short.issue(), presented, anchors: [root] });
    assert.equal(path[1]?.thumbprint, long.certificate().thumbprint);
  }
});

test('a key identifier orders the search and decides nothing', () => {
  const wrong = extension('2.5.29.35', false, '30 06 80 04 01020304');
  const unreadable = extension('2.5.29.14', false, '04 05');
  expectTrusted({ ...good, leaf: intermediate.issue({ extensions: { aki: wrong } }) });
  expectTrusted({ ...good, leaf: intermediate.issue({ extensions: { aki: null, ski: null } }) });
  expectRefused(
    { ...good, leaf: intermediate.issue({ extensions: { ski: unreadable } }) },
    'certificate_malformed',
    /^depth 0: extension 2\.5\.29\.14/,
  );
});

test('a key identifier saves the checks of other signatures', () => {
  const lookAlikes = Array.from({ length: 3 }, () =>
    root.issue({
      subject: 'CN=intermediate,O=Test',
      ca: true,
      notAfter: Date.now() + 48 * HOUR_MS,
    }),
  );
  const rules = { maxSignatureChecks: 2 };
  expectTrusted({ ...good, presented: [...lookAlikes, intermediate], rules });
  const unnamed = intermediate.issue({ extensions: { aki: null } });
  expectRefused(
    { ...good, leaf: unnamed, presented: [...lookAlikes, intermediate], rules },
    'certificate_work_exceeded',
    /more than 2 signature checks/,
  );
});

test('of several refused paths to an anchor, the first in the order of the search is reported', () => {
  const keys = craftKeys();
  const of = (hours: number, options: CraftOptions) =>
    root.issue({
      subject: 'CN=renewed,O=Test',
      keys,
      ca: true,
      notAfter: Date.now() + hours * HOUR_MS,
      ...options,
    });
  const forServers = of(1, { extensions: { eku: extendedKeyUsage(['serverAuth']) } });
  const future = of(5, { notBefore: Date.now() + HOUR_MS });
  const end = forServers.issue();
  for (const presented of [
    [forServers, future],
    [future, forServers],
  ]) {
    expectRefused(
      { leaf: end, presented, anchors: [root] },
      'certificate_extended_key_usage',
      /^depth 1/,
    );
  }
});

test('ends where CAs have signed each other', () => {
  const a = craftRoot({ subject: 'CN=a,O=Test' });
  const b = craftRoot({ subject: 'CN=b,O=Test' });
  const aByB = b.issue({ subject: 'CN=a,O=Test', keys: a.keys, ca: true });
  const bByA = a.issue({ subject: 'CN=b,O=Test', keys: b.keys, ca: true });
  const end = a.issue();
  expectRefused(
    { leaf: end, presented: [aByB, bByA, a, b], anchors: [root] },
    'certificate_issuer_unknown',
  );
  expectTrusted({ leaf: end, presented: [aByB, bByA], anchors: [b] });
  expectTrusted({ leaf: end, presented: [aByB, bByA], anchors: [a] });
});

test('chains names that are equal by RFC 5280 section 7.1, not by their bytes', () => {
  const spelled = craftRoot({
    subject: [[{ type: '2.5.4.3', value: 'Some  ROOT ', encoding: 'printableString' }]],
  });
  const below = spelled.issue({
    issuer: [[{ type: '2.5.4.3', value: 'some root', encoding: 'utf8String' }]],
  });
  expectTrusted({ leaf: below, anchors: [spelled] });
  const other = spelled.issue({ issuer: 'CN=someroot' });
  expectRefused({ leaf: other, anchors: [spelled] }, 'certificate_issuer_unknown');
});

test('reports the step furthest from the leaf, and there a bad signature before all else', () => {
  const forged = root.issue({
    subject: 'CN=intermediate,O=Test',
    keys: intermediate.keys,
    ca: true,
    forged: true,
  });
  const foreign = craftRoot({ subject: 'CN=far,O=Test' });
  const far = foreign.issue({
    subject: 'CN=intermediate,O=Test',
    keys: intermediate.keys,
    ca: true,
  });
  const lookAlike = root.issue({ subject: 'CN=intermediate,O=Test', ca: true });
  expectRefused(
    { leaf, presented: [lookAlike, far, forged], anchors: [root] },
    'certificate_signature_invalid',
    /^depth 1/,
  );
  expectRefused(
    { leaf, presented: [lookAlike, far], anchors: [root] },
    'certificate_issuer_unknown',
    /^depth 1: .*CN=far/,
  );
});

test('says the same of the same certificates every time, and freezes what it says', () => {
  const request = { ...chainOf({ leaf: { forged: true } }), at: Date.now() };
  assert.deepEqual(judge(request), judge(request));
  const verdict = expectTrusted(good);
  assert.ok(Object.isFrozen(verdict) && Object.isFrozen(verdict.path));
});
