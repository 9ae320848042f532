import assert from 'node:assert/strict';
import { test } from 'node:test';

import { extendedKeyUsage, keyUsage } from '../../src/certificate/mint/mint-extension.ts';
import type { KeyUsage } from '../../src/certificate/mint/mint-extension.ts';
import { ipOctetsOf } from '../../src/certificate/name/ip-address.ts';
import { extension, nameConstraints, purposes, san } from '../support/crafted-extensions.ts';
import { craftRoot } from '../support/crafted.ts';
import type { CraftOptions } from '../support/crafted.ts';
import { chainOf, expectRefused, expectTrusted } from '../support/path-verdict.ts';

const UNKNOWN = extension('1.3.6.1.4.1.99999.1', true, '0500');
const MOMENT = Date.UTC(2026, 5, 1);

type Extensions = NonNullable<CraftOptions['extensions']>;
const leafWith = (extensions: Extensions) => chainOf({ leaf: { extensions } });
const intermediateWith = (extensions: Extensions) => chainOf({ intermediate: { extensions } });

test('every member has to be valid at the moment, both ends of the period included', () => {
  const dates = { notBefore: MOMENT, notAfter: MOMENT + 60_000 };
  for (const [depth, chain] of [
    chainOf({ root: { notBefore: 0 }, intermediate: { notBefore: 0 }, leaf: dates }),
    chainOf({ root: { notBefore: 0 }, intermediate: dates, leaf: { notBefore: 0 } }),
    chainOf({ root: dates, intermediate: { notBefore: 0 }, leaf: { notBefore: 0 } }),
  ].entries()) {
    const place = new RegExp(`^depth ${depth}: valid from 2026-06-01T00:00:00`);
    expectRefused({ ...chain, at: MOMENT - 1 }, 'certificate_not_yet_valid', place);
    expectTrusted({ ...chain, at: MOMENT });
    expectTrusted({ ...chain, at: MOMENT + 60_999 });
    expectRefused({ ...chain, at: MOMENT + 61_000 }, 'certificate_expired', place);
    const rules = { clockSkewMs: 5_000 };
    const verdict = expectTrusted({ ...chain, at: MOMENT - 5_000, rules });
    assert.equal(verdict.validFrom, MOMENT - 5_000);
    expectTrusted({ ...chain, at: MOMENT + 65_999, rules });
    expectRefused({ ...chain, at: MOMENT + 66_000, rules }, 'certificate_expired');
  }
});

test('refuses an issuer that is no CA', () => {
  const reason = 'certificate_issuer_not_ca';
  expectRefused(chainOf({ intermediate: { ca: false } }), reason, /^depth 1: issuer is not a CA/);
  expectRefused(intermediateWith({ bc: null }), reason, /without basicConstraints/);
  expectRefused(intermediateWith({ ku: keyUsage(['cRLSign']) }), reason, /keyCertSign/);
  expectTrusted(intermediateWith({ ku: null }));
  expectRefused(chainOf({ root: { ca: false } }), reason, /^depth 2/);
  expectRefused(chainOf({ root: { extensions: { bc: null } } }), reason, /^depth 2/);
  expectRefused(chainOf({ root: { extensions: { ku: keyUsage(['cRLSign']) } } }), reason);
});

test('counts intermediate certificates against every path length above them', () => {
  const three = (lengths: readonly (number | undefined)[]) => {
    const [a, b, c] = lengths.map((pathLength) => (pathLength === undefined ? {} : { pathLength }));
    const root = craftRoot(a);
    const upper = root.issue({ subject: 'CN=upper,O=Test', ca: true, ...b });
    const lower = upper.issue({ subject: 'CN=lower,O=Test', ca: true, ...c });
    return { leaf: lower.issue(), presented: [upper, lower], anchors: [root] };
  };
  const reason = 'certificate_path_too_long';
  expectTrusted(three([2, 1, 0]));
  expectTrusted(three([undefined, 1, 7]));
  expectTrusted(three([2, undefined, undefined]));
  expectRefused(three([undefined, 0, undefined]), reason, /^depth 1/);
  expectRefused(three([1, undefined, undefined]), reason, /^depth 1/);
  expectRefused(three([0, 5, 5]), reason, /^depth 2/);
  expectRefused(three([1, 5, undefined]), reason, /^depth 1/);
});

test('does not count self-issued certificates, as they renew a key', () => {
  const root = craftRoot({ pathLength: 1 });
  const old = root.issue({ subject: 'CN=between,O=Test', ca: true, pathLength: 0 });
  const renewed = old.issue({ subject: 'CN=between,O=Test', ca: true });
  const chain = { leaf: renewed.issue(), presented: [old, renewed], anchors: [root] };
  expectTrusted(chain);
  expectTrusted({ ...chain, rules: { maxDepth: 1 } });
  const further = renewed.issue({ subject: 'CN=further,O=Test', ca: true });
  expectRefused(
    { ...chain, leaf: further.issue(), presented: [old, renewed, further] },
    'certificate_path_too_long',
    /^depth 1/,
  );
});

test('goes no deeper than the rules allow', () => {
  const root = craftRoot();
  const members = [root];
  for (let depth = 0; depth < 6; depth += 1) {
    const above = members.at(-1) ?? root;
    members.push(above.issue({ subject: `CN=level ${depth},O=Test`, ca: true }));
  }
  const [, ...presented] = members;
  const fifth = presented[4];
  const sixth = presented[5];
  assert.ok(fifth && sixth);
  expectTrusted({ leaf: fifth.issue(), presented, anchors: [root] });
  expectRefused(
    { leaf: sixth.issue(), presented, anchors: [root] },
    'certificate_path_too_long',
    /more than 5 intermediate/,
  );
  expectRefused(
    { ...chainOf(), rules: { maxDepth: 0 } },
    'certificate_path_too_long',
    /more than 0 intermediate/,
  );
});

test('T26: the extended key usage of a leaf has to name the purpose', () => {
  const reason = 'certificate_extended_key_usage';
  expectTrusted(leafWith({ eku: extendedKeyUsage(['clientAuth']) }));
  expectTrusted(leafWith({ eku: extendedKeyUsage(['serverAuth', 'clientAuth']) }));
  expectRefused(leafWith({ eku: extendedKeyUsage(['serverAuth']) }), reason, /^depth 0/);
  expectRefused(leafWith({ eku: extendedKeyUsage(['emailProtection']) }), reason);
  expectRefused(
    leafWith({ eku: purposes('1.3.6.1.5.5.7.3.99') }),
    reason,
    /1\.3\.6\.1\.5\.5\.7\.3\.99/,
  );
  expectRefused(leafWith({ eku: purposes() }), 'certificate_malformed', /empty/);
});

test('T26: an absent usage is accepted and any usage refused, one switch each', () => {
  const reason = 'certificate_extended_key_usage';
  const absent = leafWith({ eku: null });
  expectTrusted(absent);
  expectRefused({ ...absent, rules: { absentExtendedKeyUsage: 'refuse' } }, reason, /no extended/);
  const any = leafWith({ eku: extendedKeyUsage(['any']) });
  expectRefused(any, reason);
  expectTrusted({ ...any, rules: { anyExtendedKeyUsage: 'accept' } });
});

test('the extended key usage of a CA bounds what it may issue', () => {
  const reason = 'certificate_extended_key_usage';
  const server = extendedKeyUsage(['serverAuth']);
  expectTrusted(intermediateWith({ eku: extendedKeyUsage(['clientAuth']) }));
  expectRefused(intermediateWith({ eku: server }), reason, /^depth 1/);
  expectRefused(chainOf({ root: { extensions: { eku: server } } }), reason, /^depth 2/);
  expectRefused(intermediateWith({ eku: extendedKeyUsage(['any']) }), reason);
});

test('T27: a leaf that is a CA is refused, with a switch', () => {
  const chain = leafWith({});
  const ca = chainOf({
    leaf: { ca: true, extensions: { ku: keyUsage(['digitalSignature', 'keyCertSign']) } },
  });
  expectRefused(ca, 'certificate_leaf_is_ca', /^depth 0/);
  expectTrusted({ ...ca, rules: { caLeaf: 'accept' } });
  expectTrusted(chain);
});

test('T27: a leaf that is no CA and may sign certificates is refused', () => {
  const usages = leafWith({ ku: keyUsage(['digitalSignature', 'keyCertSign']) });
  expectRefused(usages, 'certificate_key_usage', /keyCertSign/);
  expectRefused({ ...usages, rules: { caLeaf: 'accept' } }, 'certificate_key_usage');
  const constraints = leafWith({ nc: nameConstraints({ permitted: [['dns', 'example.com']] }) });
  expectRefused(constraints, 'certificate_malformed', /nameConstraints/);
});

test('the key usage of a leaf has to allow signing', () => {
  const withUsages = (...usages: readonly KeyUsage[]) => leafWith({ ku: keyUsage(usages) });
  expectTrusted(leafWith({ ku: null }));
  expectTrusted(withUsages('digitalSignature', 'decipherOnly'));
  for (const usage of ['keyEncipherment', 'keyAgreement', 'decipherOnly'] as const) {
    expectRefused(withUsages(usage), 'certificate_key_usage', new RegExp(usage));
  }
  expectRefused(
    leafWith({ ku: extension('2.5.29.15', true, '03 02 07 00') }),
    'certificate_malformed',
  );
});

test('a server may exchange keys instead', () => {
  const server = { eku: extendedKeyUsage(['serverAuth']), ku: keyUsage(['keyEncipherment']) };
  expectTrusted({ ...leafWith(server), purpose: 'server_auth' });
  expectRefused(
    { ...leafWith({ ...server, ku: keyUsage(['dataEncipherment']) }), purpose: 'server_auth' },
    'certificate_key_usage',
  );
  expectRefused(
    { ...leafWith({}), purpose: 'server_auth' },
    'certificate_extended_key_usage',
    /not for server_auth/,
  );
});

test('T27: an unknown critical extension is refused wherever it is', () => {
  const reason = 'certificate_critical_extension';
  const extensions = { unknown: UNKNOWN };
  expectRefused(
    leafWith(extensions),
    reason,
    /^depth 0: critical extension 1\.3\.6\.1\.4\.1\.99999\.1/,
  );
  expectRefused(intermediateWith(extensions), reason, /^depth 1/);
  expectRefused(chainOf({ root: { extensions } }), reason, /^depth 2/);
  expectTrusted(leafWith({ unknown: { ...UNKNOWN, critical: false } }));
});

test('extensions that only hint are unknown where they are critical', () => {
  const reason = 'certificate_critical_extension';
  for (const [name, type, value] of [
    ['ski', '2.5.29.14', '04 02 0102'],
    ['aki', '2.5.29.35', '30 04 80 02 0102'],
    ['aia', '1.3.6.1.5.5.7.1.1', '30 00'],
    ['crl', '2.5.29.31', '30 00'],
  ] as const) {
    expectRefused(leafWith({ [name]: extension(type, true, value) }), reason, new RegExp(type));
  }
});

test('only version 3 is taken below the anchor, and no unique identifiers', () => {
  const reason = 'certificate_version';
  expectRefused(chainOf({ leaf: { version: 1 } }), reason, /^depth 0: version 1/);
  expectRefused(chainOf({ intermediate: { version: 1 } }), reason, /^depth 1/);
  expectRefused(chainOf({ leaf: { version: 2 } }), reason, /version 2/);
  expectRefused(chainOf({ intermediate: { uniqueIdentifiers: true } }), reason, /unique/);
  expectRefused(chainOf({ leaf: { uniqueIdentifiers: true } }), reason, /unique/);
});

test('a version 1 anchor is a CA where it is self-issued', () => {
  expectTrusted(chainOf({ root: { version: 1 } }));
  const old = craftRoot().issue({ subject: 'CN=old,O=Test', version: 1 });
  expectRefused({ leaf: old.issue(), anchors: [old] }, 'certificate_issuer_not_ca');
  expectTrusted({ leaf: old, anchors: [old] });
});

test('an empty subject needs a critical alternative name, an empty issuer is refused', () => {
  const reason = 'certificate_malformed';
  const unnamed = (critical: boolean) =>
    chainOf({ leaf: { subject: [], extensions: { san: san([['dns', 'a.example']], critical) } } });
  expectTrusted(unnamed(true));
  expectRefused(unnamed(false), reason, /empty subject/);
  expectRefused(chainOf({ leaf: { subject: [] } }), reason, /empty subject/);
  const root = craftRoot({ subject: [] });
  expectRefused({ leaf: root.issue(), anchors: [root] }, reason, /issuer is empty/);
});

test('extensions that break their form are refused', () => {
  const reason = 'certificate_malformed';
  for (const [type, value] of [
    ['2.5.29.15', '04 01 80'],
    ['2.5.29.17', '30 00'],
    ['2.5.29.17', '30 03 0c 01 61'],
    ['2.5.29.19', '30 06 0101ff 020101 00'],
    ['2.5.29.19', '30 03 02 01 00'],
    ['2.5.29.19', '30 06 0101ff 0201ff'],
    ['2.5.29.30', '30 00'],
    ['2.5.29.32', '30 00'],
    ['2.5.29.33', '30 00'],
    ['2.5.29.35', '04 00'],
    ['2.5.29.35', '30 03 83 01 00'],
    ['2.5.29.35', '30 06 81 01 00 80 01 00'],
    ['2.5.29.36', '30 00'],
    ['2.5.29.36', '30 03 80 01 ff'],
    ['2.5.29.36', '30 04 80 02 00 01'],
    ['2.5.29.54', '04 00'],
  ] as const) {
    const broken = { aki: null, bc: null, ku: null, broken: extension(type, true, value) };
    expectRefused(leafWith(broken), reason, new RegExp(`extension ${type.replaceAll('.', '\\.')}`));
  }
});

test('a server certificate has to have the expected name', () => {
  const served = (...names: Parameters<typeof san>[0]) =>
    ({
      ...chainOf({
        leaf: {
          subject: 'CN=named.example.com',
          extensions: { eku: extendedKeyUsage(['serverAuth']), san: san(names) },
        },
      }),
      purpose: 'server_auth',
    }) as const;
  const dns = (host: string) => ({ form: 'dns', host }) as const;
  const reason = 'certificate_name_mismatch';
  const exact = served(['dns', 'A.example.com']);
  expectTrusted({ ...exact, expectedName: dns('a.Example.com') });
  for (const host of ['b.example.com', 'example.com', 'x.a.example.com', 'a.example.com.', '']) {
    expectRefused({ ...exact, expectedName: dns(host) }, reason);
  }
  // The common name does not count.
  expectRefused({ ...exact, expectedName: dns('named.example.com') }, reason);

  const wildcard = served(['dns', '*.example.com']);
  expectTrusted({ ...wildcard, expectedName: dns('a.example.com') });
  for (const host of ['example.com', 'a.b.example.com', '*.example.com', '.example.com']) {
    expectRefused({ ...wildcard, expectedName: dns(host) }, reason);
  }
  for (const [name, host] of [
    ['*.com', 'example.com'],
    ['*', 'com'],
    ['a*.example.com', 'ab.example.com'],
    ['a.*.example.com', 'a.b.example.com'],
    ['a.example.com\0.evil', 'a.example.com'],
    ['8.8.8.8', '8.8.8.8'],
  ] as const) {
    expectRefused({ ...served(['dns', name]), expectedName: dns(host) }, reason);
  }

  const octets = ipOctetsOf('192.0.2.1') ?? new Uint8Array();
  const address = { form: 'ip', octets } as const;
  expectTrusted({ ...served(['ip', 'c0000201']), expectedName: address });
  expectRefused({ ...served(['ip', 'c0000202']), expectedName: address }, reason);
  expectRefused({ ...served(['dns', '192.0.2.1']), expectedName: address }, reason, /192\.0\.2\.1/);
});
