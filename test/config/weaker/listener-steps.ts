/** Steps of the keys of a listener. */

import { comma, within } from './step.ts';
import type { Step } from './step.ts';

const listener = within('listener', comma);
const limits = within('listener', (yaml) => `, limits: {${yaml}}`);
const balancer = within(
  'listener',
  (yaml) => `, from_load_balancer: {format: rfc9440, peers: [10.0.0.1], ${yaml}}`,
);
const NAMED = (mode: string): string =>
  `client_certificate: off, server_names: [{names: [a.example]${mode}}]`;

export const LISTENER_STEPS: readonly Step[] = [
  listener(
    'listeners[].client_certificate',
    ['client_certificate: require', ''],
    'listeners.public.client_certificate: require became want',
  ),
  listener(
    'listeners[].client_certificate',
    ['', "client_certificate: 'off'"],
    'client_certificate: want became off',
    'session_resumption: off became on',
  ),
  listener(
    'listeners[].revocation',
    ['revocation: hard', 'revocation: soft'],
    'listeners.public.revocation: hard became soft',
  ),
  listener(
    'listeners[].revocation',
    ['revocation: soft', ''],
    'listeners.public.revocation: soft became off',
  ),
  listener(
    'listeners[].server_names[].client_certificate',
    [NAMED(', client_certificate: require'), NAMED('')],
    'server_names.a.example.client_certificate: require became off',
  ),
  listener(
    'listeners[].server_names[].names',
    ['server_names: [{names: [a.example], client_certificate: require}]', ''],
    'server_names.a.example.client_certificate: require became want',
  ),
  listener(
    'listeners[].server_names[].names',
    ['', "server_names: [{names: [a.example], client_certificate: 'off'}]"],
    'server_names.a.example.client_certificate: want became off',
  ),
  listener(
    'listeners[].tls_min_version',
    ['tls_min_version: TLSv1.3', ''],
    'tls_min_version: TLSv1.3 became TLSv1.2',
  ),
  listener(
    'listeners[].session_resumption',
    ['', 'session_resumption: on'],
    'session_resumption: off became on',
  ),
  listener(
    'listeners[].session_ticket_lifetime',
    ['', 'session_ticket_lifetime: 2h'],
    'session_ticket_lifetime: 3600000 ms became 7200000 ms',
  ),
  {
    key: 'listeners[].client_ca',
    told: ['listeners.public.client_ca: '],
    before: {},
    after: { anchors: 'both.pem' },
  },
  listener(
    'listeners[].from_load_balancer.peers',
    ['', 'from_load_balancer: {format: rfc9440, peers: [10.0.0.0/24]}'],
    'from_load_balancer.peers: 10.0.0.0/24 was added',
  ),
  balancer(
    'listeners[].from_load_balancer.peer_certificate',
    [`peer_certificate: ['${'ab'.repeat(32)}']`, ''],
    'peer_certificate: the addresses alone vouch now',
  ),
  balancer(
    'listeners[].from_load_balancer.verified',
    ['', 'verified: balancer'],
    'verified: here became balancer',
  ),
  listener(
    'listeners[].proxy_protocol.peers',
    ['', 'proxy_protocol: {peers: [10.0.0.0/24]}'],
    'proxy_protocol.peers: 10.0.0.0/24 was added',
  ),
  listener(
    'listeners[].proxy_protocol.header_timeout',
    [
      'proxy_protocol: {peers: [10.0.0.1]}',
      'proxy_protocol: {peers: [10.0.0.1], header_timeout: 6s}',
    ],
    'proxy_protocol.header_timeout: 5000 ms became 6000 ms',
  ),
  ...['handshake_timeout', 'header_timeout', 'request_timeout', 'idle_timeout'].map((key) =>
    limits(
      `listeners[].limits.${key}`,
      [`${key}: 2s`, `${key}: 3s`],
      `limits.${key}: 2000 ms became 3000 ms`,
    ),
  ),
  limits(
    'listeners[].limits.tunnel_idle_timeout',
    ['', 'tunnel_idle_timeout: 10m'],
    'tunnel_idle_timeout: 300000 ms became 600000 ms',
  ),
  ...['max_body_bytes', 'max_connections', 'max_pending_handshakes'].map((key) =>
    limits(
      `listeners[].limits.${key}`,
      [`${key}: 1000`, `${key}: 1001`],
      `limits.${key}: 1000 became 1001`,
    ),
  ),
  limits(
    'listeners[].limits.max_header_bytes',
    ['max_header_bytes: 16384', ''],
    'max_header_bytes: 16384 became 32768',
  ),
  limits(
    'listeners[].limits.max_connections_per_address',
    ['max_connections_per_address: 5', ''],
    'max_connections_per_address: 5 became no limit',
  ),
  limits(
    'listeners[].limits.max_handshakes_per_address',
    ['max_handshakes_per_address: 5/s', 'max_handshakes_per_address: 6/s'],
    'max_handshakes_per_address: 5 became 6',
    'max_handshakes_per_address: 5/s became 6/s',
  ),
  limits(
    'listeners[].limits.exempt_addresses',
    ['', 'exempt_addresses: [10.0.0.1]'],
    'limits.exempt_addresses: 10.0.0.1/32 was added',
  ),
  ...['name', 'chain_name'].map((key) =>
    balancer(
      `listeners[].from_load_balancer.${key}`,
      [`${key}: x-one`, 'verified: here'],
      'from_load_balancer.name: x-one was removed',
    ),
  ),
];
