import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createStripList } from '../../src/certificate/header/strip-list.ts';

const FAMILIES = [
  'Client-Cert',
  'Client-Cert-Chain',
  'X-Forwarded-Client-Cert',
  'X-Client-Cert',
  'X-Client-Cert-Fingerprint',
  'X-Client-Cert-Chain-Verified',
  'X-ClientCert',
  'X-Client-Certificate',
  'Client-Certificate',
  'Client-Certificate-CA-Verified',
  'X-SSL',
  'X-SSL-Cert',
  'X-SSL-Cert-Chain-1',
  'X-SSL-Client-Cert',
  'X-SSL-Client-Verify',
  'X-SSL-Client-DN',
  'X-SSL-Client-DER',
  'X-SSL-Issuer',
  'SSL-Client-Cert',
  'SSL-Client-Verify',
  'SSL-Client-Subject-DN',
  'SSL-Client-Issuer-DN',
  'SSL-Cert-Chain-0',
  'SSLClientCertSubject',
  'CERT_CHAIN_0',
  'X-Forwarded-Tls-Client-Cert',
  'X-Forwarded-Tls-Client-Cert-Info',
  'X-Forwarded-Clientcert-Subjectdn',
  'X-TLS-Client-Cert',
  'X-Client-Verify',
  'X-Client-Verified',
  'X-Client-DN',
  'X-ARR-ClientCert',
  'X-Amzn-Mtls-Clientcert',
  'X-Amzn-Mtls-Clientcert-Leaf',
  'X-Amzn-Mtls-Clientcert-Serial-Number',
  'CloudFront-Viewer-Cert-Pem',
  'CloudFront-Viewer-Cert-Present',
  'Cf-Client-Cert-Der-Base64',
  'Cf-Client-Cert-Sha256',
  'Client-To-Edge',
  'X-WSO2-Mtls-Cert',
  'X-WSO2-Client-Certificate',
  'Sec-Client-X509-Cert',
  'Sec-Client-X509-Cert-8f3a',
  'WL-Proxy-Client-Cert',
  'Proxy-Client-Cert',
  '$WSCC',
  'l5d-client-id',
  'certbound-client',
  'Certbound-Thumbprint',
];

/** A name as a client would disguise it from a filter, though not from the server behind it. */
const disguises = (name: string): readonly string[] => [
  name,
  name.toLowerCase(),
  name.toUpperCase(),
  name.replace(/./g, (letter, index: number) =>
    index % 2 === 0 ? letter.toUpperCase() : letter.toLowerCase(),
  ),
  name.replaceAll('-', '_'),
  name.replace('-', '_'),
  name.replaceAll('-', '.'),
  name.replaceAll('-', '~').toLowerCase(),
  name.replaceAll('-', '!'),
];

/** The list of an installation that names nothing of its own. */
const known = createStripList();

test('matches every known family in every spelling', () => {
  for (const name of FAMILIES) {
    for (const spelling of disguises(name)) assert.ok(known.matches(spelling), spelling);
  }
});

test('leaves the header fields of ordinary requests alone', () => {
  for (const name of [
    'Host',
    'Accept',
    'Authorization',
    'Content-Type',
    'Content-Length',
    'Cookie',
    'Connection',
    'User-Agent',
    'X-Request-Id',
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'X-Forwarded-Host',
    'X-Client-Version',
    'X-Client-Id',
    'Client-Id',
    'Forwarded',
    'Sec-Fetch-Mode',
    'Traceparent',
    'DPoP',
    'CF-Connecting-IP',
    'X-Amzn-Trace-Id',
    'CloudFront-Viewer-Country',
    'Proxy-Authorization',
    '__proto__',
    'constructor',
    '',
  ]) {
    assert.equal(known.matches(name), false, name);
  }
});

test('matches configured names in every spelling, and nothing that only starts like them', () => {
  const list = createStripList(['X-Corp_Identity']);
  for (const spelling of disguises('X-Corp-Identity')) assert.ok(list.matches(spelling), spelling);
  assert.equal(list.matches('X-Corp-Identity-Provider'), false);
  assert.equal(known.matches('X-Corp-Identity'), false);
  assert.ok(list.matches('Client-Cert'));
});

test('names what it strips, for documentation', () => {
  const { names } = createStripList(['X-Corp-Identity']);
  for (const name of [
    'client-cert*',
    'x-forwarded-client-cert*',
    'certbound*',
    'x-corp-identity',
  ]) {
    assert.ok(names.includes(name), name);
  }
  assert.ok(Object.isFrozen(names));
});

test('of very many names of one length each is judged for itself, and again', () => {
  for (let round = 0; round < 2; round += 1) {
    for (let at = 100; at < 400; at += 1) {
      assert.equal(known.matches(`x-mtls-${at}`), true);
      assert.equal(known.matches(`x-meal-${at}`), false);
    }
  }
});
