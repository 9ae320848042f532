import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readBasicConstraints } from '../../src/certificate/basic-constraints.ts';
import { constrainedNamesOf } from '../../src/certificate/name/constrained-name.ts';
import { readGeneralNames } from '../../src/certificate/name/general-name.ts';
import {
  readAuthorityKeyIdentifier,
  readSubjectKeyIdentifier,
} from '../../src/certificate/key-identifier.ts';
import { readExtendedKeyUsage, readKeyUsage } from '../../src/certificate/key-usage.ts';
import {
  authorityKeyIdentifier,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  subjectKeyIdentifier,
} from '../../src/certificate/mint/mint-extension.ts';
import { nameConstraintProblem } from '../../src/certificate/name/name-constraint-check.ts';
import { readNameConstraints } from '../../src/certificate/name/name-constraints.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { anchorOf, createAnchorSet } from '../../src/certificate/path/path-anchor.ts';
import { defaultPathRules } from '../../src/certificate/path/path-rules.ts';
import { validatePath } from '../../src/certificate/path/path.ts';
import {
  readCertificatePolicies,
  readInhibitAnyPolicy,
  readPolicyConstraints,
  readPolicyMappings,
} from '../../src/certificate/policy-extensions.ts';
import { readPublicKey } from '../../src/certificate/public-key.ts';
import { CertificateError } from '../../src/errors.ts';
import {
  inhibitAnyPolicy,
  nameConstraints,
  policies,
  policyConstraints,
  policyMappings,
  san,
} from '../support/crafted-extensions.ts';
import type { NameOf } from '../support/crafted-extensions.ts';
import { craftKeys, craftRoot } from '../support/crafted.ts';
import { createRandom, mutate } from '../support/mutants.ts';

const ROUNDS = 1_500;

const NAMES: readonly NameOf[] = [
  ['dns', '*.a.example.com'],
  ['email', 'a.b@example.com'],
  ['uri', 'https://user@a.example.com:8443/path'],
  ['ip', 'c0000201'],
  ['directory', 'CN=a,O=Test'],
  ['other', '1.3.6.1.5.5.7.8.9'],
  ['id', '1.2.3'],
  ['x400', ''],
];
const SPACES: readonly NameOf[] = [
  ['dns', 'example.com'],
  ['email', '.example.com'],
  ['email', 'a@example.com'],
  ['uri', '.example.com'],
  ['ip', 'c0000200ffffff00'],
  ['directory', 'O=Test'],
  ['other', '1.2.3'],
];

const keys = craftKeys();
const rsa = craftKeys(2048);
const spki = (pair: typeof keys): Uint8Array =>
  pair.publicKey.export({ type: 'spki', format: 'der' });
const names = constrainedNamesOf([], readGeneralNames(san(NAMES).value, 'names'));

const READERS: readonly (readonly [string, Uint8Array, (der: Uint8Array) => unknown])[] = [
  ['basicConstraints', basicConstraints({ ca: true, pathLength: 3 }).value, readBasicConstraints],
  ['keyUsage', keyUsage(['digitalSignature', 'decipherOnly']).value, readKeyUsage],
  ['extendedKeyUsage', extendedKeyUsage(['clientAuth', 'any']).value, readExtendedKeyUsage],
  ['subjectKeyIdentifier', subjectKeyIdentifier(keys.publicKey).value, readSubjectKeyIdentifier],
  [
    'authorityKeyIdentifier',
    authorityKeyIdentifier(keys.publicKey).value,
    readAuthorityKeyIdentifier,
  ],
  [
    'subjectAltName',
    san(NAMES).value,
    (der) => constrainedNamesOf([], readGeneralNames(der, 'subjectAltName')),
  ],
  [
    'nameConstraints',
    nameConstraints({ permitted: SPACES, excluded: SPACES }).value,
    (der) => nameConstraintProblem(names, readNameConstraints(der), () => undefined),
  ],
  [
    'certificatePolicies',
    policies(['1.2.3', ['1.2.4', '1.3.6.1.5.5.7.2.1']]).value,
    readCertificatePolicies,
  ],
  ['policyMappings', policyMappings([['1.2.3', '1.2.4']]).value, readPolicyMappings],
  [
    'policyConstraints',
    policyConstraints({ explicit: 1, mapping: 0 }).value,
    readPolicyConstraints,
  ],
  ['inhibitAnyPolicy', inhibitAnyPolicy(2).value, readInhibitAnyPolicy],
  ['EC key', spki(keys), (der) => readPublicKey(der, defaultPathRules)],
  ['RSA key', spki(rsa), (der) => readPublicKey(der, defaultPathRules)],
];

test('mutants of extensions and keys are read or refused with our error', () => {
  for (const [seed, [what, original, read]] of READERS.entries()) {
    read(original);
    const random = createRandom(seed);
    for (let round = 0; round < ROUNDS; round += 1) {
      const mutant = mutate(original, random);
      try {
        read(mutant);
      } catch (error) {
        const facts = `${what}, round ${round}: ${Buffer.from(mutant).toString('hex')}`;
        assert.ok(error instanceof CertificateError, `${facts}: ${String(error)}`);
        const expected = what.endsWith('key')
          ? ['certificate_malformed', 'certificate_key_refused']
          : ['certificate_malformed'];
        assert.ok(expected.includes(error.reason), facts);
      }
    }
  }
});

test('no mutant of a member of a path is ever trusted in its place', () => {
  const root = craftRoot({
    extensions: { nc: nameConstraints({ permitted: [['dns', 'example.com']] }) },
  });
  const extensions = { san: san([['dns', 'a.example.com']]), cp: policies(['1.2.3']) };
  const intermediate = root.issue({ subject: 'CN=between,O=Test', ca: true });
  const leaf = intermediate.issue({ extensions });
  const anchors = createAnchorSet([anchorOf(root.certificate())]);
  const at = Date.now();
  const random = createRandom(99);
  let judged = 0;
  for (let round = 0; round < ROUNDS * 2; round += 1) {
    const isLeaf = round % 2 === 0;
    const original = isLeaf ? leaf.der : intermediate.der;
    const mutant = mutate(original, random);
    if (Buffer.compare(mutant, original) === 0) continue;
    let certificate;
    try {
      certificate = parseCertificate(mutant);
    } catch (error) {
      assert.ok(error instanceof CertificateError, String(error));
      continue;
    }
    judged += 1;
    const verdict = validatePath({
      leaf: isLeaf ? certificate : leaf.certificate(),
      presented: isLeaf ? [intermediate.certificate()] : [certificate],
      anchors,
      at,
      purpose: 'client_auth',
    });
    assert.equal(
      verdict.kind,
      'untrusted',
      `round ${round}: ${Buffer.from(mutant).toString('hex')}`,
    );
  }
  assert.ok(judged > ROUNDS / 20, `${judged} mutants got past the parser`);
});
