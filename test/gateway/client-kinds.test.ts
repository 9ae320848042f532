import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPrivateKey, createPublicKey } from 'node:crypto';

import { parseCertificate } from '../../src/certificate/parse.ts';
import { writePem } from '../../src/certificate/pem.ts';
import { allNotations, publicKeyPinOf, thumbprintOf } from '../../src/certificate/thumbprint.ts';
import { certificateOf, jwkOf, jwkWithChain } from '../clients/presented.ts';
import { createAuthority, selfSigned } from '../support/pki.ts';
import type { CertificateOptions, Issued } from '../support/pki.ts';
import { outcomeOf, pkiClient, selfSignedClient, startWithClients } from './client-attempt.ts';
import type { ClientKeys } from './client-attempt.ts';

const authority = await createAuthority({ name: 'Client CA' });
const own = await selfSigned();
/** Nothing but the key and the thumbprint differ. */
const twin = await selfSigned();
const files = { 'clients.pem': authority.certificatePem, 'own.pem': own.certificatePem };

const issue = (options: CertificateOptions): Promise<Issued> =>
  authority.issue({ subject: 'CN=client,O=Test', eku: ['clientAuth'], ...options });

/** All clients at one gateway, each tried with the certificate that is right and those that are near. */
async function tryEach(
  t: Parameters<typeof startWithClients>[0],
  clients: Readonly<Record<string, ClientKeys>>,
  attempts: Readonly<Record<string, Readonly<Record<string, readonly [Issued, string]>>>>,
): Promise<void> {
  const gateway = await startWithClients(t, { clients, files, clientCa: 'clients.pem' });
  for (const [clientId, certificates] of Object.entries(attempts)) {
    for (const [name, [identity, expected]] of Object.entries(certificates)) {
      assert.equal(await outcomeOf(gateway, clientId, identity), expected, `${clientId}: ${name}`);
    }
  }
}

/** Another certificate with the same name and the same key. */
async function renew({ privateKeyPem }: Issued): Promise<Issued> {
  const keys = {
    privateKey: createPrivateKey(privateKeyPem),
    publicKey: createPublicKey(privateKeyPem),
  };
  const certificate = await certificateOf(keys, { serial: '02' });
  const thumbprint = thumbprintOf(certificate);
  return { ...own, certificate, certificatePem: writePem(certificate), thumbprint };
}

test('a registered certificate is its client, however it is written down', async (t) => {
  const { rfc, hex, colonHex, wso2Hexified } = allNotations(own.certificate);
  const clients = {
    file: selfSignedClient({ certificates: ['own.pem'] }),
    text: selfSignedClient({ certificates: [own.certificatePem] }),
    rfc: selfSignedClient({ certificate_thumbprints: [rfc] }),
    hex: selfSignedClient({ certificate_thumbprints: [hex] }),
    upperHex: selfSignedClient({ certificate_thumbprints: [hex.toUpperCase()] }),
    colonHex: selfSignedClient({ certificate_thumbprints: [colonHex] }),
    wso2Hexified: selfSignedClient({ certificate_thumbprints: [wso2Hexified] }),
    rotating: selfSignedClient({ certificates: [twin.certificatePem, 'own.pem'] }),
  };
  const outcomes = {
    own: [own, 'bound'],
    renewed: [await renew(own), 'certificate_not_registered'],
    stranger: [await selfSigned(), 'certificate_not_registered'],
  } as const;
  await tryEach(t, clients, Object.fromEntries(Object.keys(clients).map((id) => [id, outcomes])));
});

test('a key of an inline jwks stands for its certificate, or for itself', async (t) => {
  const renewed = await renew(own);
  const { wso2Hexified: x5t } = allNotations(own.certificate);
  const keySet = (key: object) => selfSignedClient({ jwks: { keys: [key] } });
  const missed = 'certificate_not_registered';
  await tryEach(
    t,
    {
      chain: keySet(jwkWithChain(own.certificate)),
      thumbprint: keySet(jwkOf(own.certificate, { 'x5t#S256': own.thumbprint })),
      key: keySet(jwkOf(own.certificate)),
      wso2: { ...keySet(jwkOf(own.certificate, { x5t })), wso2_x5t: true },
    },
    {
      chain: { own: [own, 'bound'], renewed: [renewed, missed], 'another key': [twin, missed] },
      thumbprint: { own: [own, 'bound'], renewed: [renewed, missed] },
      key: { own: [own, 'bound'], renewed: [renewed, 'bound'], 'another key': [twin, missed] },
      wso2: { own: [own, 'bound'], renewed: [renewed, missed] },
    },
  );
});

test('a subject DN is the same in the spellings of OpenSSL, Java and the RFCs', async (t) => {
  const subject = 'CN=client,OU=Ops\\, EU,O=Test Inc,C=DE';
  const right = await issue({ subject });
  const spellings = {
    rfc4514: subject,
    openssl: 'subject=C = DE, O = Test Inc, OU = "Ops, EU", CN = client',
    slashes: '/C=DE/O=Test Inc/OU=Ops, EU/CN=client',
    x500Principal: 'CN=client, OU="Ops, EU", O=Test Inc, C=DE',
    folded: 'cn=CLIENT,ou=ops\\2c  eu,o=test inc,c=de',
    dotted: '2.5.4.3=client,2.5.4.11=Ops\\, EU,2.5.4.10=Test Inc,2.5.4.6=DE',
  };
  const clients = Object.fromEntries(
    Object.entries(spellings).map(([name, text]) => [
      name,
      pkiClient({ tls_client_auth_subject_dn: text }),
    ]),
  );
  const missed = 'certificate_subject_mismatch';
  const outcomes = {
    right: [right, 'bound'],
    'one RDN less': [await issue({ subject: 'CN=client,O=Test Inc,C=DE' }), missed],
    'one RDN more': [await issue({ subject: `UID=1,${subject}` }), missed],
    reversed: [await issue({ subject: 'C=DE,O=Test Inc,OU=Ops\\, EU,CN=client' }), missed],
    self_signed: [await selfSigned({ subject }), 'certificate_untrusted'],
    'for servers': [
      await issue({ subject, eku: ['serverAuth'] }),
      'certificate_extended_key_usage',
    ],
  } as const;
  await tryEach(t, clients, Object.fromEntries(Object.keys(clients).map((id) => [id, outcomes])));
});

test('an alternative name counts under its own type only', async (t) => {
  const missed = 'certificate_subject_mismatch';
  const dns = await issue({ san: { dns: ['other.example.com', 'client.example.com'] } });
  const wildcard = await issue({ san: { dns: ['*.example.com'] } });
  const dnsAsUri = await issue({ san: { uri: ['client.example.com'] } });
  const commonName = await issue({ subject: 'CN=client.example.com' });
  const uri = await issue({ san: { uri: ['urn:example:client'] } });
  const otherUri = await issue({ san: { uri: ['urn:example:Client'] } });
  const ip = await issue({ san: { ip: ['192.0.2.1'] } });
  const ipv6 = await issue({ san: { ip: ['2001:db8::1'] } });
  const ipAsDns = await issue({ san: { dns: ['192.0.2.1'] } });
  const mapped = await issue({ san: { ip: ['::ffff:192.0.2.1'] } });
  const email = await issue({ san: { email: ['Client@example.com'] } });
  const otherCase = await issue({ san: { email: ['client@EXAMPLE.com'] } });
  const inSubject = await issue({ subject: 'emailAddress=Client@example.com,CN=client' });
  await tryEach(
    t,
    {
      dns: pkiClient({ tls_client_auth_san_dns: 'client.example.com' }),
      uri: pkiClient({ tls_client_auth_san_uri: 'urn:example:client' }),
      ip: pkiClient({ tls_client_auth_san_ip: '192.0.2.1' }),
      ipv6: pkiClient({ tls_client_auth_san_ip: '2001:0DB8:0::1' }),
      email: pkiClient({ tls_client_auth_san_email: 'Client@EXAMPLE.com' }),
    },
    {
      dns: {
        right: [dns, 'bound'],
        wildcard: [wildcard, missed],
        'as a URI': [dnsAsUri, missed],
        'in the subject': [commonName, missed],
      },
      uri: {
        right: [uri, 'bound'],
        'another case': [otherUri, missed],
        'a dNSName': [dns, missed],
      },
      ip: { right: [ip, 'bound'], 'as a dNSName': [ipAsDns, missed], mapped: [mapped, missed] },
      ipv6: { right: [ipv6, 'bound'], 'of version 4': [ip, missed] },
      email: {
        right: [email, 'bound'],
        'another case': [otherCase, missed],
        'in the subject': [inSubject, missed],
      },
    },
  );
});

test('a pinned client needs its key beside its subject', async (t) => {
  const [right, rotated, wrong] = await Promise.all([issue({}), issue({}), issue({})]);
  const pinOf = ({ certificate }: Issued): string =>
    publicKeyPinOf(parseCertificate(certificate).publicKey);
  const hexPin = Buffer.from(pinOf(rotated), 'base64url').toString('hex');
  const curlPin = `sha256//${Buffer.from(pinOf(right), 'base64url').toString('base64')}`;
  await tryEach(
    t,
    {
      pinned: pkiClient({
        tls_client_auth_subject_dn: 'CN=client,O=Test',
        spki_pins: [curlPin, hexPin],
      }),
    },
    {
      pinned: {
        'first pin': [right, 'bound'],
        'second pin': [rotated, 'bound'],
        'another key': [wrong, 'certificate_key_not_pinned'],
        'another subject': [
          await issue({ subject: 'CN=other,O=Test' }),
          'certificate_subject_mismatch',
        ],
      },
    },
  );
});
