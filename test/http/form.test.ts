import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RequestError } from '../../src/errors.ts';
import { joinForms, parseForm, withValue, writeForm } from '../../src/http/form.ts';
import type { Form } from '../../src/http/form.ts';

function parse(text: string): readonly (readonly [string, string])[] {
  return parseForm(Buffer.from(text, 'latin1')).entries;
}

function refusal(text: string): string {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof RequestError);
    assert.equal(error.code, 'invalid_request');
    assert.equal(error.status, 400);
    return error.reason;
  }
  return 'accepted';
}

test('a form is read and written again with the same parameters', () => {
  const form = parseForm(Buffer.from('scope=a+b&client_id=c%20d&token=%C3%BC%2B%26%3D'));
  assert.deepEqual(form.entries, [
    ['scope', 'a b'],
    ['client_id', 'c d'],
    ['token', 'ü+&='],
  ]);
  assert.deepEqual(parseForm(writeForm(form)).entries, form.entries);
});

test('a parameter without a value counts as omitted', () => {
  assert.deepEqual(parse('a=&b&c=1&=2&&'), [['c', '1']]);
});

test('a repeated parameter is refused (T58)', () => {
  assert.equal(refusal('client_id=a&client_id=b'), 'request_parameter_duplicate');
  assert.equal(refusal('client_id=a&client%5Fid=a'), 'request_parameter_duplicate');
});

test('resource and audience may repeat', () => {
  assert.equal(parse('resource=a&resource=b&audience=c&audience=d').length, 4);
});

test('what another parser could read differently is refused', () => {
  for (const text of ['a=%', 'a=%2', 'a=%zz', 'a=%ff', 'a=\xfc', 'a=\x00', 'a=%C3']) {
    assert.equal(refusal(text), 'request_malformed', text);
  }
});

test('a name that a lenient server takes for one of ours is refused (T58)', () => {
  for (const name of [
    'client+id',
    '+client_id',
    'client.id',
    'client_id[]',
    'client_id%00',
    'Token',
    '+token',
    'client-secret',
    'token+',
  ]) {
    assert.equal(refusal(`a=1&${name}=x`), 'request_malformed', name);
  }
  assert.equal(parse('token_type_hint=x&tokens=y&audience=z').length, 3);
});

test('the time that a name takes grows no faster than its length', () => {
  // Quadratic time would be minutes of this, and half a second of the longest form that is read.
  for (const filler of ['_', '+', '%20', '[', '.']) {
    const name = `a${filler.repeat(1_000_000)}a`;
    assert.equal(parse(`${name}=1`).length, 1, filler);
  }
});

test('more than a hundred parameters are refused (T58)', () => {
  const many = (count: number): string =>
    Array.from({ length: count }, (_, index) => `p${index}=1`).join('&');
  assert.equal(parse(many(100)).length, 100);
  assert.equal(refusal(many(101)), 'request_malformed');
  assert.equal(refusal(many(10_001)), 'request_malformed');
});

test('parameters named after members of Object.prototype are ordinary (T68)', () => {
  const form = parseForm(Buffer.from('__proto__=1&constructor=2'));
  assert.equal(form.get('__proto__'), '1');
  assert.equal(form.get('toString'), undefined);
});

test('a form is only taken over as it came where to write it gives the same octets', () => {
  // Between bars, since none stands in a form.
  const words = 'a|b|token|Z9._-*||+|%41|%C3%BC|~|!|c=d|&| |\n'.split('|');
  let takenOver = 0;
  let state = 1;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return (state >>> 16) % below;
  };
  for (let round = 0; round < 20_000; round += 1) {
    const word = (): string => words[next(words.length)] ?? '';
    const parameters = Array.from({ length: next(4) }, () => `${word()}=${word()}`);
    const body = Buffer.from(parameters.join('&'));
    let form: Form;
    try {
      form = parseForm(body);
    } catch {
      continue;
    }
    if (form.octets === undefined) continue;
    takenOver += 1;
    const { entries, get } = form;
    assert.deepEqual(form.octets, body);
    assert.deepEqual(writeForm({ entries, get }), body);
  }
  assert.ok(takenOver > 100, String(takenOver));
});

test('what is not plain is written anew, and so is what would be read differently', () => {
  for (const body of ['a=~', 'a=%41', 'a=b+c', 'a=1&', '&a=1', 'a=1&&b=2', 'a=1&b', 'a=1&b=', '']) {
    assert.equal(parseForm(Buffer.from(body)).octets, undefined, body);
  }
  const form = parseForm(Buffer.from('token=abc&resource=a&resource=b'));
  assert.equal(writeForm(form), form.octets);
  assert.equal(String(writeForm(form, {})), 'token=abc&resource=a&resource=b');
  const exchanged = withValue(form, 'token', 'x y');
  assert.equal(String(writeForm(exchanged)), 'token=x+y&resource=a&resource=b');
  const joined = joinForms(form, parseForm(Buffer.from('client_id=c')));
  assert.equal(String(writeForm(joined)), 'token=abc&resource=a&resource=b&client_id=c');
});
