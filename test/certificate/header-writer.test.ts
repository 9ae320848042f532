import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Verdict } from '../../src/certificate/client-certificate.ts';
import { codecFor } from '../../src/certificate/header/codecs.ts';
import type { HeaderChoice } from '../../src/certificate/header/header-choice.ts';
import { createHeaderWriter } from '../../src/certificate/header/header-writer.ts';
import type { LeftOut } from '../../src/certificate/header/header-writer.ts';
import { PRESET_NAMES, PRESETS } from '../../src/certificate/header/presets.ts';
import { createStripList } from '../../src/certificate/header/strip-list.ts';
import { parseCertificate } from '../../src/certificate/parse.ts';
import { base64, bodies, pem } from './header-vectors.ts';

const certificate = parseCertificate(bodies.leaf);
const TRUSTED: Verdict = { kind: 'trusted', intermediates: bodies.chain };
const SELF_SIGNED: Verdict = { kind: 'self_signed' };
const UNTRUSTED: Verdict = {
  kind: 'untrusted',
  of: 'path',
  reason: 'certificate_issuer_unknown',
  detail: '',
};

function writerOf(choices: readonly HeaderChoice[], maxOctets = Number.POSITIVE_INFINITY) {
  const leftOut: LeftOut[] = [];
  const writer = createHeaderWriter({
    choices,
    maxOctets,
    onLeftOut: (facts) => leftOut.push(facts),
  });
  return { writer, leftOut };
}

const { leaf, chain } = bodies;
const [first = leaf, second = leaf] = chain;
const escaped = encodeURIComponent(`${pem(leaf, '\n')}\n`);

/** The fields of a certificate that a CA vouches for, spelled out. */
const EXPECTED = {
  'wso2-is': [['x-wso2-mtls-cert', pem(leaf, '').replaceAll('\n', '')]],
  'wso2-apim': [['x-wso2-client-certificate', escaped]],
  'keycloak-nginx': [
    ['ssl-client-cert', escaped],
    ['ssl-client-verify', 'SUCCESS'],
  ],
  'keycloak-haproxy': [
    ['ssl_client_cert', base64(leaf)],
    ['cert_chain_0', base64(first)],
    ['cert_chain_1', base64(second)],
  ],
  'keycloak-apache': [
    ['ssl_client_cert', pem(leaf, ' ')],
    ['cert_chain_0', pem(first, ' ')],
    ['cert_chain_1', pem(second, ' ')],
  ],
  'keycloak-rfc9440': [
    ['client-cert', `:${base64(leaf)}:`],
    ['client-cert-chain', `:${base64(first)}:, :${base64(second)}:`],
  ],
  auth0: [
    ['client-certificate', escaped],
    ['client-certificate-ca-verified', 'SUCCESS'],
  ],
  connect2id: [['sec-client-x509-cert', escaped]],
  ping: [['x-client-cert', escaped]],
  openbao: [['client-cert', `:${base64(leaf)}:`]],
  janssen: [['x-clientcert', pem(leaf, ' ')]],
  'node-oidc-provider': [['client-cert', `:${base64(leaf)}:`]],
  envoy: codecFor('envoy').write(bodies, { leaf: 'x-forwarded-client-cert' }),
  traefik: [['x-forwarded-tls-client-cert', [leaf, first, second].map(base64).join(',')]],
  'aws-alb': codecFor('aws_alb').write(bodies, { leaf: 'x-amzn-mtls-clientcert' }),
} as const;

for (const preset of PRESET_NAMES) {
  const choice = PRESETS[preset];

  test(`the preset ${preset} writes what that server reads`, () => {
    const { writer, leftOut } = writerOf([choice]);
    const fields = writer.write(certificate, TRUSTED);
    assert.deepEqual(fields, EXPECTED[preset]);
    assert.deepEqual(leftOut, []);
    const found = codecFor(choice.format).read(fields, choice.names);
    assert.deepEqual(found?.leaf, Buffer.from(leaf));
    assert.equal(found.chain.length, choice.chain ? 2 : 0);
    for (const [name] of fields) assert.ok(writer.names.includes(name), name);
  });

  test(`no client may send what the preset ${preset} writes, whatever is configured`, () => {
    const { writer } = writerOf([choice]);
    const known = createStripList();
    for (const name of writer.names) {
      const isKnown = known.matches(name) && known.matches(name.toUpperCase());
      assert.ok(isKnown || createStripList(writer.names).matches(name), name);
    }
  });
}

test('a certificate that no CA vouches for travels alone, its verdict beside it', () => {
  const choices = [PRESETS['keycloak-rfc9440'], PRESETS['keycloak-nginx']];
  const { writer } = writerOf(choices);
  for (const [verdict, text] of [
    [SELF_SIGNED, 'FAILED:self_signed'],
    [UNTRUSTED, 'FAILED:certificate_issuer_unknown'],
  ] as const) {
    assert.deepEqual(writer.write(certificate, verdict), [
      ['client-cert', `:${base64(leaf)}:`],
      ['ssl-client-cert', escaped],
      ['ssl-client-verify', text],
    ]);
  }
});

test('where no certificate is shown, the verdict says so', () => {
  const { writer } = writerOf([PRESETS['wso2-is'], PRESETS['keycloak-nginx']]);
  assert.deepEqual(writer.writeNone(undefined), [['ssl-client-verify', 'NONE']]);
  assert.deepEqual(writer.writeNone(UNTRUSTED), [
    ['ssl-client-verify', 'FAILED:certificate_issuer_unknown'],
  ]);
});

test('beyond the budget the certificate travels without its chain, which is told once', () => {
  const choices = [PRESETS['keycloak-rfc9440'], PRESETS.traefik, PRESETS['keycloak-apache']];
  const whole = writerOf(choices).writer.write(certificate, TRUSTED);
  const octets = whole.reduce((sum, [name, value]) => sum + `${name}: ${value}\r\n`.length, 0);

  const fitting = writerOf(choices, octets);
  assert.deepEqual(fitting.writer.write(certificate, TRUSTED), whole);
  assert.deepEqual(fitting.leftOut, []);

  const { writer, leftOut } = writerOf(choices, octets - 1);
  const alone = [
    ['client-cert', `:${base64(leaf)}:`],
    ['x-forwarded-tls-client-cert', base64(leaf)],
    ['ssl_client_cert', pem(leaf, ' ')],
  ];
  for (let times = 0; times < 3; times += 1) {
    assert.deepEqual(writer.write(certificate, TRUSTED), alone);
  }
  // Another verdict on the same certificate is no news.
  assert.deepEqual(writer.write(certificate, { ...TRUSTED }), alone);
  const { thumbprint } = certificate;
  assert.deepEqual(leftOut, [{ what: 'chain', thumbprint, octets, maxOctets: octets - 1 }]);
  // The certificate itself is no affair of the budget.
  const tight = writerOf(choices, 10);
  assert.deepEqual(tight.writer.write(certificate, SELF_SIGNED), alone);
  assert.deepEqual(tight.leftOut, []);
});

test('a certificate that the server would refuse for its length is left out, and so told', () => {
  const choice = { ...PRESETS.auth0, maxLeafOctets: escaped.length - 1 };
  const { writer, leftOut } = writerOf([choice, PRESETS['wso2-is']]);
  assert.deepEqual(writer.write(certificate, TRUSTED), [
    ['client-certificate-ca-verified', 'NONE'],
    ...EXPECTED['wso2-is'],
  ]);
  assert.equal(leftOut[0]?.what, 'certificate');
  assert.equal(PRESETS.auth0.maxLeafOctets, 4_096);
  const fits = writerOf([{ ...choice, maxLeafOctets: escaped.length }]);
  assert.equal(fits.writer.write(certificate, TRUSTED)[0]?.[1], escaped);
});

test('what was written is kept for the certificate until its verdict is another one', () => {
  const { writer } = writerOf([PRESETS['keycloak-rfc9440']]);
  const before = writer.write(certificate, TRUSTED);
  assert.equal(writer.write(certificate, TRUSTED), before);
  const renewed: Verdict = { kind: 'trusted', intermediates: [first] };
  assert.equal(writer.write(certificate, renewed)[1]?.[1], `:${base64(first)}:`);
  assert.equal(writer.write(certificate, SELF_SIGNED).length, 1);
  // A connection of its own has a certificate of its own.
  assert.notEqual(writer.write(parseCertificate(leaf), TRUSTED), before);
});
