import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeaderList } from '../../src/http/exchange.ts';
import { createWithForwarded } from '../../src/http/forwarded.ts';
import type { PublicOrigin } from '../../src/http/forwarded.ts';

function withForwarded(
  headers: HeaderList,
  { client, host }: { readonly client: string; readonly host: string },
  origin?: PublicOrigin,
): HeaderList {
  return createWithForwarded(origin)(headers, { host, requestId: 'r' }, { path: [client] });
}

for (const [client, host, forwarded] of [
  ['192.0.2.7', 'gateway.example', 'for=192.0.2.7;host=gateway.example;proto=https'],
  ['192.0.2.7', 'localhost:9443', 'for=192.0.2.7;host="localhost:9443";proto=https'],
  ['2001:db8::7', 'a_b', 'for="[2001:db8::7]";host=a_b;proto=https'],
  ['fe80::7%eth0', '[::1]:9443', 'for="[fe80::7]";host="[::1]:9443";proto=https'],
  ['unknown', 'a', 'for=unknown;host=a;proto=https'],
] as const) {
  test(`the client ${client} at ${host} is told as RFC 7239 has it`, () => {
    const fields = withForwarded([], { client, host });
    assert.equal(new Map(fields).get('forwarded'), forwarded);
    assert.equal(new Map(fields).get('x-forwarded-for'), client);
    assert.equal(new Map(fields).get('x-forwarded-host'), host);
  });
}

test('where the upstream is published under a name, that is the host', () => {
  const origin = { authority: 'idp.example', port: 443 };
  const fields = withForwarded([], { client: '192.0.2.7', host: 'localhost:9443' }, origin);
  assert.equal(new Map(fields).get('forwarded'), 'for=192.0.2.7;host=idp.example;proto=https');
});

test('each host that a client asks for on one connection is told', () => {
  const forwarded = createWithForwarded(undefined);
  const way = { path: ['192.0.2.7'] } as const;
  const told = ['a', 'b', 'b', 'a'].map((host) => {
    const fields = forwarded([], { host, requestId: host }, way);
    return new Map(fields).get('x-forwarded-host');
  });
  assert.deepEqual(told, ['a', 'b', 'b', 'a']);
});

test('what a client says under these names is dropped', () => {
  const sent = [
    ['Forwarded', 'for=203.0.113.1'],
    ['forwarded', 'for=203.0.113.2'],
    ['X-Forwarded-For', '203.0.113.3'],
    ['x-real-ip', '203.0.113.4'],
    ['accept', '*/*'],
  ] as const;
  const fields = withForwarded(sent, { client: '192.0.2.7', host: 'a' });
  assert.equal(fields.filter(([name]) => name.toLowerCase() === 'forwarded').length, 1);
  assert.doesNotMatch(JSON.stringify(fields), /203\.0\.113/);
  assert.deepEqual(fields[0], ['accept', '*/*']);
});
