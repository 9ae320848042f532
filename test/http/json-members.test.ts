import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readJsonMembers } from '../../src/http/json-members.ts';

test('a member is added and every other byte stays as it was', () => {
  const source = ' { "exp" : 9007199254740993 ,"a":[1,{"b":"}\\""}], "scope":"x" }\n';
  const json = readJsonMembers(source);
  assert.ok(json);
  assert.equal(json.source('exp'), '9007199254740993');
  assert.equal(json.source('a'), '[1,{"b":"}\\""}]');
  assert.equal(
    json.changed(new Map([['cnf', '{"x5t#S256":"t"}']])),
    ' { "exp" : 9007199254740993 ,"a":[1,{"b":"}\\""}], "scope":"x" ,"cnf":{"x5t#S256":"t"}}\n',
  );
});

test('a member is added to an empty object', () => {
  assert.equal(readJsonMembers('{ }')?.changed(new Map([['a', '1']])), '{ "a":1}');
});

test('values are replaced in place, new ones added, and every other byte stays as it was', () => {
  const json = readJsonMembers(' { "a" : "x" ,"b":[1, 2] , "c":9007199254740993 }');
  const values = new Map([
    ['c', '1'],
    ['a', '"$&"'],
    ['new', '2'],
    ['absent', undefined],
  ]);
  assert.equal(json?.changed(values), ' { "a" : "$&" ,"b":[1, 2] , "c":1 ,"new":2}');
  assert.equal(json.changed(new Map()), ' { "a" : "x" ,"b":[1, 2] , "c":9007199254740993 }');
});

test('members are taken out wherever they stand, and what is left is an object', () => {
  const source = ' { "a" : 1 ,"b":[1, 2] , "c":9007199254740993 } ';
  for (const [gone, expected] of [
    ['a', ' { "b":[1, 2] , "c":9007199254740993 } '],
    ['b', ' { "a" : 1 , "c":9007199254740993 } '],
    ['c', ' { "a" : 1 ,"b":[1, 2]  } '],
    ['ab', ' { "c":9007199254740993 } '],
    ['bc', ' { "a" : 1  } '],
    ['abc', ' {   } '],
  ] as const) {
    const changes = new Map(gone.split('').map((key) => [key, undefined]));
    const left = readJsonMembers(source)?.changed(changes);
    assert.deepEqual(
      Object.keys(JSON.parse(left ?? '') as object).join(''),
      'abc'.replaceAll(new RegExp(`[${gone}]`, 'g'), ''),
    );
    assert.equal(left?.replaceAll(/\s+/g, ''), expected.replaceAll(/\s+/g, ''));
  }
  const all = new Map(['a', 'b', 'c'].map((key) => [key, undefined]));
  const replaced = readJsonMembers(source)?.changed(new Map([...all, ['d', '4']]));
  assert.deepEqual(JSON.parse(replaced ?? ''), { d: 4 });
});

test('keys are compared decoded, so an escaped spelling of a key is the same key', () => {
  assert.equal(readJsonMembers('{"active":true,"\\u0061ctive":false}'), undefined);
  assert.equal(readJsonMembers('{"\\u0061ctive":true}')?.source('active'), 'true');
});

test('what is not exactly one JSON object is refused', () => {
  for (const text of [
    '',
    'null',
    '[]',
    '"x"',
    '1',
    '{} {}',
    '{}x',
    '\ufeff{}',
    '{"a":1,}',
    "{'a':1}",
    '{"a":01}',
    '{"a":NaN}',
    '{"a":"\n"}',
    '{"a":1',
  ]) {
    assert.equal(readJsonMembers(text), undefined, text);
  }
});

test('what would hold up the event loop is refused, however small it is', () => {
  const values = (count: number): string => `{"active":true,"a":[${'1,'.repeat(count - 3)}1]}`;
  const depth = (count: number): string =>
    `{"active":true,"a":${'['.repeat(count - 1)}${']'.repeat(count - 1)}}`;
  const keys = (characters: number): string =>
    `{"active":true,"${'k'.repeat(characters - '"active"""'.length)}":1}`;
  for (const [text, most] of [
    [values, 4_096],
    [depth, 64],
    [keys, 65_536],
  ] as const) {
    JSON.parse(text(most));
    assert.equal(readJsonMembers(text(most))?.source('active'), 'true', text.name);
    JSON.parse(text(most + 1));
    assert.equal(readJsonMembers(text(most + 1)), undefined, text.name);
  }
});

test('the bounds do not count what stands in a string', () => {
  const text = JSON.stringify({ a: ',[{'.repeat(10_000), b: '\\",'.repeat(10_000) });
  assert.equal(readJsonMembers(text)?.keys.length, 2);
});

test('keys of the prototype are ordinary members', () => {
  const json = readJsonMembers('{"__proto__":{"active":true},"active":false}');
  assert.equal(json?.source('active'), 'false');
  assert.equal(json?.source('__proto__'), '{"active":true}');
});

test('the scan agrees with JSON.parse on generated objects', () => {
  let seed = 42;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  const text = (): string =>
    Array.from(
      { length: random(6) },
      () => ['{', '}', '[', ']', ',', ':', '"', '\\', ' ', 'ü'][random(10)],
    ).join('');
  const value = (depth: number): unknown => {
    switch (random(depth > 3 ? 4 : 6)) {
      case 0:
        return random(1000) - 500;
      case 1:
        return random(2) === 0;
      case 2:
        return null;
      case 3:
        return text();
      case 4:
        return Array.from({ length: random(4) }, () => value(depth + 1));
      default:
        return Object.fromEntries(
          Array.from({ length: random(5) }, (_, index) => [`${index}${text()}`, value(depth + 1)]),
        );
    }
  };
  for (let round = 0; round < 2_000; round += 1) {
    const members = Array.from({ length: random(5) }, (_, at) => [`${at}${text()}`, value(0)]);
    const object = Object.fromEntries(members) as Record<string, unknown>;
    const source = JSON.stringify(object, null, random(3));
    const json = readJsonMembers(source);
    assert.ok(json, source);
    assert.deepEqual(json.keys, Object.keys(JSON.parse(source) as object), source);
    for (const key of json.keys) {
      assert.deepEqual(JSON.parse(json.source(key) ?? ''), object[key], source);
    }
    const added = JSON.parse(json.changed(new Map([['cnf', '1']]))) as unknown;
    assert.deepEqual(added, { ...object, cnf: 1 });
  }
});

test('a member says what it says alone, whatever its name', () => {
  const source = '{"a":9007199254740993,"__proto__":{"b":[1]},"\\u0063":"\\u0064","n":null}';
  const json = readJsonMembers(source);
  assert.ok(json);
  assert.deepEqual(json.keys, ['a', '__proto__', 'c', 'n']);
  for (const key of json.keys) {
    assert.deepEqual(json.value(key), JSON.parse(json.source(key) ?? ''), key);
  }
  assert.deepEqual(json.value('__proto__'), { b: [1] });
  for (const absent of ['toString', 'constructor', 'b'])
    for (const said of [json.value(absent), json.source(absent)]) assert.equal(said, undefined);
  assert.equal(readJsonMembers('{}')?.value('__proto__'), undefined);
});
