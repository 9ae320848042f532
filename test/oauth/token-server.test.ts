import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Exchange } from '../../src/http/exchange.ts';
import { Leaving } from '../../src/http/leave-signal.ts';
import type { Call } from '../../src/oauth/call.ts';
import { createTokenServer } from '../../src/oauth/token-server.ts';
import type { Upstream, UpstreamRequest } from '../../src/upstream/forward.ts';

/** All of an exchange that a request without body needs to be passed on. */
const EXCHANGE = {
  requestId: 'r',
  method: 'GET',
  target: { path: '/', query: undefined },
  host: 'localhost',
  headers: [],
  hasBody: false,
  signal: new Leaving(),
} as Partial<Exchange> as Exchange;

function callFrom(address: string): Call {
  return {
    exchange: EXCHANGE,
    headers: [],
    chain: { listener: 'default', certificates: [] },
    carrier: 'connection',
    presentation: { kind: 'absent' },
    forwarding: { path: [address] },
    journal: {},
  };
}

test('a home with many networks of IPv6 has no more turns for a connection than one with one', async () => {
  const sent: UpstreamRequest[] = [];
  const upstream: Upstream = {
    send: (request) => {
      sent.push(request);
      return Promise.resolve({ status: 204, headers: [], body: Buffer.alloc(0) });
    },
  };
  const server = createTokenServer({
    kind: 'gateway',
    upstream,
    passUpstream: upstream,
    streamUpstream: upstream,
    upgrader: undefined,
    deadlineMs: 1_000,
    certificateFields: { names: [], of: () => ({ standing: [], proof: undefined }) },
    origin: undefined,
    decisionHeader: undefined,
  });
  const addresses = ['2001:db8:1:2::7', '2001:db8:1:ffff::8', '2001:db8:2:2::7', '192.0.2.7'];
  for (const address of addresses) await server.pass(callFrom(address));
  const [one, same, other, ipv4] = sent.map(({ network }) => network);
  assert.equal(one, same);
  assert.notEqual(one, other);
  assert.equal(ipv4, '192.0.2.7');
});
