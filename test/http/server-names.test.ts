import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createServerNameTable } from '../../src/http/server-names.ts';

const table = createServerNameTable([
  { names: ['api.example', 'Other.Example', 'ok.test'], id: 'exact' },
  { names: ['*.example', '*.deep.example'], id: 'wildcard' },
]);

test('a name belongs to its entry in any letter case, with or without the dot of the root', () => {
  for (const name of ['api.example', 'API.EXAMPLE', 'api.example.', 'other.example..']) {
    assert.equal(table.find(name)?.id, 'exact', name);
  }
});

test('a wildcard stands for exactly one label, and a name that is written out goes first', () => {
  for (const name of ['a.example', 'A.Example.', 'x.deep.example', 'deep.example', '_.example']) {
    assert.equal(table.find(name)?.id, 'wildcard', name);
  }
  for (const name of ['example', 'a.b.example', '.example', 'a.b.deep.example', 'example.a']) {
    assert.equal(table.find(name), undefined, name);
  }
});

test('the time that a name takes grows no faster than its length', () => {
  // Quadratic time would be minutes of this, and a seventh of a second of what fits a ClientHello.
  const dots = '.'.repeat(1_000_000);
  assert.equal(table.find(`api.example${dots}`)?.id, 'exact');
  assert.equal(table.find(`${dots}a`), undefined);
});

test('what is no plain name belongs to no entry', () => {
  const names = [
    '',
    '.',
    'api\u3002example',
    '\uff41pi.example',
    'o\u212a.test',
    '*.example',
    'xn--api.exampl',
    'api.example\u0000',
    ' api.example',
    '127.0.0.1',
    '[::1]',
    '__proto__',
    'constructor',
  ];
  for (const name of names) assert.equal(table.find(name), undefined, JSON.stringify(name));
});
