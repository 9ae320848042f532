import { test } from 'node:test';

import { extension, nameConstraints, san } from '../support/crafted-extensions.ts';
import type { Constraints, NameOf } from '../support/crafted-extensions.ts';
import { craftRoot } from '../support/crafted.ts';
import type { CraftOptions } from '../support/crafted.ts';
import { chainOf, expectRefused, expectTrusted } from '../support/path-verdict.ts';
import type { ChainRequest } from '../support/path-verdict.ts';

const REASON = 'certificate_name_constraint';

interface Case {
  readonly constraints: Constraints;
  readonly names?: readonly NameOf[];
  readonly subject?: CraftOptions['subject'];
}

/** The intermediate is constrained; the leaf has the names. */
function chainWith({ constraints, names, subject = 'CN=leaf,O=Test' }: Case): ChainRequest {
  return chainOf({
    intermediate: { extensions: { nc: nameConstraints(constraints) } },
    leaf: { subject, extensions: names === undefined ? {} : { san: san(names) } },
  });
}

function expectInside(constraint: NameOf, ...names: readonly NameOf[]): void {
  for (const name of names) {
    expectTrusted(chainWith({ constraints: { permitted: [constraint] }, names: [name] }));
    expectRefused(chainWith({ constraints: { excluded: [constraint] }, names: [name] }), REASON);
  }
}

function expectOutside(constraint: NameOf, ...names: readonly NameOf[]): void {
  for (const name of names) {
    expectRefused(chainWith({ constraints: { permitted: [constraint] }, names: [name] }), REASON);
    expectTrusted(chainWith({ constraints: { excluded: [constraint] }, names: [name] }));
  }
}

/** Refused whether it is permitted or excluded: nobody can say on which side the name is. */
function expectNeither(constraint: NameOf, ...names: readonly NameOf[]): void {
  for (const name of names) {
    expectRefused(chainWith({ constraints: { permitted: [constraint] }, names: [name] }), REASON);
    expectRefused(chainWith({ constraints: { excluded: [constraint] }, names: [name] }), REASON);
  }
}

test('a DNS constraint holds the host and all below it, in any letter case', () => {
  expectInside(
    ['dns', 'Example.com'],
    ['dns', 'example.COM'],
    ['dns', 'a.example.com'],
    ['dns', 'a_b.c.example.com'],
    ['dns', '*.example.com'],
    ['dns', '*.a.example.com'],
  );
  expectOutside(
    ['dns', 'example.com'],
    ['dns', 'notexample.com'],
    ['dns', 'example.com.evil'],
    ['dns', 'com'],
    ['dns', 'example.org'],
  );
  expectInside(['dns', ''], ['dns', 'any.host']);
});

test('a wildcard is inside only with all that it stands for, and excluded with any of it', () => {
  expectNeither(['dns', 'a.example.com'], ['dns', '*.example.com']);
  expectOutside(['dns', 'b.a.example.com'], ['dns', '*.example.com']);
});

test('a host name that no reader agrees on is inside of nothing', () => {
  const malformed = [
    '.example.com',
    'example.com.',
    'a..example.com',
    '-a.example.com',
    '*.*.example.com',
    'a*.example.com',
    '*',
    '192.0.2.1',
    'a example.com',
    'example.com\0.org',
    '',
    `${'a'.repeat(64)}.example.com`,
  ];
  expectNeither(['dns', 'example.com'], ...malformed.map((name) => ['dns', name] as const));
});

test('a constraint that can not be evaluated refuses names of its form, and only those', () => {
  const malformed: readonly NameOf[] = [
    ['dns', '.example.com'],
    ['dns', '*.example.com'],
    ['dns', 'example.com.'],
  ];
  for (const constraint of malformed) {
    expectNeither(constraint, ['dns', 'a.example.com']);
    expectTrusted(
      chainWith({ constraints: { permitted: [constraint] }, names: [['uri', 'https://a.org/']] }),
    );
  }
  expectNeither(['uri', 'https://example.com'], ['uri', 'https://example.com/']);
  expectNeither(['email', 'a@b@example.com'], ['email', 'a@example.com']);
  expectNeither(['ip', '7f000001'], ['ip', '7f000001']);
  expectNeither(['ip', 'c0000200 ff00ff00'], ['ip', 'c0000201']);
  expectNeither(['id', '1.2.3'], ['id', '1.2.3'], ['id', '1.2.4']);
  expectNeither(['other', '1.2.3'], ['other', '1.2.3']);
  expectNeither(['x400', ''], ['x400', '']);
  expectTrusted(chainWith({ constraints: { excluded: [['other', '1.2.3']] } }));
});

test('subtrees with distances refuse names of their form', () => {
  // permitted: dNSName "a.b", minimum 1; then with a maximum.
  for (const value of [
    '30 0c a0 0a 30 08 82 03 612e62 80 01 01',
    '30 0c a0 0a 30 08 82 03 612e62 81 01 05',
  ]) {
    const chain = (name: NameOf): ChainRequest =>
      chainOf({
        intermediate: { extensions: { nc: extension('2.5.29.30', true, value) } },
        leaf: { extensions: { san: san([name]) } },
      });
    expectRefused(chain(['dns', 'a.b']), REASON, /distances/);
    expectTrusted(chain(['email', 'a@a.b']));
  }
});

test('a mailbox constraint names a mailbox, a host, or the hosts below a domain', () => {
  expectInside(['email', 'a@Example.com'], ['email', 'a@example.COM']);
  expectOutside(['email', 'a@example.com'], ['email', 'A@example.com'], ['email', 'b@example.com']);
  expectInside(['email', 'example.com'], ['email', 'a.b+c@example.com']);
  expectOutside(['email', 'example.com'], ['email', 'a@b.example.com']);
  expectInside(
    ['email', '.example.com'],
    ['email', 'a@b.example.com'],
    ['email', 'a@c.b.example.com'],
  );
  expectOutside(['email', '.example.com'], ['email', 'a@example.com']);
  expectNeither(
    ['email', 'example.com'],
    ['email', '"a@evil.org"@example.com'],
    ['email', 'a@evil.org@example.com'],
    ['email', 'example.com'],
    ['email', 'a@'],
    ['email', '@example.com'],
    ['email', 'a@[192.0.2.1]'],
    // SmtpUTF8Mailbox: a mailbox under another form (RFC 9598).
    ['other', '1.3.6.1.5.5.7.8.9'],
  );
});

test('a mailbox constraint holds for the emailAddress of the subject', () => {
  const constraints = { permitted: [['email', 'example.com']] } as const;
  const subject = (email: string) => `emailAddress=${email},CN=leaf`;
  expectTrusted(chainWith({ constraints, subject: subject('a@example.com') }));
  expectRefused(
    chainWith({ constraints, subject: subject('a@example.org') }),
    REASON,
    /example\.org/,
  );
  expectRefused(
    chainWith({
      constraints,
      subject: subject('a@example.org'),
      names: [['email', 'a@example.com']],
    }),
    REASON,
  );
  expectRefused(chainWith({ constraints, subject: subject('nobody') }), REASON);
});

test('a URI constraint names a host or the hosts below a domain', () => {
  expectInside(
    ['uri', 'example.com'],
    ['uri', 'https://example.com'],
    ['uri', 'HTTPS://user:secret@EXAMPLE.com:8443/path?query#part'],
    ['uri', 'spiffe://example.com/workload'],
  );
  expectOutside(
    ['uri', 'example.com'],
    ['uri', 'https://a.example.com/'],
    ['uri', 'https://evil.org/example.com'],
  );
  expectInside(
    ['uri', '.example.com'],
    ['uri', 'https://a.example.com/'],
    ['uri', 'https://b.a.example.com'],
  );
  expectOutside(['uri', '.example.com'], ['uri', 'https://example.com/']);
  expectNeither(
    ['uri', 'example.com'],
    ['uri', 'urn:example:com'],
    ['uri', 'mailto:a@example.com'],
    ['uri', 'https://192.0.2.1/'],
    ['uri', 'https://[2001:db8::1]/'],
    ['uri', 'https://example.com@evil.org@example.com/'],
    ['uri', 'https://example.com\\@evil.org/'],
    ['uri', 'https:///path'],
    ['uri', 'example.com'],
  );
});

test('an address constraint is a prefix of its own family', () => {
  const v4 = ['ip', 'c0000200 ffffff00'] as const;
  expectInside(v4, ['ip', 'c0000201'], ['ip', 'c00002ff']);
  expectOutside(
    v4,
    ['ip', 'c0000301'],
    ['ip', '00000000000000000000ffffc0000201'],
    ['ip', 'c0000201000000000000000000000000'],
  );
  expectNeither(v4, ['ip', 'c0000200ffffff00'], ['ip', 'c00002'], ['ip', '']);
  const v6 = ['ip', '20010db8000000000000000000000000 ffffffff000000000000000000000000'] as const;
  expectInside(v6, ['ip', '20010db8000000000000000000000001']);
  expectOutside(v6, ['ip', '20010db9000000000000000000000001'], ['ip', '20010db8']);
  expectInside(['ip', '00000000 00000000'], ['ip', 'c0000201']);
});

test('a directory constraint holds subject and alternative names that begin with it', () => {
  const constraint = ['directory', 'O=Test,C=DE'] as const;
  const under = (subject: string, ...names: readonly NameOf[]): Case => ({
    constraints: { permitted: [constraint] },
    subject,
    ...(names.length > 0 && { names }),
  });
  expectTrusted(chainWith(under('CN=leaf,O=Test,C=DE')));
  expectTrusted(chainWith(under('CN=leaf,OU=x,O=TEST,C=de', ['directory', 'O=test,C=DE'])));
  expectRefused(chainWith(under('CN=leaf,O=Test2,C=DE')), REASON, /directory name/);
  expectRefused(chainWith(under('CN=leaf,C=DE,O=Test')), REASON);
  expectRefused(chainWith(under('CN=leaf')), REASON);
  expectRefused(chainWith(under('CN=leaf,O=Test,C=DE', ['directory', 'CN=a'])), REASON);
  const excluded = { constraints: { excluded: [constraint] } };
  expectRefused(chainWith({ ...excluded, subject: 'CN=leaf,O=Test,C=DE' }), REASON, /excluded/);
  expectTrusted(chainWith({ ...excluded, subject: 'CN=leaf,O=Test' }));
});

test('names of forms that nobody constrained are free', () => {
  const names: readonly NameOf[] = [
    ['uri', 'urn:x'],
    ['dns', 'example..com'],
    ['other', '1.2.3'],
    ['id', '1.2.3'],
    ['ip', '00'],
  ];
  expectTrusted(chainWith({ constraints: { permitted: [['email', 'example.com']] }, names }));
});

test('exclusion wins, and each of several names has to be inside', () => {
  const both = {
    permitted: [['dns', 'example.com']],
    excluded: [['dns', 'a.example.com']],
  } as const;
  expectTrusted(chainWith({ constraints: both, names: [['dns', 'b.example.com']] }));
  expectRefused(
    chainWith({
      constraints: both,
      names: [
        ['dns', 'b.example.com'],
        ['dns', 'x.a.example.com'],
      ],
    }),
    REASON,
    /x\.a\.example\.com is excluded/,
  );
  const several = {
    permitted: [
      ['dns', 'a.org'],
      ['dns', 'b.org'],
    ],
  } as const;
  expectTrusted(
    chainWith({
      constraints: several,
      names: [
        ['dns', 'a.org'],
        ['dns', 'b.org'],
      ],
    }),
  );
});

test('constraints of several CAs hold together, those of the anchor included', () => {
  const chain = (...constraints: readonly [Constraints, Constraints]): ChainRequest =>
    chainOf({
      root: { extensions: { nc: nameConstraints(constraints[0]) } },
      intermediate: { extensions: { nc: nameConstraints(constraints[1], false) } },
      leaf: { extensions: { san: san([['dns', 'a.example.com']]) } },
    });
  const wide: Constraints = { permitted: [['dns', 'example.com']] };
  const narrow: Constraints = { permitted: [['dns', 'a.example.com']] };
  const other: Constraints = { permitted: [['dns', 'b.example.com']] };
  expectTrusted(chain(wide, narrow));
  expectTrusted(chain(narrow, wide));
  expectRefused(chain(wide, other), REASON);
  expectRefused(chain(other, wide), REASON);
});

test('intermediate certificates are constrained too, but for self-issued ones', () => {
  const root = craftRoot({
    extensions: { nc: nameConstraints({ excluded: [['dns', 'example.com']] }) },
  });
  const named = { san: san([['dns', 'example.com']]) };
  const intermediate = root.issue({ subject: 'CN=between,O=Test', ca: true, extensions: named });
  expectRefused(
    { leaf: intermediate.issue(), presented: [intermediate], anchors: [root] },
    REASON,
    /^depth 1/,
  );
  const renewed = root.issue({ subject: 'CN=root,O=Test', ca: true, extensions: named });
  expectTrusted({ leaf: renewed.issue(), presented: [renewed], anchors: [root] });
  // At the end of the path it counts.
  const last = root.issue({ subject: 'CN=root,O=Test', extensions: named });
  expectRefused({ leaf: last, anchors: [root] }, REASON, /^depth 0/);
});
