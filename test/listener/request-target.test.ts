import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RequestError } from '../../src/errors.ts';
import { readHost, readTarget } from '../../src/listener/request-target.ts';

function refusedFor(reason: string): (error: unknown) => boolean {
  return (error) =>
    error instanceof RequestError && error.status === 400 && error.reason === reason;
}

test('a target in origin-form is split at the first question mark and not decoded', () => {
  const split = (target: string): unknown => ({ ...readTarget(target, 'a') });
  assert.deepEqual(split('/'), { path: '/', query: undefined });
  assert.deepEqual(split('/a%2Fb;c=1//d?e?f=/%00'), { path: '/a%2Fb;c=1//d', query: 'e?f=/%00' });
  assert.deepEqual(split('/a?'), { path: '/a', query: '' });
  assert.deepEqual(split('/a?{"b":[1|2]}\\'), { path: '/a', query: '{"b":[1|2]}\\' });
});

test('a target in absolute-form is taken when scheme and authority are those of the request', () => {
  const split = (target: string): unknown => ({ ...readTarget(target, 'a.example:9443') });
  assert.deepEqual(split('https://a.example:9443/b?c'), { path: '/b', query: 'c' });
  assert.deepEqual(split('HTTPS://A.Example:9443'), { path: '/', query: undefined });
  assert.deepEqual(split('https://a.example:9443?c'), { path: '/', query: 'c' });
});

test('a target that others could read differently is refused', () => {
  const targets = [
    '',
    '*',
    'a.example:443',
    'oauth2/token',
    'http://a.example/',
    'https://b.example/',
    'https://a.example:443/',
    'https://user@a.example/',
    'https://a.example@b.example/',
    'https://a.example\\@b.example/',
    'https://a.example#@b.example/',
    'https:///a.example/',
    'https:/a.example/',
    'https://a.example\\b',
    '//a.example\\b',
    '/a\\b',
    '/a#b',
    '/a?b#c',
    '/a%00b',
    '/a%0',
    '/a%zz',
    '/a b',
    '/a\tb',
    '/a\u0000b',
    '/a\u007fb',
    '/\u00e4',
    '/a?\u00e4',
    '/a?b c',
    '/a"b',
    '/<a>',
  ];
  for (const target of targets) {
    const read = (): unknown => readTarget(target, 'a.example');
    assert.throws(read, refusedFor('request_target_invalid'), JSON.stringify(target));
  }
});

test('the detail of a refused target leaves out its query and control characters', () => {
  const read = (): unknown => readTarget('/a\n\\b?token=secret', 'a');
  assert.throws(read, (error) => {
    assert.ok(error instanceof RequestError);
    assert.doesNotMatch(error.message, /secret|\n/);
    assert.match(error.message, /\/a\\u000a/);
    return true;
  });
});

test('a host is one field with one host and perhaps a port, told in lower case', () => {
  for (const [value, host] of [
    ['localhost', 'localhost'],
    ['LocalHost:9443', 'localhost:9443'],
    ['auth_1.example.', 'auth_1.example.'],
    ['10.0.0.1:443', '10.0.0.1:443'],
    ['[2001:DB8::1]:443', '[2001:db8::1]:443'],
  ] as const) {
    assert.equal(readHost([value]), host);
  }
});

test('a missing, repeated or impossible host is refused', () => {
  const lists: string[][] = [
    [],
    [''],
    ['a', 'a'],
    ...[
      'a, b',
      'a b',
      'user@a',
      'a:b',
      'a:',
      'a:65536',
      'a:123456',
      'a/b',
      'a\\b',
      'a?b',
      'a#b',
      'a%2eb',
      '[::1',
      '::1',
      '[::1%25eth0]',
      'b\u00fccher.example',
      'a'.repeat(256),
    ].map((value) => [value]),
  ];
  for (const hosts of lists) {
    const read = (): unknown => readHost(hosts);
    assert.throws(read, refusedFor('request_host_invalid'), JSON.stringify(hosts));
  }
});
