/**
 * The same chains for `validatePath` and for `openssl verify`. OpenSSL is asked as a server would ask it
 * that wants what we want: for clients, with certificate policies, with the strength of keys and
 * digests that we demand (level 2), with any certificate as an anchor. Not with `-x509_strict`: that
 * holds CAs to duties of the profile, such as key identifiers, which tell nothing about a client.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import { CertificateError } from '../../src/errors.ts';
import { judge } from '../support/path-verdict.ts';
import { BREAKING, buildChain, HARMLESS } from './chain-mutations.ts';
import type { Chain } from './chain-mutations.ts';

/** What we refuse and OpenSSL does not, with our reason. */
const REFUSED_BY_US_ALONE: Readonly<Record<string, string>> = {
  'root no CA': 'keyCertSign alone makes no CA of a version 3 certificate (6.1.4 (k))',
  'leaf for key agreement': 'no handshake in use proves a static Diffie-Hellman key',
  'leaf signs certificates': 'keyCertSign is for CAs (4.2.1.9)',
  'leaf a CA': 'it could make itself clients without number; a switch accepts it',
  'critical CRL distribution point': 'the path rules process no revocation',
  'dns constraint with a leading dot': 'it has no meaning in a DNS constraint (4.2.1.10)',
  'constraint on an otherName of another type': 'the form is constrained, and not processed',
  'wildcard over an excluded name': 'one of the names that it stands for is excluded',
  'policy demanded by the root': 'an anchor counts with what it demands (RFC 5937)',
  'leaf on another curve': 'TLS 1.3 can not prove the key',
  'leaf of version 1': 'it can not say that it is no CA',
  'unique identifiers': 'nothing compares them (4.1.2.8)',
  'serial number zero': 'the serial number is positive (4.1.2.2)',
  'serial number negative': 'the serial number is positive (4.1.2.2)',
  'serial number of 21 octets': 'the serial number has at most 20 octets (4.1.2.2)',
  'GeneralizedTime before 2050': 'one moment has one spelling (4.1.2.5)',
  'empty subject, alternative name not critical': 'readers that skip it see no name (4.1.2.6)',
  'name constraints in the leaf': 'they are for CAs (4.2.1.10)',
};

/** What OpenSSL refuses and we do not, with our reason. */
const ACCEPTED_BY_US_ALONE: Readonly<Record<string, string>> = {
  'common name under a DNS constraint': 'a common name is no DNS name to us, nor to RFC 5280',
  'key identifier of another issuer':
    'the signature tells who issued it (4.2.1.1 only helps to find)',
};

/** Mutations that differ only in company, with the reason. */
const DIFFERENT_TOGETHER: readonly {
  readonly names: readonly string[];
  readonly reason: string;
}[] = [
  {
    names: ['anchored at the leaf'],
    reason:
      'we look at nothing above a trusted leaf and read the leaf itself; OpenSSL does the reverse',
  },
  {
    names: ['look-alike sent', 'no key identifiers'],
    reason: 'we go on to the next issuer of the name when the key of the first is not the one',
  },
];

const SETTINGS =
  'verify -purpose sslclient -auth_level 2 -partial_chain -no-CApath -no-CAstore -policy_check'
    .split(' ')
    // Without a policy of its own OpenSSL takes the initial set for empty, not for any policy.
    .concat('-policy', 'anyPolicy');

const MUTATIONS = Object.entries({ ...HARMLESS, ...BREAKING });

/** Every mutation alone, and of the pairs one in `stride`. */
function combinations(stride: number): readonly (readonly string[])[] {
  const names = MUTATIONS.map(([name]) => name);
  const pairs = names.flatMap((first, i) => names.slice(i + 1).map((second) => [first, second]));
  return [...names.map((name) => [name]), ...pairs.filter((_, index) => index % stride === 0)];
}

function isTrustedByUs({ leaf, presented, anchor }: Chain): boolean {
  try {
    return judge({ leaf, presented, anchors: [anchor] }).kind === 'trusted';
  } catch (error) {
    // Unreadable certificates are refused before the path is looked for.
    if (error instanceof CertificateError) return false;
    throw error;
  }
}

function isTrustedByOpenssl(folder: string, { leaf, presented, anchor }: Chain): Promise<boolean> {
  const save = (name: string, ...chain: readonly { readonly pem: string }[]): string => {
    writeFileSync(join(folder, name), chain.map(({ pem }) => pem).join(''));
    return name;
  };
  const args = [
    ...SETTINGS,
    '-CAfile',
    save('anchor.pem', anchor),
    ...(presented.length > 0 ? ['-untrusted', save('presented.pem', ...presented)] : []),
    save('leaf.pem', leaf),
  ];
  return new Promise((resolve, reject) => {
    execFile('openssl', args, { cwd: folder }, (error) => {
      if (error === null) resolve(true);
      else if (error.code === 1 || error.code === 2) resolve(false);
      else reject(error);
    });
  });
}

/** Compares the decisions about every combination; a difference that is not listed fails the test. */
export async function compareWithOpenssl(t: TestContext, stride: number): Promise<void> {
  const all = combinations(stride);
  const wrong: string[] = [];
  const differing = new Set<string>();
  let trusted = 0;
  const queue = all.values();
  const work = async (): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), 'certbound-agreement-'));
    t.after(() => rmSync(folder, { recursive: true }));
    for (const names of queue) {
      const mutations = MUTATIONS.filter(([name]) => names.includes(name)).map(([, one]) => one);
      const chain = buildChain(mutations);
      const ours = isTrustedByUs(chain);
      const theirs = await isTrustedByOpenssl(folder, chain);
      if (ours && theirs) trusted += 1;
      if (ours === theirs) continue;
      const listed = ours ? ACCEPTED_BY_US_ALONE : REFUSED_BY_US_ALONE;
      const known = names.filter((name) => name in listed);
      const isKnown = DIFFERENT_TOGETHER.some((one) =>
        one.names.every((name) => names.includes(name)),
      );
      if (names.length === 1) differing.add(names.join(''));
      if (known.length > 0 || (names.length > 1 && isKnown)) continue;
      wrong.push(`${names.join(' and ')}: ${ours ? 'we' : 'they'} accept`);
    }
  };
  await Promise.all([work(), work()]);
  t.diagnostic(
    `${all.length} chains, ${trusted} of them trusted by both, ${differing.size} rules differ`,
  );
  assert.deepEqual(wrong, []);
  // A difference that is none any more has to leave the lists.
  const listed = { ...REFUSED_BY_US_ALONE, ...ACCEPTED_BY_US_ALONE };
  assert.deepEqual([...differing].toSorted(), Object.keys(listed).toSorted());
}
