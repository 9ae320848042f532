import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { isPasswordOf } from '../../src/users/hash-password.ts';
import { parseUsersFile } from '../../src/users/users-file.ts';
import type { User } from '../../src/users/users-file.ts';
import { folderWith, runCertbound } from './run-certbound.ts';

const MAIN = join(import.meta.dirname, '../../src/main.ts');
const HASH = '$scrypt$ln=15,r=8,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA';

async function setUp(t: TestContext, files: Readonly<Record<string, string>> = {}) {
  const folder = await folderWith(t, files);
  return {
    folder,
    add: (input: string, ...args: readonly string[]) =>
      runCertbound(['user', 'add', ...args], { folder, input }),
    text: () => readFile(join(folder, 'users'), 'utf8'),
    async users(): Promise<readonly User[]> {
      const outcome = parseUsersFile(await readFile(join(folder, 'users'), 'utf8'));
      assert.ok('users' in outcome);
      return outcome.users;
    },
  };
}

async function hasPassword(user: User | undefined, password: string): Promise<boolean> {
  return user !== undefined && (await isPasswordOf(password, user.hash));
}

test('makes a file for its owner alone, with the password from standard input', async (t) => {
  const { folder, add, users, text } = await setUp(t);
  const { code, stdout, stderr } = await add('a pass phrase\n', 'alice', '--users', 'users');
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(stdout, 'added user "alice" to users\n');
  assert.equal((await stat(join(folder, 'users'))).mode & 0o777, 0o600);
  const [alice] = await users();
  assert.equal(alice?.name, 'alice');
  assert.equal(await hasPassword(alice, 'a pass phrase'), true);
  assert.doesNotMatch(await text(), /phrase/);
  assert.deepEqual(await readdir(folder), ['users'], 'no draft is left');
});

test('adds to the users that are there and leaves the rest of the file as it is', async (t) => {
  const before = `# people\nalice:${HASH}`;
  const { folder, add, users, text } = await setUp(t, { users: before });
  await chmod(join(folder, 'users'), 0o640);
  const { code, stderr } = await add('secret', 'bob', '--users', 'users');
  assert.equal(code, 0, stderr);
  assert.ok((await text()).startsWith(`${before}\nbob:$argon2id$`));
  assert.equal((await stat(join(folder, 'users'))).mode & 0o777, 0o640);
  assert.equal(await hasPassword((await users())[1], 'secret'), true);
});

test('refuses a name that is there, a damaged file and a password that is none', async (t) => {
  const before = `alice:${HASH}\n`;
  const { add, text } = await setUp(t, { users: before, damaged: 'alice:secret\n' });
  const there = await add('secret', 'alice', '--users', 'users');
  assert.equal(there.code, 78);
  assert.match(there.stderr, /the user "alice" is there already/);
  const damaged = await add('secret', 'bob', '--users', 'damaged');
  assert.equal(damaged.code, 78);
  assert.match(damaged.stderr, /damaged:1/);
  for (const input of ['', '\n', 'one\ntwo\n', 'x'.repeat(5_000)]) {
    assert.equal((await add(input, 'bob', '--users', 'users')).code, 1);
  }
  for (const name of ['a:b', '', ' bob', '#bob']) {
    assert.equal((await add('secret', name, '--users', 'users')).code, 2, name);
  }
  assert.equal(await text(), before);
});

test('finds the file of users in the configuration', async (t) => {
  const config = `
listeners: [{address: '127.0.0.1:0', certificate: s.pem, private_key: k.pem}]
token_service: {embedded: {issuer: 'https://localhost:9443', users_file: users}}
`;
  const { add, users } = await setUp(t, { 'config.yaml': config });
  const { code, stderr } = await add('secret', 'alice');
  assert.equal(code, 0, stderr);
  assert.equal((await users())[0]?.name, 'alice');
});

test(
  'asks twice on a terminal and shows nothing of what is typed',
  { skip: process.platform === 'linux' ? false : 'script(1) has other options here' },
  async (t) => {
    const { folder, users } = await setUp(t);
    const command = `"${process.execPath}" "${MAIN}" user add alice --users users`;
    const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: folder, timeout: 60_000 });
    t.after(() => child.kill('SIGKILL'));
    let shown = '';
    const answers = ['typed secret\r', 'typed secret\r'];
    let asked = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text;
      const prompts = shown.match(/Password[^:]*: /g)?.length ?? 0;
      for (; asked < prompts; asked += 1) child.stdin.write(answers[asked] ?? '');
    });
    const [code] = (await once(child, 'close')) as [number | null];
    assert.equal(code, 0, shown);
    assert.equal(asked, 2);
    assert.doesNotMatch(shown, /typed|secret/);
    assert.equal(await hasPassword((await users())[0], 'typed secret'), true);
  },
);
