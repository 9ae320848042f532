/** Ways to change a good chain of root, two intermediates and leaf, each touching one rule. */

import { extendedKeyUsage, keyUsage } from '../../src/certificate/mint/mint-extension.ts';
import type { MintExtension } from '../../src/certificate/mint/mint-extension.ts';
import { anyPolicy } from '../../src/certificate/policy-extensions.ts';
import {
  extension,
  inhibitAnyPolicy,
  nameConstraints,
  policies,
  policyConstraints,
  policyMappings,
  san,
} from '../support/crafted-extensions.ts';
import type { Constraints, NameOf } from '../support/crafted-extensions.ts';
import { craftKeys, craftRoot } from '../support/crafted.ts';
import type { Crafted, CraftOptions, Keys } from '../support/crafted.ts';

type Member = { -readonly [Key in keyof CraftOptions]: CraftOptions[Key] };

export interface Draft {
  readonly root: Member;
  readonly upper: Member;
  readonly lower: Member;
  readonly leaf: Member;
  /** Which of them are sent with the leaf. */
  sent: readonly ('root' | 'upper' | 'lower')[];
  anchor: 'root' | 'upper' | 'lower' | 'leaf' | 'stranger';
  /** Sent as well, before the others. */
  readonly extra: ((built: Built) => Crafted)[];
}

export type Built = Readonly<Record<'root' | 'upper' | 'lower' | 'leaf' | 'stranger', Crafted>>;

export interface Chain {
  readonly leaf: Crafted;
  readonly presented: readonly Crafted[];
  readonly anchor: Crafted;
}

export type Mutation = (draft: Draft) => void;

const HOUR_MS = 3_600_000;
const NAMES: readonly NameOf[] = [
  ['dns', 'leaf.example.com'],
  ['email', 'leaf@example.com'],
  ['uri', 'https://leaf.example.com/'],
  ['ip', 'c0000201'],
];

/** Made once: what the chains are about is not in the keys. */
const KEYS = Array.from({ length: 6 }, () => craftKeys());
const RSA = craftKeys(2048);
const WEAK = craftKeys(1024);

function keysAt(index: number): Keys {
  const keys = KEYS[index];
  if (keys === undefined) throw new RangeError(`no keys ${index}`);
  return keys;
}

/** The good chain with the mutations applied in their order. */
export function buildChain(mutations: readonly Mutation[]): Chain {
  const draft: Draft = {
    root: { subject: 'CN=root,O=Test', keys: keysAt(0) },
    upper: { subject: 'CN=upper,O=Test', ca: true, keys: keysAt(1) },
    lower: { subject: 'CN=lower,O=Test', ca: true, keys: keysAt(2) },
    leaf: {
      subject: 'CN=leaf,OU=x,O=Test',
      keys: keysAt(3),
      extensions: { san: san(NAMES) },
    },
    sent: ['lower', 'upper'],
    anchor: 'root',
    extra: [],
  };
  for (const mutate of mutations) mutate(draft);
  const root = craftRoot(draft.root);
  const upper = root.issue(draft.upper);
  const lower = upper.issue(draft.lower);
  const leaf = lower.issue(draft.leaf);
  const stranger = craftRoot({ subject: 'CN=stranger,O=Test', keys: keysAt(4) });
  const built: Built = { root, upper, lower, leaf, stranger };
  return {
    leaf,
    presented: [
      ...draft.extra.map((make) => make(built)),
      ...draft.sent.map((name) => built[name]),
    ],
    anchor: built[draft.anchor],
  };
}

type Place = 'root' | 'upper' | 'lower' | 'leaf';

const set =
  (place: Place, options: CraftOptions): Mutation =>
  (draft) => {
    Object.assign(draft[place], options);
  };

const add =
  (place: Place, name: string, added: MintExtension | null): Mutation =>
  (draft) => {
    draft[place].extensions = { ...draft[place].extensions, [name]: added };
  };

const constrain = (place: Place, constraints: Constraints): Mutation =>
  add(place, 'nc', nameConstraints(constraints));

const name = (type: string, value: string, encoding: 'utf8String' | 'printableString') =>
  [[{ type, value, encoding } as const]] as const;

const unknown = extension('1.3.6.1.4.1.99999.1', true, '0500');
const serverOnly = extendedKeyUsage(['serverAuth']);
const now = Date.now();

/** Chains stay good; they prove that nothing is refused that need not be. */
export const HARMLESS: Readonly<Record<string, Mutation>> = {
  nothing: () => undefined,
  'root sent too': (draft) => void (draft.sent = ['lower', 'upper', 'root']),
  'sent in reverse': (draft) => void (draft.sent = ['upper', 'lower']),
  'stranger sent': (draft) => void draft.extra.push(({ stranger }) => stranger),
  'look-alike sent': (draft) =>
    void draft.extra.push(({ upper }) =>
      upper.issue({ subject: draft.lower.subject ?? '', ca: true, keys: keysAt(5) }),
    ),
  'expired twin sent': (draft) =>
    void draft.extra.push(({ upper }) =>
      upper.issue({ ...draft.lower, notAfter: now - HOUR_MS / 2 }),
    ),
  'no key identifiers': (draft) => {
    for (const place of ['upper', 'lower', 'leaf'] as const) {
      add(place, 'aki', null)(draft);
      add(place, 'ski', null)(draft);
    }
  },
  'name of the issuer in other letters': set('lower', { issuer: 'CN=UPPER,O=tESt' }),
  'name of the issuer in another string type': (draft) => {
    draft.upper.subject = name('2.5.4.3', 'upper', 'printableString');
    draft.lower.issuer = name('2.5.4.3', 'upper', 'utf8String');
  },
  'path lengths': (draft) => {
    set('root', { pathLength: 2 })(draft);
    set('upper', { pathLength: 1 })(draft);
    set('lower', { pathLength: 0 })(draft);
  },
  'rsa keys': (draft) => {
    for (const place of ['root', 'lower'] as const) draft[place].keys = RSA;
  },
  'rsa-pss': (draft) => {
    draft.lower.keys = RSA;
    draft.leaf.algorithm = 'rsa-pss';
  },
  'constraints that hold': constrain('upper', {
    permitted: [
      ['dns', 'example.com'],
      ['email', 'example.com'],
      ['uri', '.example.com'],
      ['ip', 'c0000200ffffff00'],
      ['directory', 'O=Test'],
    ],
  }),
  'policies that hold': (draft) => {
    add('upper', 'pc', policyConstraints({ explicit: 0 }))(draft);
    for (const place of ['upper', 'lower', 'leaf'] as const) {
      add(place, 'cp', policies(['1.2.3.1']))(draft);
    }
  },
  'no key usage': add('leaf', 'ku', null),
  'no extended key usage': add('leaf', 'eku', null),
  'no basic constraints in the leaf': add('leaf', 'bc', null),
  'clients only from the CA': add('lower', 'eku', extendedKeyUsage(['clientAuth'])),
  'unknown extension': add('leaf', 'unknown', { ...unknown, critical: false }),
  'anchored at an intermediate': (draft) => void (draft.anchor = 'lower'),
  'anchored at the leaf': (draft) => void (draft.anchor = 'leaf'),
  'version 1 root': set('root', { version: 1 }),
  'forged root': set('root', { forged: true }),
};

/** Each breaks one rule. */
export const BREAKING: Readonly<Record<string, Mutation>> = {
  'leaf expired': set('leaf', { notAfter: now - HOUR_MS / 2 }),
  'leaf not yet valid': set('leaf', { notBefore: now + HOUR_MS / 2 }),
  'intermediate expired': set('lower', { notAfter: now - HOUR_MS / 2 }),
  'root expired': set('root', { notAfter: now - HOUR_MS / 2 }),
  'leaf forged': set('leaf', { forged: true }),
  'intermediate forged': set('upper', { forged: true }),
  'issuer not sent': (draft) => void (draft.sent = ['lower']),
  'root not trusted': (draft) => void (draft.anchor = 'stranger'),
  'issuer of another name': set('lower', { issuer: 'CN=elsewhere,O=Test' }),
  'intermediate no CA': set('lower', { ca: false }),
  'intermediate without basic constraints': add('upper', 'bc', null),
  'intermediate without keyCertSign': add('lower', 'ku', keyUsage(['cRLSign'])),
  'root no CA': add('root', 'bc', null),
  'path length of the root': set('root', { pathLength: 0 }),
  'path length of the intermediate': set('upper', { pathLength: 0 }),
  'leaf for servers': add('leaf', 'eku', serverOnly),
  'leaf for any purpose': add('leaf', 'eku', extendedKeyUsage(['any'])),
  'intermediate for servers': add('upper', 'eku', serverOnly),
  'root for servers': add('root', 'eku', serverOnly),
  'leaf for key encipherment': add('leaf', 'ku', keyUsage(['keyEncipherment'])),
  'leaf for key agreement': add('leaf', 'ku', keyUsage(['keyAgreement'])),
  'leaf signs certificates': add('leaf', 'ku', keyUsage(['digitalSignature', 'keyCertSign'])),
  'leaf a CA': (draft) => {
    set('leaf', { ca: true })(draft);
    add('leaf', 'ku', keyUsage(['digitalSignature', 'keyCertSign']))(draft);
  },
  'leaf with an unknown critical extension': add('leaf', 'unknown', unknown),
  'intermediate with an unknown critical extension': add('lower', 'unknown', unknown),
  'root with an unknown critical extension': add('root', 'unknown', unknown),
  'critical key identifier': add('leaf', 'ski', extension('2.5.29.14', true, '0402 0102')),
  'critical CRL distribution point': add('leaf', 'crl', extension('2.5.29.31', true, '3000')),
  'dns not permitted': constrain('upper', { permitted: [['dns', 'example.org']] }),
  'dns excluded': constrain('lower', { excluded: [['dns', 'example.com']] }),
  'email not permitted': constrain('upper', { permitted: [['email', 'example.org']] }),
  'email excluded': constrain('upper', { excluded: [['email', 'leaf@example.com']] }),
  'email of the subject not permitted': (draft) => {
    set('leaf', { subject: 'emailAddress=a@example.org,CN=leaf,O=Test' })(draft);
    constrain('upper', { permitted: [['email', 'example.com']] })(draft);
  },
  'uri not permitted': constrain('upper', { permitted: [['uri', 'example.com']] }),
  'uri excluded': constrain('upper', { excluded: [['uri', '.example.com']] }),
  'ip not permitted': constrain('upper', { permitted: [['ip', 'c0000300ffffff00']] }),
  'ip excluded': constrain('root', { excluded: [['ip', 'c0000200ffffff00']] }),
  'directory not permitted': constrain('upper', { permitted: [['directory', 'OU=y,O=Test']] }),
  'directory excluded': constrain('lower', { excluded: [['directory', 'OU=x,O=Test']] }),
  'dns constraint with a leading dot': constrain('upper', { permitted: [['dns', '.example.com']] }),
  'constraint on an unsupported form': (draft) => {
    add('leaf', 'san', san([['other', '1.2.3.4']]))(draft);
    constrain('upper', { excluded: [['other', '1.2.3.4']] })(draft);
  },
  'constraint on an otherName of another type': (draft) => {
    add('leaf', 'san', san([['other', '1.2.3.4']]))(draft);
    constrain('upper', { excluded: [['other', '1.2.3.5']] })(draft);
  },
  'wildcard over an excluded name': (draft) => {
    add('leaf', 'san', san([['dns', '*.example.com']]))(draft);
    constrain('upper', { excluded: [['dns', 'a.example.com']] })(draft);
  },
  'common name under a DNS constraint': (draft) => {
    add('leaf', 'san', null)(draft);
    set('leaf', { subject: 'CN=leaf.example.org' })(draft);
    constrain('upper', { permitted: [['dns', 'example.com']] })(draft);
  },
  'policy missing': (draft) => {
    add('upper', 'pc', policyConstraints({ explicit: 0 }))(draft);
    add('upper', 'cp', policies(['1.2.3.1']))(draft);
    add('lower', 'cp', policies(['1.2.3.1']))(draft);
  },
  'policy of another name': (draft) => {
    add('upper', 'pc', policyConstraints({ explicit: 0 }))(draft);
    add('upper', 'cp', policies(['1.2.3.1']))(draft);
    add('lower', 'cp', policies(['1.2.3.1']))(draft);
    add('leaf', 'cp', policies(['1.2.3.2']))(draft);
  },
  'any policy inhibited': (draft) => {
    add('upper', 'pc', policyConstraints({ explicit: 0 }))(draft);
    add('upper', 'cp', policies(['1.2.3.1']))(draft);
    add('upper', 'iap', inhibitAnyPolicy(0))(draft);
    add('lower', 'cp', policies([anyPolicy]))(draft);
    add('leaf', 'cp', policies(['1.2.3.1']))(draft);
  },
  'mapping inhibited': (draft) => {
    add('upper', 'pc', policyConstraints({ explicit: 0, mapping: 0 }))(draft);
    add('upper', 'cp', policies(['1.2.3.1']))(draft);
    add('lower', 'cp', policies(['1.2.3.1']))(draft);
    add('lower', 'pm', policyMappings([['1.2.3.1', '1.2.3.2']]))(draft);
    add('leaf', 'cp', policies(['1.2.3.2']))(draft);
  },
  'policy demanded by the root': add('root', 'pc', policyConstraints({ explicit: 0 })),
  'leaf signed with SHA-1': set('leaf', { algorithm: 'ecdsa-sha1' }),
  'intermediate signed with SHA-1': set('upper', { algorithm: 'ecdsa-sha1' }),
  'leaf of RSA 1024': set('leaf', { keys: WEAK }),
  'intermediate of RSA 1024': set('lower', { keys: WEAK }),
  'leaf on another curve': set('leaf', { keys: craftKeys('secp256k1') }),
  'leaf of version 1': set('leaf', { version: 1 }),
  'intermediate of version 1': set('upper', { version: 1 }),
  'unique identifiers': set('leaf', { uniqueIdentifiers: true }),
  'serial number zero': set('leaf', { serialNumber: '00' }),
  'serial number negative': set('leaf', { serialNumber: 'ff' }),
  'serial number of 21 octets': set('leaf', { serialNumber: `01${'00'.repeat(20)}` }),
  'GeneralizedTime before 2050': set('leaf', { generalizedTime: true }),
  'extension twice': (draft) => {
    add('leaf', 'again', keyUsage(['digitalSignature']))(draft);
  },
  'key usage without a bit': add('leaf', 'ku', extension('2.5.29.15', true, '03020700')),
  'empty subject, alternative name not critical': set('leaf', { subject: [] }),
  'key identifier of another issuer': add(
    'leaf',
    'aki',
    extension('2.5.29.35', false, '3006 8004 01020304'),
  ),
  'name constraints in the leaf': constrain('leaf', { permitted: [['dns', 'example.com']] }),
};
