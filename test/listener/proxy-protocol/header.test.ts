import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyHeaderError } from '../../../src/errors.ts';
import { readProxyHeader } from '../../../src/listener/proxy-protocol/header.ts';
import { createRandom, mutate } from '../../support/mutants.ts';
import {
  binaryHeader,
  endpoints,
  extension,
  FULL_HEADER,
  SIGNATURE,
  tlsExtension,
} from './proxy-headers.ts';

const LINE = Buffer.from('PROXY TCP4 192.0.2.7 10.0.0.1 4711 9443\r\n');
const HELLO = Buffer.from('\x16\x03\x01\r\n', 'latin1');

/** The reason and the detail with which the octets are refused. */
function refusalOf(bytes: Buffer): string {
  try {
    const header = readProxyHeader(bytes);
    return header === undefined ? 'needs more' : `took ${JSON.stringify(header.client)}`;
  } catch (error) {
    assert.ok(error instanceof ProxyHeaderError, String(error));
    return `${error.reason}: ${error.message}`;
  }
}

for (const [line, address, port] of [
  ['PROXY TCP4 192.0.2.7 10.0.0.1 4711 9443', '192.0.2.7', 4711],
  ['PROXY TCP4 255.255.255.255 0.0.0.0 65535 0', '255.255.255.255', 65_535],
  ['PROXY TCP6 2001:DB8::7 2001:db8::1 1 2', '2001:db8::7', 1],
  ['PROXY TCP6 2001:0db8:0:0:0:0:0:7 ::1 1 2', '2001:db8::7', 1],
  ['PROXY TCP6 ::ffff:192.0.2.7 ::ffff:10.0.0.1 1 2', '192.0.2.7', 1],
] as const) {
  test(`version 1 tells the client: ${line}`, () => {
    const header = Buffer.from(`${line}\r\n`);
    assert.deepEqual(readProxyHeader(Buffer.concat([header, HELLO])), {
      version: 1,
      length: header.length,
      client: { address, port },
      extensions: undefined,
    });
  });
}

test('version 1 with UNKNOWN names no client, whatever follows the word', () => {
  const longest = `PROXY UNKNOWN ${'f'.repeat(91)}\r\n`;
  assert.equal(longest.length, 107);
  for (const line of ['PROXY UNKNOWN\r\n', 'PROXY UNKNOWN ::1 ::2 x y z\r\n', longest]) {
    const header = readProxyHeader(Buffer.from(line));
    assert.equal(header?.client, undefined);
    assert.equal(header?.length, line.length);
  }
});

for (const [title, line, detail] of [
  ['another family', 'PROXY UDP4 192.0.2.7 10.0.0.1 1 2', 'neither TCP4, TCP6 nor UNKNOWN'],
  ['lower case', 'PROXY tcp4 192.0.2.7 10.0.0.1 1 2', 'neither TCP4, TCP6 nor UNKNOWN'],
  ['no family', 'PROXY ', 'neither TCP4, TCP6 nor UNKNOWN'],
  ['a longer UNKNOWN', 'PROXY UNKNOWNS', 'neither TCP4, TCP6 nor UNKNOWN'],
  ['too few words', 'PROXY TCP4 192.0.2.7 10.0.0.1 1', 'not two addresses and two ports'],
  ['too many words', 'PROXY TCP4 192.0.2.7 10.0.0.1 1 2 3', 'not two addresses and two ports'],
  ['two spaces', 'PROXY TCP4 192.0.2.7  10.0.0.1 1 2', 'not two addresses and two ports'],
  ['a space at the end', 'PROXY TCP4 192.0.2.7 10.0.0.1 1 2 ', 'not two addresses and two ports'],
  ['IPv6 in TCP4', 'PROXY TCP4 2001:db8::7 10.0.0.1 1 2', 'an address that is not of TCP4'],
  ['IPv4 in TCP6', 'PROXY TCP6 2001:db8::7 10.0.0.1 1 2', 'an address that is not of TCP6'],
  ['leading zeros', 'PROXY TCP4 192.0.2.07 10.0.0.1 1 2', 'an address that is not of TCP4'],
  ['a zone', 'PROXY TCP6 fe80::1%eth0 ::1 1 2', 'an address that is not of TCP6'],
  ['a name', 'PROXY TCP4 localhost 10.0.0.1 1 2', 'an address that is not of TCP4'],
  ['a port too large', 'PROXY TCP4 192.0.2.7 10.0.0.1 65536 2', 'a port that is none'],
  ['a port with a zero', 'PROXY TCP4 192.0.2.7 10.0.0.1 01 2', 'a port that is none'],
  ['a port with a sign', 'PROXY TCP4 192.0.2.7 10.0.0.1 +1 2', 'a port that is none'],
  ['no port of the destination', 'PROXY TCP4 192.0.2.7 10.0.0.1 1 x', 'a port that is none'],
  ['a line feed alone', 'PROXY TCP4 192.0.2.7 10.0.0.1 1 2\nx', 'an octet that is not printable'],
  ['a NUL', 'PROXY TCP4 192.0.2.7\0 10.0.0.1 1 2', 'an octet that is not printable'],
  ['a tab', 'PROXY TCP4\t192.0.2.7 10.0.0.1 1 2', 'an octet that is not printable'],
  ['108 octets', `PROXY UNKNOWN ${'f'.repeat(92)}`, 'no end of the line within 107 octets'],
] as const) {
  test(`F25: version 1 with ${title} is refused`, () => {
    assert.equal(
      refusalOf(Buffer.from(`${line}\r\n`, 'latin1')),
      `proxy_header_invalid: version 1: ${detail}`,
    );
  });
}

test('version 2 tells the client over IPv4 and IPv6', () => {
  const ipv6 = endpoints('2001:db8::7', '::1', 1, 2);
  const mapped = endpoints('::ffff:192.0.2.7', '::ffff:10.0.0.1', 1, 2);
  for (const [header, client] of [
    [binaryHeader(), { address: '192.0.2.7', port: 4_711 }],
    [binaryHeader({ family: 0x12 }), { address: '192.0.2.7', port: 4_711 }],
    [binaryHeader({ family: 0x21, addresses: ipv6 }), { address: '2001:db8::7', port: 1 }],
    [binaryHeader({ family: 0x21, addresses: mapped }), { address: '192.0.2.7', port: 1 }],
  ] as const) {
    const read = readProxyHeader(Buffer.concat([header, HELLO]));
    assert.deepEqual(read?.client, client);
    assert.equal(read?.length, header.length);
  }
});

test('version 2 that names no client is read to its end', () => {
  const addresses = Buffer.alloc(216, 'x');
  for (const header of [
    // LOCAL, with a family or an unassigned one, with octets that would be no extensions.
    binaryHeader({ command: 0x20, family: 0, addresses: Buffer.alloc(0) }),
    binaryHeader({ command: 0x20 }),
    binaryHeader({ command: 0x20, family: 0xff, addresses: Buffer.alloc(7, 0xff) }),
    // A family that is not told.
    binaryHeader({ family: 0, addresses: Buffer.alloc(0) }),
    binaryHeader({ family: 0, addresses: Buffer.alloc(9, 0xff) }),
    // Unix sockets.
    binaryHeader({ family: 0x31, addresses }),
    binaryHeader({ family: 0x32, addresses, extensions: [extension(0x02, 'a')] }),
  ]) {
    const read = readProxyHeader(Buffer.concat([header, HELLO]));
    assert.equal(read?.client, undefined);
    assert.equal(read?.length, header.length);
  }
});

test('the extensions of version 2 are read, those that nobody knows are passed over', () => {
  assert.deepEqual(readProxyHeader(FULL_HEADER), {
    version: 2,
    length: FULL_HEADER.length,
    client: { address: '192.0.2.7', port: 4_711 },
    extensions: {
      alpn: 'h2',
      authority: 'gateway.example',
      uniqueId: 'id-1',
      tls: { protocol: 'TLSv1.3', hasCertificate: true },
      checksumAt: 26,
    },
  });
});

test('a sender without TLS says so with a flag', () => {
  const tls = (flags: number) =>
    readProxyHeader(binaryHeader({ extensions: [tlsExtension(flags)] }))?.extensions?.tls;
  assert.equal(tls(0), undefined);
  assert.deepEqual(tls(1), { protocol: undefined, hasCertificate: false });
  assert.deepEqual(tls(5), { protocol: undefined, hasCertificate: true });
});

test('what is no text in an extension cannot get into a log line', () => {
  const extensions = [extension(0x02, 'a\r\n\x1b[31m\u00ff')];
  const { authority } = readProxyHeader(binaryHeader({ extensions }))?.extensions ?? {};
  assert.equal(authority, 'a\\u000d\\u000a\\u001b[31m\\u00ff');
});

const most = 4_096 - 12 - 3;
test('version 2 may take 4096 octets', () => {
  const header = binaryHeader({ extensions: [extension(0xe0, Buffer.alloc(most))] });
  assert.equal(readProxyHeader(header)?.length, 16 + 4_096);
});

for (const [title, header, detail] of [
  ['version 1 in it', binaryHeader({ command: 0x11 }), 'unknown version or command'],
  ['version 3 in it', binaryHeader({ command: 0x31 }), 'unknown version or command'],
  ['another command', binaryHeader({ command: 0x22 }), 'unknown version or command'],
  ['another family', binaryHeader({ family: 0x41 }), 'unknown family or transport'],
  ['no transport', binaryHeader({ family: 0x10 }), 'unknown family or transport'],
  ['another transport', binaryHeader({ family: 0x13 }), 'unknown family or transport'],
  ['4097 octets', binaryHeader({ length: 4_097 }), 'more than 4096 octets'],
  ['65535 octets of LOCAL', binaryHeader({ command: 0x20, length: 65_535 }), 'more than 4096'],
  ['no room for addresses', binaryHeader({ length: 11 }), 'shorter than its addresses'],
  ['IPv4 under IPv6', binaryHeader({ family: 0x21 }), 'shorter than its addresses'],
  ['a length of 0', binaryHeader({ length: 0 }), 'shorter than its addresses'],
  ['two octets of an extension', withExtensions(Buffer.from([1, 0])), 'cut short'],
  ['an extension over the end', withExtensions(Buffer.from([1, 0, 2, 0])), 'longer than'],
  ['garbage for extensions', withExtensions(Buffer.alloc(40, 0xff)), 'longer than the header'],
  ['two authorities', withExtensions(extension(2, 'a'), extension(2, 'b')), 'stands there twice'],
  ['a short checksum', withExtensions(extension(3, 'abc')), 'not of 4 octets'],
  ['a wrong checksum', withExtensions(extension(3, 'abcd')), 'the checksum does not fit'],
  ['a long unique id', withExtensions(extension(5, 'a'.repeat(129))), 'more than 128 octets'],
  ['a short TLS extension', withExtensions(extension(0x20, '\x01\0\0\0')), 'cut short'],
  [
    'a broken list in the TLS extension',
    withExtensions(tlsExtension(1, Buffer.from([0x21, 0, 9]))),
    'longer than the header',
  ],
] as const) {
  test(`F25: version 2 with ${title} is refused`, () => {
    const refusal = refusalOf(header);
    assert.ok(refusal.startsWith('proxy_header_invalid: version 2: '), refusal);
    assert.ok(refusal.includes(detail), refusal);
  });
}

function withExtensions(...extensions: readonly Uint8Array[]): Buffer {
  return binaryHeader({ extensions });
}

for (const [title, bytes] of [
  ['a ClientHello', HELLO],
  ['HTTP', Buffer.from('POST / HTTP/1.1\r\n\r\n')],
  ['HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  ['one wrong octet', Buffer.from('\0')],
  ['a lower-case word', Buffer.from('proxy TCP4 192.0.2.7 10.0.0.1 1 2\r\n')],
  ['a space before it', Buffer.from(` ${LINE.toString()}`)],
  ['a signature that is cut short', Buffer.from('0d0a0d0a000d0a515549540b', 'hex')],
  ['the signature twice', SIGNATURE.subarray(1)],
] as const) {
  test(`F25: ${title} is no PROXY header`, () => {
    const expected = 'proxy_header_absent: the first octets are of no PROXY header';
    assert.equal(refusalOf(bytes), expected);
  });
}

const HEADERS = [LINE, Buffer.from('PROXY UNKNOWN\r\n'), binaryHeader(), FULL_HEADER];

test('F25: of a header that is cut anywhere more is expected', () => {
  for (const header of HEADERS) {
    for (let length = 0; length < header.length; length += 1) {
      assert.equal(readProxyHeader(header.subarray(0, length)), undefined);
    }
    assert.equal(readProxyHeader(header)?.length, header.length);
  }
});

test('F25: one damaged octet is refused as such or read as another header, nothing else', () => {
  for (const header of HEADERS) {
    for (let at = 0; at < header.length; at += 1) {
      for (let octet = 0; octet < 256; octet += 1) {
        const damaged = Buffer.from(header);
        damaged[at] = octet;
        refusalOf(damaged);
      }
    }
  }
});

test('one damaged octet under a checksum never makes another client', () => {
  const { client } = readProxyHeader(FULL_HEADER) ?? {};
  for (let at = 0; at < FULL_HEADER.length; at += 1) {
    for (let octet = 0; octet < 256; octet += 1) {
      const damaged = Buffer.from(FULL_HEADER);
      damaged[at] = octet;
      const refusal = refusalOf(damaged);
      if (refusal.startsWith('took {')) assert.equal(refusal, `took ${JSON.stringify(client)}`);
    }
  }
});

test('F25: whatever comes, a header is read, refused or waited for within its bound', () => {
  const random = createRandom(25);
  for (let round = 0; round < 20_000; round += 1) {
    const original = HEADERS[random(HEADERS.length)] ?? LINE;
    const bytes = Buffer.from(mutate(original, random));
    const refusal = refusalOf(bytes);
    const full = Buffer.concat([bytes, Buffer.alloc(4_112)]);
    if (refusal === 'needs more') assert.notEqual(refusalOf(full), 'needs more');
  }
});
