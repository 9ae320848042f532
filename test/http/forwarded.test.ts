import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeaderList } from '../../src/http/exchange.ts';
import { createForwardedFields, isForwarded } from '../../src/http/forwarded.ts';
import type { PublicOrigin } from '../../src/http/forwarded.ts';

function fieldsFor(
  { client, host }: { readonly client: string; readonly host: string },
  origin?: PublicOrigin,
): HeaderList {
  return createForwardedFields(origin)({ path: [client] }, host);
}

for (const [client, host, forwarded] of [
  ['192.0.2.7', 'gateway.example', 'for=192.0.2.7;host=gateway.example;proto=https'],
  ['192.0.2.7', 'localhost:9443', 'for=192.0.2.7;host="localhost:9443";proto=https'],
  ['2001:db8::7', 'a_b', 'for="[2001:db8::7]";host=a_b;proto=https'],
  ['fe80::7%eth0', '[::1]:9443', 'for="[fe80::7]";host="[::1]:9443";proto=https'],
  ['unknown', 'a', 'for=unknown;host=a;proto=https'],
] as const) {
  test(`the client ${client} at ${host} is told as RFC 7239 has it`, () => {
    const fields = fieldsFor({ client, host });
    assert.equal(new Map(fields).get('forwarded'), forwarded);
    assert.equal(new Map(fields).get('x-forwarded-for'), client);
    assert.equal(new Map(fields).get('x-forwarded-host'), host);
  });
}

test('where the upstream is published under a name, that is the host', () => {
  const origin = { authority: 'idp.example', port: 443 };
  const fields = fieldsFor({ client: '192.0.2.7', host: 'localhost:9443' }, origin);
  assert.equal(new Map(fields).get('forwarded'), 'for=192.0.2.7;host=idp.example;proto=https');
});

test('each host that a client asks for on one connection is told', () => {
  const fieldsOf = createForwardedFields(undefined);
  const way = { path: ['192.0.2.7'] } as const;
  const told = ['a', 'b', 'b', 'a'].map((host) => {
    return new Map(fieldsOf(way, host)).get('x-forwarded-host');
  });
  assert.deepEqual(told, ['a', 'b', 'b', 'a']);
});

test('for one host on one way it is the same list, which need not be written anew', () => {
  const fieldsOf = createForwardedFields(undefined);
  const way = { path: ['192.0.2.7'] } as const;
  assert.equal(fieldsOf(way, 'a'), fieldsOf(way, 'a'));
  assert.notEqual(fieldsOf(way, 'b'), fieldsOf({ path: ['192.0.2.8'] }, 'b'));
});

for (const name of [
  'Forwarded',
  'X-Forwarded-For',
  'x-original-uri',
  'x-real-ip',
  'X-REQUEST-ID',
]) {
  test(`what a client says of its way as ${name} is known as such`, () => {
    assert.ok(isForwarded(name));
  });
}

test('other fields say nothing of the way', () => {
  for (const name of ['accept', 'x-forwarded', 'forwarded-for', 'host']) {
    assert.ok(!isForwarded(name));
  }
});
