import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { ClientCertificate } from '../../src/certificate/client-certificate.ts';
import { writeDer, writeObjectIdentifier } from '../../src/certificate/der/der-writer.ts';
import type { DistinguishedName } from '../../src/certificate/name/distinguished-name.ts';
import type { AlternativeNames } from '../../src/certificate/mint/mint-extension.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import {
  formatPresented,
  formatSubject,
  hasSubject,
  readRegisteredSubject,
} from '../../src/certificate/name/registered-subject.ts';
import type {
  RegisteredSubject,
  SubjectMetadata,
  SubjectParameter,
} from '../../src/certificate/name/registered-subject.ts';
import { readSubjectAltNames } from '../../src/certificate/name/subject-alt-name.ts';
import { selfSigned } from '../support/pki.ts';

const certificateWith = async (
  san: AlternativeNames,
  subject: string | DistinguishedName = 'CN=client,O=Test',
): Promise<ClientCertificate> => parseCertificate((await selfSigned({ subject, san })).certificate);

const withNames = async (...names: readonly Uint8Array[]): Promise<ClientCertificate> => {
  const extension = { type: '2.5.29.17', critical: false, value: writeDer(0x30, ...names) };
  return parseCertificate((await selfSigned({ extensions: [extension] })).certificate);
};

const registered = (metadata: SubjectMetadata): RegisteredSubject => {
  const outcome = readRegisteredSubject(metadata);
  assert.ok('subject' in outcome, JSON.stringify(outcome));
  return outcome.subject;
};

const problemOf = (key: SubjectParameter, value: string): string => {
  const outcome = readRegisteredSubject({ [key]: value });
  return 'problems' in outcome ? outcome.problems.map(({ text }) => text).join() : 'none';
};

const VALUES: Readonly<Record<SubjectParameter, string>> = {
  tls_client_auth_subject_dn: 'CN=client,O=Test',
  tls_client_auth_san_dns: 'client.example.com',
  tls_client_auth_san_uri: 'urn:example:client',
  tls_client_auth_san_ip: '192.0.2.7',
  tls_client_auth_san_email: 'client@example.com',
};

test('a client has exactly one of the five subject parameters (T24)', () => {
  const keys = Object.keys(VALUES) as SubjectParameter[];
  for (const first of keys) {
    assert.equal(registered({ [first]: VALUES[first] }).parameter, first);
    for (const second of keys) {
      if (first === second) continue;
      const outcome = readRegisteredSubject({ [first]: VALUES[first], [second]: VALUES[second] });
      const [a, b] = [first, second].toSorted((x, y) => keys.indexOf(x) - keys.indexOf(y));
      assert.deepEqual(outcome, {
        problems: [{ key: b, text: `stands beside ${a}, expected exactly one of them` }],
      });
    }
  }
  assert.deepEqual(readRegisteredSubject({}), {
    problems: [{ key: 'tls_client_auth_subject_dn', text: 'is required for tls_client_auth' }],
  });
  const all = readRegisteredSubject(VALUES);
  assert.equal('problems' in all && all.problems.length, 4);
});

test('a name counts under its own type only (T24)', async () => {
  const dns = registered({ tls_client_auth_san_dns: 'client.example.com' });
  const text = 'client.example.com';
  assert.ok(hasSubject(await certificateWith({ dns: [text] }), dns));
  assert.ok(!hasSubject(await certificateWith({ email: [text] }), dns));
  assert.ok(!hasSubject(await certificateWith({ uri: [text] }), dns));
  assert.ok(!hasSubject(await certificateWith({ dns: ['x.example'] }, `CN=${text}`), dns));
  const otherName = writeDer(
    0xa0,
    writeObjectIdentifier('1.2.3'),
    writeDer(0xa0, writeDer(0x16, Buffer.from(text))),
  );
  assert.ok(!hasSubject(await withNames(otherName), dns));

  const uri = registered({ tls_client_auth_san_uri: 'urn:a' });
  assert.ok(hasSubject(await certificateWith({ uri: ['urn:a'] }), uri));
  assert.ok(!hasSubject(await certificateWith({ dns: ['urn:a'], email: ['urn:a'] }), uri));

  const email = registered({ tls_client_auth_san_email: 'a@example.com' });
  assert.ok(hasSubject(await certificateWith({ email: ['a@example.com'] }), email));
  assert.ok(!hasSubject(await certificateWith({ uri: ['a@example.com'] }), email));
  assert.ok(
    !hasSubject(await certificateWith({ dns: ['x.example'] }, 'emailAddress=a@example.com'), email),
  );

  const ip = registered({ tls_client_auth_san_ip: '192.0.2.1' });
  assert.ok(hasSubject(await certificateWith({ ip: ['192.0.2.1'] }), ip));
  assert.ok(!hasSubject(await certificateWith({ dns: ['192.0.2.1'] }), ip));
});

test('host names are equal in any letter case and as a whole (T24)', async () => {
  const certificate = await certificateWith({ dns: ['other.example', 'Client.EXAMPLE.com'] });
  const has = (value: string) =>
    hasSubject(certificate, registered({ tls_client_auth_san_dns: value }));
  assert.ok(has('client.example.com'));
  assert.ok(has('CLIENT.example.COM'));
  assert.ok(!has('example.com'));
  assert.ok(!has('a.client.example.com'));
  assert.ok(!has('client.example.com.evil.example'));
});

test('a wildcard matches nothing, on either side (T24)', async () => {
  const certificate = await certificateWith({ dns: ['*.example.com', '*'] });
  const host = registered({ tls_client_auth_san_dns: 'client.example.com' });
  assert.ok(!hasSubject(certificate, host));
  assert.match(problemOf('tls_client_auth_san_dns', '*.example.com'), /wildcard/);
  assert.match(problemOf('tls_client_auth_san_dns', 'a*.example.com'), /wildcard/);
});

test('addresses are compared as octets, and one family is not the other', async () => {
  const certificate = await certificateWith({ ip: ['2001:db8::1', '192.0.2.1'] });
  const has = (value: string) =>
    hasSubject(certificate, registered({ tls_client_auth_san_ip: value }));
  assert.ok(has('2001:DB8:0:0::0:1'));
  assert.ok(has('192.0.2.1'));
  assert.ok(!has('192.0.2.2'));
  assert.ok(!has('::ffff:192.0.2.1'));
  const masked = await withNames(writeDer(0x87, Uint8Array.of(192, 0, 2, 1, 255, 255, 255, 255)));
  assert.ok(!hasSubject(masked, registered({ tls_client_auth_san_ip: '192.0.2.1' })));
});

test('mail addresses differ by letter case on the left of the @ only', async () => {
  const certificate = await certificateWith({ email: ['Gaga@Example.com'] });
  const has = (value: string) =>
    hasSubject(certificate, registered({ tls_client_auth_san_email: value }));
  assert.ok(has('Gaga@example.COM'));
  assert.ok(!has('gaga@example.com'));
  assert.ok(!has('Gaga@sub.example.com'));
  const doubled = await certificateWith({
    email: ['"a@evil.example"@example.com', 'a@b@c.example'],
  });
  assert.ok(!hasSubject(doubled, registered({ tls_client_auth_san_email: 'a@evil.example' })));
  assert.ok(!hasSubject(doubled, registered({ tls_client_auth_san_email: 'b@c.example' })));
});

test('identifiers are compared character by character', async () => {
  const certificate = await certificateWith({ uri: ['https://example.com/a?b#c'] });
  const has = (value: string) =>
    hasSubject(certificate, registered({ tls_client_auth_san_uri: value }));
  assert.ok(has('https://example.com/a?b#c'));
  for (const other of [
    'https://example.com/a?b',
    'https://example.com/a?b#C',
    'HTTPS://example.com/a?b#c',
    'https://example.com:443/a?b#c',
    'https://example.com/%61?b#c',
  ]) {
    assert.ok(!has(other), other);
  }
});

test('a NUL, a line break or a deceptive letter neither matches nor reaches a log (T25)', async () => {
  const dns = registered({ tls_client_auth_san_dns: 'client.example.com' });
  for (const [value, shown] of [
    ['client.example.com\0', 'client.example.com\\00'],
    ['client.example.com\0.evil.example', 'client.example.com\\00.evil.example'],
    ['client.example.com\n', 'client.example.com\\0a'],
    ['client.example.com.', 'client.example.com.'],
    [' client.example.com', ' client.example.com'],
    ['\u001b[2J', '\\1b[2J'],
  ] as const) {
    const certificate = await certificateWith({ dns: [value], uri: [value], email: [value] });
    assert.ok(!hasSubject(certificate, dns), JSON.stringify(value));
    for (const key of ['dns', 'uri', 'email'] as const) {
      assert.deepEqual(formatPresented(certificate, `tls_client_auth_san_${key}`), [shown]);
    }
  }
  const long = await certificateWith({ dns: ['a'.repeat(60_000)] });
  assert.ok(!hasSubject(long, dns));
});

test('a certificate with a name that is not ASCII is refused as malformed (T25)', async () => {
  // An i without its dot in Latin-1 and in UTF-8.
  for (const octets of ['fd', 'c4b1']) {
    const certificate = await withNames(writeDer(0x82, Buffer.from(octets, 'hex')));
    const dns = registered({ tls_client_auth_san_dns: 'i' });
    assert.throws(() => hasSubject(certificate, dns), { reason: 'certificate_malformed' });
  }
});

test('a certificate without alternative names has none, and all kinds are told apart', async () => {
  const bare = parseCertificate((await selfSigned()).certificate);
  const uri = registered({ tls_client_auth_san_uri: 'urn:a' });
  assert.ok(!hasSubject(bare, uri));
  assert.deepEqual(readSubjectAltNames(bare).dns, []);

  const directory = writeDer(0xa4, writeDer(0x30));
  const certificate = await withNames(
    writeDer(0x82, Buffer.from('a.example')),
    directory,
    writeDer(0x88, Uint8Array.of(0x2a)),
    writeDer(0x86, Buffer.from('urn:a')),
  );
  const names = readSubjectAltNames(certificate);
  assert.deepEqual(
    [names.dns, names.uri, names.ip, names.email, names.others.map(({ form }) => form)],
    [['a.example'], ['urn:a'], [], [], ['directory', 'registeredId']],
  );
  assert.ok(hasSubject(certificate, uri));
});

test('refuses values that no certificate can have, saying which parameter is meant', () => {
  for (const [key, value, problem] of [
    ['tls_client_auth_subject_dn', '', /is empty/],
    ['tls_client_auth_subject_dn', 'O=a, CN=b', /the order is ambiguous/],
    ['tls_client_auth_san_dns', '192.0.2.1', /use tls_client_auth_san_ip/],
    ['tls_client_auth_san_dns', '::1', /use tls_client_auth_san_ip/],
    ['tls_client_auth_san_dns', '', /is no host name/],
    ['tls_client_auth_san_dns', 'a.example.', /is no host name/],
    ['tls_client_auth_san_dns', 'münchen.example', /is no host name/],
    ['tls_client_auth_san_dns', '\u212aelvin.example', /is no host name/],
    ['tls_client_auth_san_dns', 'a b', /is no host name/],
    ['tls_client_auth_san_dns', 'a\0', /is no host name/],
    ['tls_client_auth_san_uri', 'example.com/a', /is no absolute URI/],
    ['tls_client_auth_san_uri', 'urn:a b', /is no absolute URI/],
    ['tls_client_auth_san_uri', 'urn:', /is no absolute URI/],
    ['tls_client_auth_san_ip', '192.0.2.1/32', /is no IP address/],
    ['tls_client_auth_san_ip', 'localhost', /is no IP address/],
    ['tls_client_auth_san_email', 'example.com', /is no e-mail address/],
    ['tls_client_auth_san_email', 'a@', /is no e-mail address/],
    ['tls_client_auth_san_email', 'a@\u212a.example', /is no e-mail address/],
    ['tls_client_auth_san_uri', `urn:${'a'.repeat(9_000)}`, /longer than 8192/],
  ] as const) {
    assert.match(problemOf(key, value), problem, `${key} ${JSON.stringify(value)}`);
  }
});

test('says what is registered in its plain form', () => {
  for (const [metadata, text] of [
    [{ tls_client_auth_subject_dn: 'C = DE, O = b, CN = a' }, 'CN=a,O=b,C=DE'],
    [{ tls_client_auth_san_dns: 'A.Example' }, 'a.example'],
    [{ tls_client_auth_san_uri: 'urn:A' }, 'urn:A'],
    [{ tls_client_auth_san_ip: '2001:DB8:0::1' }, '2001:db8::1'],
    [{ tls_client_auth_san_email: 'A@B.Example' }, 'A@b.example'],
  ] as const) {
    assert.equal(formatSubject(registered(metadata)), text);
  }
});
