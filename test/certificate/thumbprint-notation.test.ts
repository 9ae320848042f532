import assert from 'node:assert/strict';
import { createPublicKey, hash, X509Certificate } from 'node:crypto';
import { test } from 'node:test';

import { parseCertificate } from '../../src/certificate/parse.ts';
import {
  allNotations,
  parsePublicKeyPin,
  parseThumbprint,
  publicKeyPinOf,
} from '../../src/certificate/thumbprint.ts';
import { selfSigned } from '../support/pki.ts';

test('reads every notation that is printed as the thumbprint of RFC 8705', async () => {
  const { certificate, thumbprint } = await selfSigned();
  const { rfc, hex, colonHex, sha1X5t, wso2Hexified } = allNotations(certificate);
  for (const text of [
    rfc,
    hex,
    hex.toUpperCase(),
    colonHex,
    colonHex.toLowerCase(),
    wso2Hexified,
  ]) {
    assert.deepEqual(parseThumbprint(text), { algorithm: 'sha256', value: thumbprint }, text);
  }
  const sha1 = { algorithm: 'sha1', value: sha1X5t };
  const { fingerprint } = new X509Certificate(certificate);
  for (const text of [sha1X5t, fingerprint, fingerprint.replaceAll(':', '')]) {
    assert.deepEqual(parseThumbprint(text), sha1, text);
  }
});

test('reads the notations of a certificate of WSO2 Identity Server', () => {
  // The certificate of its documentation; test/certificate/fixtures has it.
  const expected = { algorithm: 'sha256', value: 'mt3KDY1hofQurloTbphKHCSrTlAGl5MlgXX6Xxj9c_E' };
  for (const text of [
    'mt3KDY1hofQurloTbphKHCSrTlAGl5MlgXX6Xxj9c_E',
    '9addca0d8d61a1f42eae5a136e984a1c24ab4e50069793258175fa5f18fd73f1',
    'OWFkZGNhMGQ4ZDYxYTFmNDJlYWU1YTEzNmU5ODRhMWMyNGFiNGU1MDA2OTc5MzI1ODE3NWZhNWYxOGZkNzNmMQ',
  ]) {
    assert.deepEqual(parseThumbprint(text), expected);
  }
});

test('guesses no notation (T34)', async () => {
  const { certificate } = await selfSigned();
  const { rfc, hex, colonHex, wso2Hexified } = allNotations(certificate);
  const standard = hash('sha256', certificate, 'base64');
  for (const text of [
    '',
    `${rfc}=`,
    standard,
    rfc.slice(0, -1),
    `${rfc}A`,
    ` ${rfc}`,
    `${rfc}\n`,
    // The last character has two bits that belong to nothing.
    `${rfc.slice(0, -1)}B`,
    hex.slice(0, -2),
    `${hex}00`,
    `0x${hex.slice(2)}`,
    hex.replace(/^../, 'zz'),
    colonHex.replace(':', '-'),
    colonHex.slice(1),
    `${wso2Hexified}==`,
    Buffer.from(hex.toUpperCase()).toString('base64url'),
    `sha256:${hex}`,
    'a'.repeat(100_000),
  ]) {
    assert.equal(parseThumbprint(text), undefined, text.slice(0, 100));
  }
});

test('reads the pin of a public key as each tool prints it', async () => {
  const { certificate } = await selfSigned();
  const { publicKey } = parseCertificate(certificate);
  const exported = createPublicKey(
    new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'pem' }),
  );
  assert.deepEqual(Buffer.from(publicKey), exported.export({ type: 'spki', format: 'der' }));

  const pin = publicKeyPinOf(publicKey);
  const standard = hash('sha256', publicKey, 'base64');
  const hex = hash('sha256', publicKey, 'hex');
  for (const text of [
    pin,
    standard,
    `sha256/${standard}`,
    `sha256//${standard}`,
    hex,
    hex.toUpperCase(),
  ]) {
    assert.equal(parsePublicKeyPin(text), pin, text);
  }
});

test('a pin that begins with a slash of its own is read like any other', () => {
  const standard = `//${'A'.repeat(41)}=`;
  const pin = `__${'A'.repeat(41)}`;
  for (const text of [standard, `sha256/${standard}`, `sha256//${standard}`, pin]) {
    assert.equal(parsePublicKeyPin(text), pin, text);
  }
});

test('refuses what is no SHA-256 of a public key', () => {
  const standard = `${'A'.repeat(43)}=`;
  for (const text of [
    '',
    'A'.repeat(42),
    'A'.repeat(44),
    `${'A'.repeat(42)}B`,
    `${'A'.repeat(42)}B=`,
    `sha1/${standard}`,
    `sha256:${standard}`,
    `sha256/${'A'.repeat(43)}`,
    `sha256///${standard}`,
    `pin-sha256="${standard}"`,
    `${standard}\n`,
    'g'.repeat(64),
  ]) {
    assert.equal(parsePublicKeyPin(text), undefined, text);
  }
});
