import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionFacts } from '../../src/http/exchange.ts';
import { withForwarded } from '../../src/http/forwarded.ts';

function exchangeOf(peerAddress: string, host: string) {
  const connection: ConnectionFacts = {
    listener: 'public',
    virtualHost: undefined,
    clientCertificateMode: 'want',
    peerAddress,
    peerPort: 4_711,
    socketAddress: '10.0.0.1',
    tlsProtocol: 'TLSv1.3',
    httpProtocol: 'http/1.1',
    serverName: undefined,
    isResumed: false,
    certificates: [],
    handshakeMs: 1,
  };
  return { requestId: 'r', host, connection };
}

for (const [client, host, forwarded] of [
  ['192.0.2.7', 'gateway.example', 'for=192.0.2.7;host=gateway.example;proto=https'],
  ['192.0.2.7', 'localhost:9443', 'for=192.0.2.7;host="localhost:9443";proto=https'],
  ['2001:db8::7', 'a_b', 'for="[2001:db8::7]";host=a_b;proto=https'],
  ['fe80::7%eth0', '[::1]:9443', 'for="[fe80::7]";host="[::1]:9443";proto=https'],
  ['unknown', 'a', 'for=unknown;host=a;proto=https'],
] as const) {
  test(`the client ${client} at ${host} is told as RFC 7239 has it`, () => {
    const fields = withForwarded([], exchangeOf(client, host), undefined);
    assert.equal(new Map(fields).get('forwarded'), forwarded);
    assert.equal(new Map(fields).get('x-forwarded-for'), client);
    assert.equal(new Map(fields).get('x-forwarded-host'), host);
  });
}

test('where the upstream is published under a name, that is the host', () => {
  const origin = { authority: 'idp.example', port: 443 };
  const fields = withForwarded([], exchangeOf('192.0.2.7', 'localhost:9443'), origin);
  assert.equal(new Map(fields).get('forwarded'), 'for=192.0.2.7;host=idp.example;proto=https');
});

test('what a client says under these names is dropped', () => {
  const sent = [
    ['Forwarded', 'for=203.0.113.1'],
    ['forwarded', 'for=203.0.113.2'],
    ['X-Forwarded-For', '203.0.113.3'],
    ['x-real-ip', '203.0.113.4'],
    ['accept', '*/*'],
  ] as const;
  const fields = withForwarded(sent, exchangeOf('192.0.2.7', 'a'), undefined);
  assert.equal(fields.filter(([name]) => name.toLowerCase() === 'forwarded').length, 1);
  assert.doesNotMatch(JSON.stringify(fields), /203\.0\.113/);
  assert.deepEqual(fields[0], ['accept', '*/*']);
});
