import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { createAnchorSet } from '../../src/certificate/path/path-anchor.ts';
import { createPathCertificate } from '../../src/certificate/path/path-certificate.ts';
import { validatePath } from '../../src/certificate/path/path.ts';
import { extendedKeyUsage } from '../../src/certificate/mint/mint-extension.ts';
import { defaultPathRules } from '../../src/certificate/path/path-rules.ts';
import { CertificateError } from '../../src/errors.ts';
import {
  nameConstraints,
  policies,
  policyConstraints,
  policyMappings,
  san,
} from '../support/crafted-extensions.ts';
import type { NameOf } from '../support/crafted-extensions.ts';
import { craftKeys, craftRoot } from '../support/crafted.ts';
import type { AlgorithmName, Crafted, CraftedKeyType, Keys } from '../support/crafted.ts';
import { expectRefused, expectTrusted } from '../support/path-verdict.ts';
import type { ChainRequest } from '../support/path-verdict.ts';

/** Large enough for what the bound on octets would refuse unseen. */
const LARGE = { maxPresentedOctets: 1_000_000 };

function names(count: number, name: (index: number) => NameOf): readonly NameOf[] {
  return Array.from({ length: count }, (_, index) => name(index));
}

function timed(t: TestContext, what: string, judge: () => void): void {
  const start = process.hrtime.bigint();
  judge();
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  t.diagnostic(`${what}: ${ms.toFixed(1)} ms, parsing included`);
}

/** Nine CAs of one name that signed each other round about, none of them trusted. */
function lookAlikes(type: CraftedKeyType, algorithm: AlgorithmName): ChainRequest {
  const subject = 'CN=same,O=Test';
  const keys = Array.from({ length: 9 }, () => craftKeys(type));
  const issuedBy = (index: number): Crafted =>
    craftRoot({ subject, keys: keys[index % keys.length] ?? craftKeys(type), algorithm });
  const presented = keys.map((own, index) =>
    issuedBy(index + 1).issue({ subject, ca: true, keys: own, algorithm }),
  );
  const anchor = craftRoot({ subject });
  return {
    leaf: issuedBy(0).issue({ algorithm }),
    presented: presented.toReversed(),
    anchors: [anchor],
  };
}

test('T64: refuses more certificates than ten, before it looks at any of them', () => {
  const root = craftRoot();
  const strangers = Array.from({ length: 400 }, (_, index) =>
    craftRoot({ subject: `CN=stranger ${index}` }).certificate(),
  );
  const chain = { leaf: root.issue(), anchors: [root] };
  expectTrusted({ ...chain, presented: Array.from({ length: 9 }, () => root) });
  for (const count of [10, 20, 100, 200, 400]) {
    const presented = strangers.slice(0, count).map((certificate) => ({
      ...root,
      certificate: () => certificate,
    }));
    expectRefused(
      { ...chain, presented },
      'certificate_chain_too_large',
      new RegExp(`^${count + 1} `),
    );
  }
});

test('T64: refuses more octets of certificates than the rules allow', () => {
  const root = craftRoot();
  const padded = (octets: number): ChainRequest => {
    const text = 'a'.repeat(octets);
    const subject = [[{ type: '2.5.4.3', value: text, encoding: 'utf8String' } as const]];
    return { leaf: root.issue({ subject }), anchors: [root] };
  };
  expectTrusted(padded(15_000));
  expectRefused(padded(17_000), 'certificate_chain_too_large');
  // Above that, the reader of DER has a bound of its own.
  expectRefused(padded(60_000), 'certificate_chain_too_large');
});

test('T64: stops looking for an issuer among look-alikes, however dear their keys are', (t) => {
  for (const [type, algorithm] of [
    ['P-256', 'ecdsa-sha256'],
    ['P-384', 'ecdsa-sha384'],
    ['P-521', 'ecdsa-sha512'],
    ['ed25519', 'ed25519'],
    ['ed448', 'ed448'],
    [2048, 'rsa-sha256'],
  ] as const) {
    const request = lookAlikes(type, algorithm);
    timed(t, `look-alikes with ${type}`, () => expectRefused(request, 'certificate_work_exceeded'));
  }
});

test('T64: certificates of one name and one key are one CA and no maze', (t) => {
  const keys = craftKeys();
  const subject = 'CN=same,O=Test';
  const own = craftRoot({ subject, keys });
  const presented = Array.from({ length: 9 }, () => own.issue({ subject, keys, ca: true }));
  const request = { leaf: own.issue(), presented, anchors: [craftRoot()] };
  timed(t, 'one name and one key', () =>
    expectRefused(request, 'certificate_issuer_unknown', /^depth 1/),
  );
});

/** Three levels of three certificates each below `top`: 27 ways up from what the returned CA issues. */
function threefold(top: Crafted): { readonly issuer: Crafted; readonly presented: Crafted[] } {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => craftRoot({ subject: `CN=${name},O=Test` }));
  if (a === undefined || b === undefined || c === undefined) throw new Error('three levels');
  const thrice = (above: Crafted, { keys }: Crafted, subject: string): readonly Crafted[] =>
    Array.from({ length: 3 }, () => above.issue({ subject, keys, ca: true }));
  const presented = [
    ...thrice(b, a, 'CN=a,O=Test'),
    ...thrice(c, b, 'CN=b,O=Test'),
    ...thrice(top, c, 'CN=c,O=Test'),
  ];
  return { issuer: a, presented };
}

test('T64: every path through CAs that signed each other twice over is looked at once', (t) => {
  const { issuer, presented } = threefold(craftRoot({ subject: 'CN=top,O=Test' }));
  timed(t, '27 ways up', () =>
    expectRefused(
      { leaf: issuer.issue(), presented, anchors: [craftRoot()] },
      'certificate_issuer_unknown',
      /^depth 3: .*CN=top/,
    ),
  );
});

test('T64: a leaf of many names is not taken apart again on each of 27 ways up', (t) => {
  const permitted: readonly NameOf[] = [['email', 'never.example']];
  const top = craftRoot({ extensions: { nc: nameConstraints({ permitted }) } });
  const { issuer, presented } = threefold(top);
  const list = names(700, (n) => ['email', `u${n}@x${n}.org`]);
  const leaf = issuer.issue({ extensions: { san: san(list) } });
  const request = { leaf, presented, anchors: [top] };
  timed(t, '700 names on 27 ways up', () => expectRefused(request, 'certificate_work_exceeded'));
  const rules = { maxWork: 50_000 };
  timed(t, '700 names on 27 ways up to the end', () =>
    expectRefused({ ...request, rules }, 'certificate_name_constraint'),
  );
});

test('what a certificate says is read once, also where it can not be read', () => {
  const root = craftRoot();
  const good = createPathCertificate(root.issue().certificate());
  assert.equal(good.facts(), good.facts());
  assert.equal(good.constrainedNames(), good.constrainedNames());
  const unreadable = { type: '2.5.29.17', critical: false, value: Uint8Array.of(0x30, 1) };
  const bad = createPathCertificate(root.issue({ extensions: { san: unreadable } }).certificate());
  const errors = [bad.facts, bad.constrainedNames, bad.facts].map((ask) => {
    try {
      return ask();
    } catch (error) {
      return error;
    }
  });
  assert.ok(errors[0] instanceof CertificateError);
  assert.equal(new Set(errors).size, 1);
});

test('the dearest keys in use have room for a chain with two intermediates', () => {
  const [type, algorithm] = ['P-521', 'ecdsa-sha512'] as const;
  const keys = (): Keys => craftKeys(type);
  const root = craftRoot({ keys: keys(), algorithm });
  const first = root.issue({ subject: 'CN=first', ca: true, keys: keys(), algorithm });
  const second = first.issue({ subject: 'CN=second', ca: true, keys: keys(), algorithm });
  const leaf = second.issue({ keys: keys(), algorithm });
  expectTrusted({ leaf, presented: [second, first, root], anchors: [root] });
});

test('T64: many names under many constraints are refused, not compared to the end', (t) => {
  const cases: readonly (readonly [string, readonly NameOf[], readonly NameOf[]])[] = [
    ['dns', names(2_000, (n) => ['dns', `x${n}.org`]), names(4_000, (n) => ['dns', `a${n}.b`])],
    [
      'email',
      names(1_900, (n) => ['email', `u${n}@x${n}.org`]),
      names(2_500, (n) => ['email', `a${n}@x.y.b`]),
    ],
    ['ip', names(1_900, () => ['ip', '0a000001ffffffff']), names(4_000, () => ['ip', '0b000001'])],
    [
      'uri',
      names(1_900, (n) => ['uri', `x${n}.org`]),
      names(2_500, (n) => ['uri', `https://a${n}.org/`]),
    ],
  ];
  for (const [form, excluded, list] of cases) {
    const root = craftRoot({ extensions: { nc: nameConstraints({ excluded }) } });
    const leaf = root.issue({ extensions: { san: san(list) } });
    timed(t, `${excluded.length} constraints on ${list.length} names of form ${form}`, () =>
      expectRefused(
        { leaf, anchors: [root], rules: LARGE },
        'certificate_work_exceeded',
        /^depth 0/,
      ),
    );
  }
});

test('T64: policy mappings that multiply are followed within the bound', (t) => {
  const root = craftRoot();
  const presented: Crafted[] = [];
  for (let level = 0; level < 5; level += 1) {
    const above = presented.at(-1) ?? root;
    const own = Array.from({ length: 90 }, (_, index) => `1.2.${level}.${index}`);
    const mapped = own.flatMap((policy): [string, string][] => [
      [policy, `1.2.${level + 1}.0`],
      [policy, `1.2.${level + 1}.1`],
    ]);
    const extensions = {
      cp: policies([...own, '2.5.29.32.0']),
      pm: policyMappings(mapped),
      pc: policyConstraints({ explicit: 0 }),
    };
    presented.push(above.issue({ subject: `CN=level ${level}`, ca: true, extensions }));
  }
  const last = presented.at(-1) ?? root;
  const leaf = last.issue({ extensions: { cp: policies(['1.2.5.1']) } });
  timed(t, 'five levels of 180 mappings', () =>
    expectTrusted({ leaf, presented, anchors: [root], rules: LARGE }),
  );
});

test('every bound can be tightened, and says when it was reached', () => {
  const root = craftRoot();
  const request = { leaf: root.issue(), anchors: [root] };
  expectRefused({ ...request, rules: { maxSignatureChecks: 0 } }, 'certificate_work_exceeded');
  expectRefused({ ...request, rules: { maxWork: 0 } }, 'certificate_work_exceeded', /0 units/);
  expectRefused({ ...request, rules: { maxPresented: 0 } }, 'certificate_chain_too_large');
  // Octets and steps count where no signature is checked.
  const lost = { ...request, anchors: [] };
  const octets = request.leaf.der.length * 0.05;
  expectRefused({ ...lost, rules: { maxWork: octets - 1 } }, 'certificate_work_exceeded');
  expectRefused({ ...lost, rules: { maxWork: octets + 1 } }, 'certificate_work_exceeded');
  expectRefused({ ...lost, rules: { maxWork: octets + 30 } }, 'certificate_issuer_unknown');
  expectTrusted({ ...request, rules: { ...defaultPathRules } });
});

test('work beyond the bounds is reported even when a refused path was found before', () => {
  const keys = craftKeys();
  const forServers = craftRoot({
    keys,
    notAfter: Date.now() + 48 * 3_600_000,
    extensions: { eku: extendedKeyUsage(['serverAuth']) },
  });
  const excluded = names(2_000, (n) => ['dns', `x${n}.org`]);
  const laborious = craftRoot({ keys, extensions: { nc: nameConstraints({ excluded }) } });
  const list = names(1_000, (n) => ['dns', `a${n}.b`]);
  const leaf = laborious.issue({ extensions: { san: san(list) } });
  const request = { leaf, rules: LARGE };
  expectRefused({ ...request, anchors: [forServers] }, 'certificate_extended_key_usage');
  expectRefused({ ...request, anchors: [forServers, laborious] }, 'certificate_work_exceeded');
});

test('anchors are found by name among thousands', (t) => {
  const root = craftRoot();
  const { subject: name, publicKey } = root.certificate();
  const leaf = root.issue().certificate();
  const other = craftRoot().certificate().publicKey;
  const strangers = Array.from({ length: 5_000 }, (_, index) => ({
    name: [[{ type: '2.5.4.3', value: `ca ${index}`, encoding: 'utf8String' } as const]],
    publicKey: other,
  }));
  t.assert.equal(
    validatePath({
      leaf,
      presented: [],
      anchors: createAnchorSet([...strangers, { name, publicKey }]),
      at: Date.now(),
      purpose: 'client_auth',
    }).kind,
    'trusted',
  );
});
