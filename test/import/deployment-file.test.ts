import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ConfigError } from '../../src/errors.ts';
import { readDeploymentFile } from '../../src/import/deployment-file.ts';

const read = (text: string) => readDeploymentFile(text, 'deployment.toml');

test('knows the line of every key, whatever stands around it', () => {
  const file = read(
    [
      '# [server] port = 1', // 1
      'top = """', // 2
      '[server]', // 3
      'port = 2', // 4
      '"""', // 5
      "raw = '''[server]''' # [server]", // 6
      'list = [', // 7
      '  ["x"],', // 8
      '  "port = 3"', // 9
      ']', // 10
      '[ server . "sub section" ]\r', // 11
      'port = 4\r', // 12
      "a.'b c'.d = 5", // 13
      '[[event_listener]]', // 14
      'name = "one"', // 15
      '[event_listener.properties]', // 16
      'x = 1', // 17
      '[[event_listener]]', // 18
      'name = "two"', // 19
      'properties = { x = 2, y = { z = 3 } }', // 20
      '[[event_listener.deep]]', // 21
      'x = 3', // 22
    ].join('\n'),
  );
  const lines = [
    ['top'],
    ['raw'],
    ['list'],
    ['server'],
    ['server', 'sub section', 'port'],
    ['server', 'sub section', 'a', 'b c', 'd'],
    ['event_listener', 0, 'name'],
    ['event_listener', 0, 'properties', 'x'],
    ['event_listener', 1],
    ['event_listener', 1, 'name'],
    ['event_listener', 1, 'properties', 'y', 'z'],
    ['event_listener', 1, 'deep', 0, 'x'],
    ['nowhere'],
  ].map((path) => file.place(path).line);
  assert.deepEqual(lines, [2, 6, 7, 11, 12, 13, 15, 17, 18, 19, 20, 22, 1]);
});

test('takes the first path that is there, and switches in quotes', () => {
  const file = read('[a]\nyes = "True"\nno = false\nnumber = 7\nelse = "maybe"');
  assert.equal(file.text(['b', 'x'], ['a', 'number'])?.value, '7');
  assert.equal(file.flag(['a', 'yes'])?.value, true);
  assert.equal(file.flag(['a', 'no'])?.value, false);
  assert.equal(file.flag(['a', 'else']), undefined);
  assert.equal(file.text(['a']), undefined);
  assert.equal(file.text(['toString']), undefined);
});

test('counts what nobody asked for by section', () => {
  const file = read('x = 1\n[a]\ny = 1\nz = 2000-01-01\n[[b.c]]\nd = []\n[[b.c]]\ne = {f = 1}');
  file.text(['a', 'y'], ['not', 'there']);
  assert.deepEqual(
    [...file.unread()],
    [
      ['no section', 1],
      ['a', 1],
      ['b.c', 1],
      ['b.c.e', 1],
    ],
  );
});

const malformed: readonly (readonly [text: string, problem: RegExp])[] = [
  ['[server]\nhostname = "a\n', /^deployment\.toml:2:14 not valid TOML: /],
  ['[server]\nport = 1\nport = 2\n', /^deployment\.toml:3:\d+ not valid TOML: /],
  ['[server]\n__proto__ = 1\n', /^deployment\.toml:2:1 not valid TOML: /],
  [`a = ${'['.repeat(100_000)}`, /^deployment\.toml:1:\d+ not valid TOML: /],
  [`${'a.'.repeat(100_000)}a = 1`, /^deployment\.toml:1:1 nested too deeply$/],
  [`[${'a.'.repeat(100_000)}a]\nb = 1`, /^deployment\.toml:1:1 nested too deeply$/],
];

for (const [text, problem] of malformed) {
  test(`refuses ${JSON.stringify(text.slice(0, 40))} and says where`, () => {
    assert.throws(
      () => read(text),
      (error) => error instanceof ConfigError && problem.test(error.publicText),
    );
  });
}

test('quotes nothing of a file that is malformed', () => {
  assert.throws(
    () => read('[truststore]\npassword = "hunter2\\q"\n'),
    (error) => error instanceof ConfigError && !error.message.includes('hunter2'),
  );
});
