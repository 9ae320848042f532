import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';

import {
  formatDistinguishedName,
  parseDistinguishedName,
  sameDistinguishedName,
} from '../../src/certificate/name/distinguished-name.ts';
import type { DistinguishedName } from '../../src/certificate/name/distinguished-name.ts';
import {
  readDistinguishedNameSpelling,
  spellDistinguishedName,
} from '../../src/certificate/name/distinguished-name-spelling.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { selfSigned } from '../support/pki.ts';

const skip = spawnSync('openssl', ['version']).error !== undefined && 'openssl is not installed';

const read = (text: string): string => formatDistinguishedName(readDistinguishedNameSpelling(text));
const refused = (text: string, message: RegExp): void => {
  const attempt = (): unknown => readDistinguishedNameSpelling(text);
  assert.throws(attempt, { name: 'CertificateError', message }, text);
};

const SAMPLE = 'emailAddress=gangani@wso2.com,CN=Gaga,OU=IAM,O=WSO2,L=Colombo,ST=Western,C=SL';

test('understands how each tool prints an ordinary subject', () => {
  const spellings: Readonly<Record<string, string>> = {
    'RFC 4514': SAMPLE,
    'openssl x509 -subject':
      'subject=C = SL, ST = Western, L = Colombo, O = WSO2, OU = IAM, CN = Gaga, emailAddress = gangani@wso2.com',
    'openssl x509 -subject, since 3.2':
      'subject=C=SL, ST=Western, L=Colombo, O=WSO2, OU=IAM, CN=Gaga, emailAddress=gangani@wso2.com',
    'openssl x509 -subject, before 1.1':
      'subject= /C=SL/ST=Western/L=Colombo/O=WSO2/OU=IAM/CN=Gaga/emailAddress=gangani@wso2.com',
    'openssl -subj':
      '/C=SL/ST=Western/L=Colombo/O=WSO2/OU=IAM/CN=Gaga/emailAddress=gangani@wso2.com',
    'openssl -nameopt lname,oneline':
      'countryName = SL, stateOrProvinceName = Western, localityName = Colombo, organizationName = WSO2, organizationalUnitName = IAM, commonName = Gaga, emailAddress = gangani@wso2.com',
    'Java toString':
      'EMAILADDRESS=gangani@wso2.com, CN=Gaga, OU=IAM, O=WSO2, L=Colombo, ST=Western, C=SL',
    'Java getName':
      '1.2.840.113549.1.9.1=#161067616e67616e694077736f322e636f6d,CN=Gaga,OU=IAM,O=WSO2,L=Colombo,ST=Western,C=SL',
    'Java getName RFC1779':
      'OID.1.2.840.113549.1.9.1=gangani@wso2.com, CN=Gaga, OU=IAM, O=WSO2, L=Colombo, ST=Western, C=SL',
    'Java getName CANONICAL':
      '1.2.840.113549.1.9.1=#161067616e67616e694077736f322e636f6d,cn=gaga,ou=iam,o=wso2,l=colombo,st=western,c=sl',
    Windows: 'E=gangani@wso2.com, CN=Gaga, OU=IAM, O=WSO2, L=Colombo, S=Western, C=SL',
    'RFC 2253 with semicolons':
      'emailAddress=gangani@wso2.com; CN=Gaga; OU=IAM; O="WSO2"; L=Colombo; ST=Western; C=SL',
    'a YAML block': `${SAMPLE}\n`,
  };
  const expected = parseDistinguishedName(SAMPLE);
  for (const [tool, text] of Object.entries(spellings)) {
    assert.ok(sameDistinguishedName(readDistinguishedNameSpelling(text), expected), tool);
  }
});

test('understands quoted and escaped values as OpenSSL and Java print them', () => {
  const expected = 'CN=Zoë \\\\ back,O=Sun\\, \\"Inc.\\"\\ ,C=DE';
  assert.equal(read('C = DE, O = "Sun, \\"Inc.\\" ", CN = Zo\\C3\\AB \\\\ back'), expected);
  assert.equal(read('CN="Zoë \\\\ back", O="Sun, \\"Inc.\\" ", C=DE'), expected);
  assert.equal(read('CN=Zoë \\\\ back,O=Sun\\, \\"Inc.\\"\\ ,C=DE'), expected);
  assert.equal(read('L="a=b<c>;d+e#"'), 'L=a=b\\<c\\>\\;d\\+e#');
  assert.equal(read('CN=""'), 'CN=');
  assert.equal(read('CN="a" + UID="7"'), 'CN=a+UID=7');
});

test('understands several attributes in one RDN and domain components', () => {
  const expected = 'CN=a+UID=7,UID=jsmith,DC=example,DC=net';
  assert.equal(read('DC = net, DC = example, UID = jsmith, CN = a + UID = 7'), expected);
  assert.equal(read('/DC=net/DC=example/UID=jsmith/CN=a+UID=7'), expected);
  assert.equal(read('CN=a + UID=7, UID=jsmith, DC=example, DC=net'), expected);
  assert.equal(
    read(
      'CN=a + OID.0.9.2342.19200300.100.1.1=7, UID=jsmith, OID.0.9.2342.19200300.100.1.25=example, DC=net',
    ),
    expected,
  );
});

test('knows types that have no name in RFC 4514, and their identifiers', () => {
  const byName = readDistinguishedNameSpelling(
    'CN=a,GIVENNAME=G,SURNAME=S,T=x,organizationIdentifier=PSDDE-1,postalCode=9,O=c',
  );
  const byIdentifier = readDistinguishedNameSpelling(
    'CN=a,2.5.4.42=G,2.5.4.4=S,OID.2.5.4.12=x,2.5.4.97=#0c0750534444452d31,2.5.4.17=9,O=c',
  );
  assert.ok(sameDistinguishedName(byName, byIdentifier));
});

test('refuses an order that comes from one certificate with one tool and another with another', () => {
  const ambiguous = [
    // From OpenSSL since 3.2 the one, from Java the other.
    'O=Example, CN=client',
    'CN=client, O=Example',
    'subject=CN=client, O=Example, C=SL',
    'OU=a, OU=b',
    'CN=a, emailAddress=b@c',
    // The unusual order from OpenSSL, or RFC 4514 text with spaces.
    'CN = client, O = Example',
    'O = a, CN = b, OU = c',
    // RFC 4514 to the letter, of a certificate that nobody would expect.
    'O=Example,CN=client',
    'C=SL,ST=Western,L=Colombo,O=WSO2,OU=IAM,CN=Gaga',
    'C=SL;O=WSO2;CN=Gaga',
  ];
  for (const text of ambiguous) refused(text, /character 1: the order is ambiguous/);
});

test('an ambiguous order is refused with both readings, each in a spelling of one meaning', () => {
  for (const text of ['O=Example, CN=client', 'CN = a+UID = 7, O = x/y', 'OU=a, OU=b']) {
    const message = messageOf(text);
    const found = [
      ...message.matchAll(/write (.+?) for a subject that begins with (\S+?)(?:,|$)/g),
    ];
    const readings = found.map(([, spelling = '']) => readDistinguishedNameSpelling(spelling));
    assert.equal(readings.length, 2, message);
    const [a = [], b = []] = readings;
    assert.ok(sameDistinguishedName(a, b.toReversed()));
    assert.ok(!sameDistinguishedName(a, b));
    assert.deepEqual(
      found.map(([, , start]) => start),
      readings.map((name) => formatDistinguishedName(name.slice(0, 1))),
    );
  }
  assert.match(
    messageOf('O=Example, CN=client'),
    /write \/CN=client\/O=Example for a subject that begins with CN=client, write CN=client,O=Example for a subject that begins with O=Example$/,
  );
});

function messageOf(text: string): string {
  try {
    readDistinguishedNameSpelling(text);
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return '';
}

test('the order does not matter where there is but one', () => {
  assert.equal(read('CN = client'), 'CN=client');
  assert.equal(read('OU = a, OU = a'), 'OU=a,OU=a');
});

test('the slash form keeps the order of the certificate, whatever the types say', () => {
  assert.equal(read('/CN=client/O=Example'), 'O=Example,CN=client');
  assert.equal(read('/O=Example/CN=client'), 'CN=client,O=Example');
  assert.equal(read('/O=a\\/b/CN=c\\+d\\\\e\\x0A'), 'CN=c\\+d\\\\e\\0a,O=a/b');
  assert.equal(read('/O=a=b, "c"/CN=#x '), 'CN=\\#x\\ ,O=a=b\\, \\"c\\"');
});

test('refuses a slash form that can be read in two ways', () => {
  refused('/O=a/b/CN=c', /character 6: "\/" either separates or belongs to the value/);
  refused('/CN=a+b', /character 7: "\+" either separates or belongs to the value/);
  refused('/CN=a/', /either separates or belongs/);
  refused('/CN=Zo\\xC3\\xAB', /"\\xC3" is UTF-8 or Latin-1/);
  refused('/CN=DOMAIN\\user', /a backslash either escapes or belongs to the value/);
  refused('/CN=a\\', /a backslash either escapes/);
  refused('/http://example.com=x', /either separates or belongs/);
  refused('/XY=a', /unknown attribute name "XY"/);
  refused('/CN=a\0', /not escaped/);
  refused('/', /either separates or belongs/);
});

test('refuses what no tool prints, and names with two meanings', () => {
  const problems: readonly (readonly [string, RegExp])[] = [
    ['', /is empty/],
    ['subject=', /unknown attribute name "subject"/],
    ['subject=\n', /unknown attribute name "subject"/],
    ['SN=a,CN=b', /unknown attribute name "SN" \(the surname for some tools/],
    ['CN="a', /the quotes are not closed/],
    ['CN="a"b', /text after the closing quote/],
    ['CN="a\0"', /not escaped/],
    ['CN=a"b"', /not escaped/],
    ['CN=a\nO=b', /a line break/],
    ['CN=a,O=b\n\n', /a line break/],
    ['CN=a,', /expected an attribute name/],
    ['CN=a;;O=b', /expected an attribute name/],
    ['OID.CN=a', /unknown attribute name/],
    ['client', /unknown attribute name "client"/],
    ['CN=#0c0141zz', /pairs of hex digits/],
    [`CN=${'a'.repeat(9_000)}`, /longer than 8192/],
    ['CN=\ud800', /half a character/],
  ];
  for (const [text, message] of problems) refused(text, message);
});

test('RFC 4514 text that ends in a hex value is read to its end', () => {
  assert.throws(() => parseDistinguishedName('CN=#0c0141;O=b'), /";" not escaped/);
  assert.equal(read('CN=#0c0141;O=b'), 'CN=A,O=b');
});

test('spells any name so that it is read back as the same name', () => {
  const names: readonly DistinguishedName[] = [
    'CN=a,O=b',
    'O=b,CN=a',
    'C=DE,O=b,CN=a+UID=7',
    'CN=a',
    'OU=a,OU=b,OU=a',
    '2.5.4.97=#0c0141,CN=b,O=c',
    'O=a/b,CN=c\\+d\\\\e',
    'CN=Zoë \\"x\\",O=\\#1',
  ].map(parseDistinguishedName);
  for (const name of names) {
    const spelling = spellDistinguishedName(name);
    assert.ok(sameDistinguishedName(readDistinguishedNameSpelling(spelling), name), spelling);
  }
  assert.equal(spellDistinguishedName(parseDistinguishedName('CN=a,O=b')), 'CN=a,O=b');
  assert.equal(spellDistinguishedName(parseDistinguishedName('O=b,CN=a')), '/CN=a/O=b');
  assert.equal(spellDistinguishedName([]), '');
});

test(
  'whatever openssl prints of a subject is read as that subject or refused',
  { skip },
  async () => {
    const subjects = [
      SAMPLE,
      'CN=client,O=Test',
      'O=Test,CN=client',
      'CN=a+UID=7,UID=jsmith,DC=example,DC=net',
      'CN=Zoë \\\\ back,O=Sun\\, \\"Inc.\\"\\ ,C=DE',
      'CN=\\#x\\ ,O=\\ lead,OU=two  spaces,L=a=b\\<c\\>',
      'serialNumber=1,OU=a/b,2.5.4.97=#0c0141,C=DE',
      'CN=a\\0ab,O=x',
      'OU=a,OU=b',
    ];
    const forms = [
      'oneline',
      'oneline,-space_eq',
      'RFC2253',
      'RFC2253,-esc_msb,utf8',
      'lname,oneline',
      'compat',
    ];
    let understood = 0;
    for (const subject of subjects) {
      const { certificate, certificatePem } = await selfSigned({ subject });
      const expected = parseCertificate(certificate).subject;
      for (const form of forms) {
        const args = ['x509', '-noout', '-subject', '-nameopt', form];
        const printed = execFileSync('openssl', args, { input: certificatePem, encoding: 'utf8' });
        const name = readOrUndefined(printed);
        if (name === undefined) continue;
        understood += 1;
        assert.ok(sameDistinguishedName(name, expected), `${form}: ${printed}`);
      }
    }
    assert.ok(understood > subjects.length * 3, `${understood} were understood`);
  },
);

function readOrUndefined(text: string): DistinguishedName | undefined {
  try {
    return readDistinguishedNameSpelling(text);
  } catch {
    return undefined;
  }
}
