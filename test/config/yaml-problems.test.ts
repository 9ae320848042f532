import assert from 'node:assert/strict';
import { test } from 'node:test';

import { MINIMAL, problemsOf } from './configuration-text.ts';

const refused: readonly (readonly [title: string, text: string, expected: RegExp])[] = [
  ['an empty file', '', /^config\.yaml:1:1 the file is empty$/],
  ['a file of comments', '# nothing\n', /^config\.yaml:1:1 the file is empty$/],
  ['a list', '- a\n- b\n', /^config\.yaml:1:1 expected a mapping/],
  ['a single word', '\nword\n', /^config\.yaml:2:1 expected a mapping/],
  ['a duplicate key', 'log: {}\nlog: {}\n', /^config\.yaml:2:1 duplicate key "log"$/],
  ['a duplicate key further in', 'a:\n  b: 1\n  c: 2\n  "b": 3\n', /^config\.yaml:4:3 duplicate/],
  ['two documents', `${MINIMAL}---\nlog: {}\n`, /^config\.yaml:8:1 .*one YAML document/],
  ['an unknown tag', 'a: !secret x\n', /^config\.yaml:1:4 not valid YAML: unresolved tag/],
  ['binary data', 'a: !!binary aGk=\n', /^config\.yaml:1:4 not valid YAML: unresolved tag/],
  ['an unclosed quote', 'a: "b\n', /^config\.yaml:\d:\d not valid YAML: missing closing/],
  ['a tab as indentation', 'a:\n\tb: 1\n', /^config\.yaml:2:1 not valid YAML: tabs/],
  ['an alias without its anchor', 'a: *b\n', /^config\.yaml:1:1 no anchor &b above this alias$/],
  ['an alias that contains itself', 'a: &a [*a]\n', /^config\.yaml:1:8 alias \*a contains itself$/],
  ['a list as a key', '? [a]\n: b\n', /^config\.yaml:1:3 not valid YAML/],
];

for (const [title, text, expected] of refused) {
  test(`refuses ${title} with its line and column`, () => {
    const [first, ...others] = problemsOf(text);
    assert.match(String(first), expected);
    assert.deepEqual(others, []);
  });
}

test('refuses an alias bomb before it unfolds', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 10; level += 1) {
    const below = Array(10)
      .fill(`*a${level - 1}`)
      .join(', ');
    lines.push(`a${level}: &a${level} [${below}]`);
  }
  const [first, ...others] = problemsOf(lines.join('\n'));
  assert.match(String(first), /^config\.yaml:[56]:\d+ more than 100000 values$/);
  assert.deepEqual(others, []);
});

for (const opening of ['[', '{a: ', '- ']) {
  test(`refuses endless nesting of ${JSON.stringify(opening)} in a few lines`, () => {
    const problems = problemsOf(opening.repeat(20_000));
    assert.ok(problems.length >= 1 && problems.length <= 10);
    assert.match(String(problems[0]), /nested too deeply|not valid YAML/);
  });
}

test('takes the nearest anchor above an alias, as YAML says', () => {
  const text = `${MINIMAL}log: &x {level: info}\nshutdown: &x {drain_timeout: 1s}\nstore: *x\n`;
  assert.deepEqual(problemsOf(text), ['config.yaml:9:15 store.drain_timeout: unknown key']);
});
