import assert from 'node:assert/strict';
import { test } from 'node:test';

import { configurationFolder, LISTENER } from './configuration-folder.ts';

const withHeaders = (headers: string, more = '') => `${LISTENER}token_service:
  upstream:
    url: https://idp.example
    certificate_headers: ${headers}
${more}`;

const HEADERS = 'token_service.upstream.certificate_headers';
const KEY = '0123456789abcdef0123456789abcdef';

test('takes every preset, and formats beside each other', async (t) => {
  const { problemsOf } = await configurationFolder(t);
  for (const headers of [
    '[{preset: wso2-is}, {preset: keycloak-rfc9440}, {preset: auth0}, {preset: envoy}]',
    '[{preset: keycloak-haproxy}, {preset: traefik}, {preset: aws-alb}]',
    '[{format: one_line_pem}, {format: rfc9440}]',
    '[{format: nginx, name: a, verdict_name: b}, {format: apache, name: c, chain_name: d}]',
    '[{preset: ping, name: x-8f3a}, {format: haproxy, chain: false}]',
  ]) {
    assert.deepEqual(await problemsOf(withHeaders(headers)), [], headers);
  }
});

for (const [headers, index, name] of [
  ['[{format: rfc9440}, {format: rfc9440}]', 1, 'client-cert'],
  ['[{preset: keycloak-rfc9440}, {preset: openbao}]', 1, 'client-cert'],
  ['[{format: nginx, name: x-a}, {format: traefik, name: x_a}]', 1, 'x_a'],
  ['[{format: nginx, name: x-a, verdict_name: x-a}]', 0, 'x-a'],
  ['[{preset: keycloak-apache}, {format: nginx, name: cert-chain-3}]', 1, 'cert-chain-3'],
  ['[{format: rfc9440, chain_name: client-cert}]', 0, 'client-cert'],
] as const) {
  test(`refuses two fields of the name ${name} in ${headers}`, async (t) => {
    const { problemsOf } = await configurationFolder(t);
    const problems = await problemsOf(withHeaders(headers));
    assert.equal(problems.length, 1);
    const expected = `${HEADERS}[${index}]: the header "${name}" is written twice`;
    assert.ok(problems.join('\n').endsWith(expected), problems.join());
  });
}

for (const name of ['host', 'content_length', 'x-forwarded-for', 'cookie', 'certbound-client']) {
  test(`refuses a certificate header of the name ${name}, which means something else`, async (t) => {
    const { problemsOf } = await configurationFolder(t);
    for (const headers of [
      `[{format: nginx, name: ${name}}]`,
      `[{format: nginx, verdict_name: ${name}}]`,
    ]) {
      const [problem] = await problemsOf(withHeaders(headers));
      assert.match(problem ?? '', /the header "\S+" has another meaning$/);
    }
  });
}

test('reads the key of the proof', async (t) => {
  const { check, write } = await configurationFolder(t);
  await write('proof.key', `${KEY}\n`);
  const proof = '    certificate_proof: {key_file: proof.key}\n';
  const material = await check(withHeaders('[{format: rfc9440}]', proof));
  assert.equal(material.certificateProofKey, KEY);
});

for (const [what, key, headers, expected] of [
  ['that is short', KEY.slice(1), '[{format: nginx}]', /proof\.key is shorter than 32 characters$/],
  ['that is no text', '\u0000'.repeat(40), '[{format: nginx}]', /not printable ASCII$/],
  ['without headers', KEY, '[]', /certificate_proof: proves nothing without certificate_headers$/],
  ['under the name of a header', KEY, '[{format: nginx, name: p}]', /header "p" is written twice$/],
] as const) {
  test(`refuses a key of the proof ${what}`, async (t) => {
    const { problemsOf, write } = await configurationFolder(t);
    await write('proof.key', key);
    const proof = '    certificate_proof: {key_file: proof.key, name: p}\n';
    const problems = await problemsOf(withHeaders(headers, proof));
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', expected);
  });
}

test('names the key of the proof that is not there', async (t) => {
  const { problemsOf } = await configurationFolder(t);
  const proof = '    certificate_proof: {key_file: proof.key}\n';
  const [problem] = await problemsOf(withHeaders('[{format: nginx}]', proof));
  assert.match(problem ?? '', /certificate_proof\.key_file: no such file proof\.key$/);
});
