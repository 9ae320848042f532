import assert from 'node:assert/strict';
import { test } from 'node:test';

import { HEADER_FORMATS } from '../../src/certificate/header/header-codec.ts';
import { load, MINIMAL, problemsOf } from './configuration-text.ts';

test('reports all problems at once, in the order of the file', () => {
  const text = `listeners:
  - adress: 127.0.0.1:9443
    certificate: 7
    private_key: key.pem
    client_certificate: maybe
    limits:
      header_timeout: 10
      max_header_bytes: 12
token_service:
  embedded:
    issuer: http://localhost
clients:
  - client_id: a
log: {level: loud}
`;
  assert.deepEqual(problemsOf(text), [
    'config.yaml:2:5 listeners[0].address: is required',
    'config.yaml:2:5 listeners[0].adress: unknown key, did you mean "address"?',
    'config.yaml:3:5 listeners[0].certificate: expected text, found 7',
    'config.yaml:5:5 listeners[0].client_certificate: expected one of off, want, require',
    'config.yaml:7:7 listeners[0].limits.header_timeout: expected text, found 10',
    'config.yaml:8:7 listeners[0].limits.max_header_bytes: must be at least 4096',
    'config.yaml:11:5 token_service.embedded.issuer: expected an https URL',
    'config.yaml:13:5 clients[0].token_endpoint_auth_method: is required',
    'config.yaml:14:7 log.level: expected one of debug, info, warn, error',
  ]);
});

test('places a missing key at the mapping that lacks it', () => {
  assert.deepEqual(problemsOf('log: {level: info}\n'), [
    'config.yaml:1:1 listeners: is required',
    'config.yaml:1:1 token_service: is required',
  ]);
});

const withTokenService = (service: string) =>
  `${MINIMAL.slice(0, MINIMAL.indexOf('token_service'))}token_service: ${service}\n`;

test('tells the problems of the token service that is there', () => {
  assert.deepEqual(problemsOf(withTokenService('{upstream: {urll: "https://idp"}}')), [
    'config.yaml:5:17 token_service.upstream.url: is required',
    'config.yaml:5:28 token_service.upstream.urll: unknown key, did you mean "url"?',
  ]);
});

test('wants exactly one token service', () => {
  const text = 'config.yaml:5:1 token_service: expected exactly one of embedded and upstream';
  const embedded = 'embedded: {issuer: "https://a"}';
  assert.deepEqual(problemsOf(withTokenService('{}')), [text]);
  assert.deepEqual(problemsOf(withTokenService('embedded')), [text]);
  assert.deepEqual(problemsOf(withTokenService(`{${embedded}, upstream: {url: "https://b"}}`)), [
    text,
  ]);
});

test('names the closest key also where a union was meant', () => {
  assert.deepEqual(problemsOf(withTokenService('{embeded: {issuer: "https://a"}}')), [
    'config.yaml:5:17 token_service.embeded: unknown key, did you mean "embedded"?',
  ]);
});

test('names the formats of a certificate header', () => {
  const text = withTokenService(
    '{upstream: {url: "https://b", certificate_headers: [{format: x}]}}',
  );
  assert.deepEqual(problemsOf(text), [
    'config.yaml:5:69 token_service.upstream.certificate_headers[0].format: ' +
      `expected one of ${HEADER_FORMATS.join(', ')}`,
  ]);
});

for (const [entry, text] of [
  ['{}', 'expected exactly one of preset and format'],
  ['{name: x-cert}', 'expected exactly one of preset and format'],
  ['{preset: envoy, format: nginx}', 'expected exactly one of preset and format'],
  ['{format: nginx, chain: true}', 'the format nginx carries no chain'],
  ['{preset: traefik, chain_name: x-chain}', 'the format traefik has no header for the chain'],
] as const) {
  test(`refuses the certificate header ${entry}`, () => {
    const service = `{upstream: {url: "https://b", certificate_headers: [${entry}]}}`;
    const [problem, ...others] = problemsOf(withTokenService(service));
    assert.deepEqual(others, []);
    assert.equal(
      problem,
      `config.yaml:5:68 token_service.upstream.certificate_headers[0]: ${text}`,
    );
  });
}

test('reports what an address was split into as the address', () => {
  assert.deepEqual(problemsOf(MINIMAL.replace('9443', '99999')), [
    'config.yaml:2:5 listeners[0].address: must be at most 65535',
  ]);
});

test('refuses time spans that no timer can count', () => {
  const text = `${MINIMAL}shutdown: {drain_timeout: 25h}\nstore: {timeout: 0s}\n`;
  assert.deepEqual(problemsOf(text), [
    'config.yaml:8:12 shutdown.drain_timeout: must be at most 24h',
    'config.yaml:9:9 store.timeout: must be longer than nothing',
  ]);
});

test('refuses keys of the JavaScript object model like any other unknown key', () => {
  const text = `${MINIMAL}__proto__: {demo: {certificates: x}}\nconstructor: 1\n`;
  assert.deepEqual(problemsOf(text), [
    'config.yaml:8:1 __proto__: unknown key',
    'config.yaml:9:1 constructor: unknown key',
  ]);
});

test('never repeats a value that may be a secret', () => {
  const text = `${MINIMAL}clients:
  - client_id: a
    token_endpoint_auth_method: client_secret_basic
    client_secret: [topsecret]
    client_secret_file: {topsecret: 1}
    grant_types: topsecret
`;
  const problems = problemsOf(text);
  assert.equal(problems.length, 3);
  assert.doesNotMatch(problems.join('\n'), /topsecret/);
});

test('gives durations in milliseconds, addresses in two parts and defaults', () => {
  const { config } = load(`${MINIMAL}management: {address: "[::1]:9000"}\n`);
  const [listener] = config.listeners;
  assert.deepEqual(listener?.address, { host: '127.0.0.1', port: 9443 });
  assert.equal(listener?.limits.handshake_timeout, 10_000);
  assert.deepEqual(config.management.address, { host: '::1', port: 9000 });
  assert.deepEqual(config.log, { level: 'info' });
});

test('freezes the configuration to its last member', () => {
  const { config } = load(MINIMAL);
  const [listener] = config.listeners;
  assert.throws(() => config.listeners.pop(), TypeError);
  assert.throws(() => Object.assign(listener?.limits ?? {}, { max_connections: 1 }), TypeError);
});
