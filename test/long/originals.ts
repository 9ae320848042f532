/** What mutants are made of: for each parser, inputs that it reads. */

import { X509Certificate } from 'node:crypto';
import { after } from 'node:test';

import { writeDer } from '../../src/certificate/der/der-writer.ts';
import { encodingOf } from '../../src/certificate/der/der-value.ts';
import { readDer } from '../../src/certificate/der/der.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { jwkWithChain } from '../clients/presented.ts';
import { mintOcspAnswer } from '../support/ocsp-answer.ts';
import {
  binaryHeader,
  extension,
  FULL_HEADER,
  tlsExtension,
} from '../listener/proxy-protocol/proxy-headers.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import { mintCrl, serialOf, writeCrlPem } from '../support/revocation-list.ts';
import { createWorkshop, withoutKeytool, withoutOpenssl } from '../support/workshop.ts';
import { PASSPHRASE, withJksDigest } from './parsers.ts';
import type { ParserName } from './parsers.ts';

const { write, read, openssl, keytool } = createWorkshop(after);
const authority = await createAuthority();
const leaf = await authority.issue({
  subject: 'CN=a+UID=7,OU=b,O=Test,C=DE',
  san: {
    dns: ['client.example.com'],
    uri: ['urn:example:client'],
    ip: ['192.0.2.1', '2001:db8::1'],
    email: ['client@example.com'],
  },
  eku: ['clientAuth'],
});
const own = await selfSigned({ subject: 'emailAddress=a@example.com,CN=Zoë,O=Test', ca: true });
const certificates = [leaf.certificate, own.certificate];
const list = mintCrl(authority, {
  entries: [{ serialNumber: serialOf(leaf.certificate), reason: 1 }, { serialNumber: '02' }],
});
const answer = { subject: leaf, issuer: authority };
write('cas.pem', authority.certificatePem + own.certificatePem);
write('ca.pem', authority.certificatePem);

/** None where the tool that makes them is not installed. */
export const ORIGINALS: Readonly<Record<ParserName, () => readonly Uint8Array[]>> = {
  DER: () => [...certificates, list],
  certificate: () => certificates,
  'subject DN': () =>
    [
      'CN=Zo\\C3\\AB \\"x\\"+UID=#0c0137,OU=a\\, b,2.5.4.97=#0c0141,C=DE',
      '/C=DE/O=Test/CN=client/emailAddress=a@example.com',
      'C = DE, O = "Test, Inc.", CN = client',
    ].map((text) => Buffer.from(text)),
  SAN: () => {
    const { extensions } = parseCertificate(leaf.certificate);
    return extensions.filter(({ type }) => type === '2.5.29.17').map(({ value }) => value);
  },
  PEM: () => [Buffer.from(leaf.certificatePem + own.certificatePem)],
  JKS: () => [jksStore(), ...(withoutKeytool === false ? [keytoolStore()] : [])],
  'PKCS#12': () => (withoutOpenssl === false ? pkcs12Stores() : []),
  CRL: () => [list, Buffer.from(writeCrlPem(list))],
  OCSP: () => [
    mintOcspAnswer({ answers: [answer, { ...answer, status: 'revoked' }], signer: authority }),
  ],
  JWKS: () => {
    const bare = new X509Certificate(own.certificate).publicKey.export({ format: 'jwk' });
    const keys = [jwkWithChain(leaf.certificate), { ...bare, 'x5t#S256': own.thumbprint }, bare];
    return [Buffer.from(JSON.stringify({ keys }))];
  },
  'PROXY header': () => [
    Buffer.from('PROXY TCP4 192.0.2.7 10.0.0.1 4711 9443\r\n'),
    Buffer.from('PROXY TCP6 2001:db8::7 ::1 4711 9443\r\n'),
    binaryHeader({ extensions: [extension(0x02, 'a.example'), tlsExtension(0x07)] }),
    FULL_HEADER,
  ],
};

/** As Java writes it: two trusted certificates. */
function jksStore(): Uint8Array {
  const uint = (length: number, value: number): Buffer => {
    const octets = Buffer.alloc(length);
    octets.writeUIntBE(value, 0, length);
    return octets;
  };
  const text = (value: string): Buffer =>
    Buffer.concat([uint(2, value.length), Buffer.from(value)]);
  const entries = [authority, own].flatMap(({ certificate }, index) => [
    uint(4, 2),
    text(`ca ${index}`),
    Buffer.alloc(8),
    text('X.509'),
    uint(4, certificate.length),
    certificate,
  ]);
  const head = [uint(4, 0xfeedfeed), uint(4, 2), uint(4, 2)];
  return withJksDigest(Buffer.concat([...head, ...entries, Buffer.alloc(20)]));
}

/** With a private key among the entries. */
function keytoolStore(): Uint8Array {
  const store = ['-keystore', 'a.jks', '-storetype', 'JKS', '-storepass', PASSPHRASE];
  keytool('-importcert', '-noprompt', '-alias', 'ca', '-file', 'ca.pem', ...store);
  const key = ['-genkeypair', '-keyalg', 'EC', '-alias', 'key', '-dname', 'CN=key'];
  keytool(...key, '-keypass', PASSPHRASE, ...store);
  return read('a.jks');
}

/** With a MAC, without one, and encrypted without one. */
function pkcs12Stores(): readonly Uint8Array[] {
  const start = ['pkcs12', '-export', '-nokeys', '-in', 'cas.pem', '-iter', '1'];
  const given = [...start, '-passout', `pass:${PASSPHRASE}`];
  openssl(...given, '-out', 'mac.p12');
  openssl(...given, '-out', 'open.p12', '-nomac', '-certpbe', 'NONE');
  openssl(...given, '-out', 'closed.p12', '-certpbe', 'AES-256-CBC');
  const [version, safe] = readDer(read('closed.p12')).children.map(encodingOf);
  const closed = writeDer(0x30, version ?? new Uint8Array(), safe ?? new Uint8Array());
  return [read('mac.p12'), read('open.p12'), closed];
}
