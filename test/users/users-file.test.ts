import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseUsersFile } from '../../src/users/users-file.ts';

const HASH = '$scrypt$ln=15,r=8,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA';

test('reads a user of each line, whatever the line ending', () => {
  const outcome = parseUsersFile(`# people\r\n\nalice:${HASH}\r\nbob@bank.example:${HASH}\n`);
  assert.ok('users' in outcome);
  assert.deepEqual(
    outcome.users.map(({ name }) => name),
    ['alice', 'bob@bank.example'],
  );
});

for (const [what, text, line] of [
  ['a line without a colon', `alice:${HASH}\nbob\n`, 2],
  ['a name that stands twice', `alice:${HASH}\n\nalice:${HASH}`, 3],
  ['a user without a name', `:${HASH}`, 1],
  ['a blank before the name', ` alice:${HASH}`, 1],
  ['a control character', `al\u0007ice:${HASH}`, 1],
  ['a name that is too long', `${'a'.repeat(256)}:${HASH}`, 1],
  ['a password in the clear', 'alice:secret', 1],
] as const) {
  test(`refuses ${what}, by line`, () => {
    const outcome = parseUsersFile(text);
    assert.ok('problem' in outcome);
    assert.equal(outcome.problem.line, line);
    assert.doesNotMatch(outcome.problem.text, /secret/);
  });
}
