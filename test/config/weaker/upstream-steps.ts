/** Steps of the keys of a server behind the gateway. */

import { comma, within } from './step.ts';
import type { Step } from './step.ts';

const upstream = within('upstream', comma);
const SERVER = 'token_service.upstream';
const HEADERS = 'certificate_headers: [{format: rfc9440';

export const UPSTREAM_STEPS: readonly Step[] = [
  within('upstream', (yaml) => yaml)(
    `${SERVER}.url`,
    ["url: 'https://127.0.0.1:1'", "url: 'http://127.0.0.1:1'"],
    'token_service.upstream.url: https became http',
  ),
  upstream(
    `${SERVER}.ca`,
    ['ca: [ca.pem]', ''],
    'token_service.upstream.ca: the public roots vouch now',
  ),
  upstream(
    `${SERVER}.kind`,
    [`${HEADERS}}]`, `${HEADERS}}], kind: native`],
    'kind: gateway became native',
  ),
  ...[
    'token',
    'introspection',
    'revocation',
    'authorization',
    'pushed_authorization',
    'device_authorization',
    'backchannel_authentication',
    'userinfo',
  ].map((name): Step => {
    const step = upstream(
      `${SERVER}.endpoints.${name}`,
      [`endpoints: {${name}: /one}`, `endpoints: {${name}: /two}`],
      `endpoints: ${name} /one was removed`,
    );
    return { ...step, eitherWay: true };
  }),
  upstream(
    `${SERVER}.endpoints.metadata`,
    ['endpoints: {metadata: [/one, /two]}', 'endpoints: {metadata: [/one]}'],
    'endpoints: metadata /two was removed',
  ),
  ...[
    ['name', 'name: x-one', ''],
    ['chain_name', 'chain_name: x-two', 'chain: false'],
    ['chain', '', 'chain: false'],
    ['verdict_name', 'verdict_name: x-three', ''],
  ].map(([key = '', before = '', after = '']): Step => {
    const states = [`${HEADERS}${comma(before)}}]`, `${HEADERS}${comma(after)}}]`] as const;
    const name = `${SERVER}.certificate_headers[].${key}`;
    const step = upstream(name, states, 'upstream.certificate_headers: ');
    return key === 'name' ? { ...step, eitherWay: true } : step;
  }),
  upstream(
    `${SERVER}.certificate_headers[].format`,
    [
      'certificate_headers: [{format: rfc9440}, {format: nginx}]',
      'certificate_headers: [{format: rfc9440}]',
    ],
    'certificate_headers: ssl-client-cert was removed',
  ),
  upstream(
    `${SERVER}.certificate_headers[].preset`,
    ['certificate_headers: [{preset: keycloak-nginx}]', ''],
    'certificate_headers: ssl-client-cert was removed',
    'certificate_headers: ssl-client-verify was removed',
  ),
  upstream(
    `${SERVER}.request_headers_to_remove`,
    ['request_headers_to_remove: [X-User]', ''],
    'request_headers_to_remove: x-user was removed',
  ),
  upstream(
    `${SERVER}.certificate_proof.key_file`,
    [`${HEADERS}}], certificate_proof: {key_file: one.token}`, `${HEADERS}}]`],
    'certificate_proof: on became off',
  ),
  upstream(
    `${SERVER}.introspection.authentication`,
    ['introspection: {authentication: certificate}', ''],
    'introspection.authentication: certificate became both',
  ),
  upstream(
    `${SERVER}.introspection.callers`,
    ['introspection: {callers: []}', 'introspection: {callers: [a]}'],
    'introspection.callers: a was added',
  ),
  upstream(
    `${SERVER}.introspection.remove_hidden_scopes`,
    ['', 'introspection: {remove_hidden_scopes: false}'],
    'remove_hidden_scopes: on became off',
  ),
  ...['issuer', 'jwks_uri'].map((key) =>
    upstream(
      `${SERVER}.introspection.signed_answers.${key}`,
      ['', "introspection: {signed_answers: {issuer: one, jwks_uri: 'https://one.example/keys'}}"],
      'introspection.signed_answers.issuer: one was added',
      'introspection.signed_answers.jwks_uri: https://one.example/keys was added',
    ),
  ),
  upstream(
    `${SERVER}.introspection.cache.ttl`,
    ['', 'introspection: {cache: {}}'],
    'introspection.cache.ttl: 0 ms became 10000 ms',
  ),
  ...['access_token_lifetime', 'refresh_token_lifetime'].map((key) =>
    upstream(
      `${SERVER}.${key}`,
      [`${key}: 2s`, `${key}: 1s`],
      `upstream.${key}: 2000 ms became 1000 ms`,
    ),
  ),
];
