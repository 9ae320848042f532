import assert from 'node:assert/strict';
import { test } from 'node:test';

import { expandEnvironment } from '../../src/config/environment.ts';

const env = { HOST: 'gateway.example', EMPTY: '', NESTED: '${HOST}' };

const expansions = [
  ['plain text', 'plain text'],
  ['$HOST and ${HOST}', '$HOST and gateway.example'],
  ['${HOST}:${EMPTY}:${HOST}', 'gateway.example::gateway.example'],
  ['${EMPTY:-default}', 'default'],
  ['${UNSET:-}', ''],
  ['${UNSET:-a:-b}', 'a:-b'],
  ['${HOST:-default}', 'gateway.example'],
  ['$${HOST} costs $5', '${HOST} costs $5'],
  ['$${', '${'],
] as const;

for (const [text, expected] of expansions) {
  test(`reads ${text} as ${expected === '' ? 'nothing' : expected}`, () => {
    const expansion = expandEnvironment(text, env);
    assert.deepEqual(expansion.problems, []);
    assert.equal(expansion.text, expected);
  });
}

test('never reads references inside the value of a variable', () => {
  assert.equal(expandEnvironment('${NESTED}', env).text, '${HOST}');
});

test('names every variable that is not set', () => {
  assert.deepEqual(expandEnvironment('${A} ${HOST} ${B}', env).problems, [
    'environment variable A is not set',
    'environment variable B is not set',
  ]);
});

for (const text of ['${', '${HOST', '${}', '${HOST:default}', '${1ST}', '${HO ST}']) {
  test(`refuses ${text} and says how to write it literally`, () => {
    const { problems } = expandEnvironment(text, env);
    assert.equal(problems.length, 1);
    assert.match(String(problems[0]), /write "\$\$\{" for a literal "\$\{"/);
  });
}
