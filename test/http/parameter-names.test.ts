import assert from 'node:assert/strict';
import { test } from 'node:test';

import { namesParameter } from '../../src/http/parameter-names.ts';

test('a parameter is found in whatever way a server may read its name', () => {
  for (const text of [
    'access_token=a',
    'access_token',
    'a=b&access_token=c',
    'a=b;access_token=c',
    'Access_Token=a',
    'access%5ftoken=a',
    '%61%63cess_token=a',
    'access.token=a',
    'access+token=a',
    'access-token=a',
    '+access_token=a',
    'access_token%00x=a',
    'access_token[]=a',
    'access_token%5B0%5D=a',
    '%ff&access_token=a',
    '%&access_token=a',
  ]) {
    assert.equal(namesParameter(text, 'access_token'), true, text);
  }
});

test('other parameters are let be', () => {
  for (const text of [
    '',
    'a=access_token',
    'access_token_hint=a',
    'my_access_token=a',
    'token=a',
    'accesstoken=a',
    'a[access_token]=b',
  ]) {
    assert.equal(namesParameter(text, 'access_token'), false, text);
  }
});

test('pieces that can be no name cost next to nothing', () => {
  // A piece each, these would be seconds of this, and 70 ms of the longest form that is read.
  assert.equal(namesParameter('&'.repeat(4_000_000), 'access_token'), false);
  assert.equal(namesParameter('a;b&'.repeat(1_000_000), 'access_token'), false);
});
