import assert from 'node:assert/strict';
import { test } from 'node:test';

import { configurationFolder, EMBEDDED, LISTENER } from './configuration-folder.ts';

const CONFIG = LISTENER + EMBEDDED;

test('reads the CAs of a store server', async (t) => {
  const folder = await configurationFolder(t);
  const store = 'store: {engine: redis, url: "rediss://:secret@db:6379", ca: [ca.pem]}\n';
  const { storeCaPems } = await folder.check(CONFIG + store);
  assert.equal(storeCaPems.length, 1);
});

test('refuses the memory engine for several workers, who would each have records of their own', async (t) => {
  const folder = await configurationFolder(t);
  for (const workers of ['2', 'auto']) {
    const text = `${CONFIG}workers: ${workers}\nstore: {engine: memory}\n`;
    const [problem = ''] = await folder.problemsOf(text);
    assert.match(problem, /store\.engine.*belongs to one process/);
  }
  await folder.check(`${CONFIG}workers: 1\nstore: {engine: memory}\n`);
});

const WRONG: Readonly<Record<string, readonly [members: string, expected: RegExp]>> = {
  'an engine without its server': ['engine: redis', /store\.engine.*needs store\.url/],
  'a server for an engine without one': [
    'url: "redis://db"',
    /store\.url.*sqlite engine has no server/,
  ],
  'CAs for an engine without a server': ['ca: [ca.pem]', /store\.ca.*has no server/],
  'the address of another engine': [
    'engine: postgres, url: "redis://u:hidden@db"',
    /store\.url.*starts with postgres:/,
  ],
  'an address that is none': ['engine: redis, url: hidden', /store\.url.*starts with redis:/],
  'CAs where nothing is encrypted': [
    'engine: redis, url: "redis://:hidden@db", ca: [ca.pem]',
    /store\.url.*rediss:/,
  ],
  'TLS that verifies nobody': [
    'engine: postgres, url: "postgres://u:hidden@db/x?sslmode=require"',
    /store\.url.*verify-full/,
  ],
  'TLS that verifies nobody behind TLS that does': [
    'engine: postgres, url: "postgres://u:hidden@db/x?sslmode=verify-full&sslmode=no-verify"',
    /store\.url.*verify-full/,
  ],
  'an address that undoes the CAs': [
    'engine: postgres, url: "postgres://u:hidden@db/x?ssl=0", ca: [ca.pem]',
    /store\.url.*ssl has no place beside store\.ca/,
  ],
  'an address with CAs of its own': [
    'engine: postgres, url: "postgres://u:hidden@db/x?sslrootcert=/x", ca: [ca.pem]',
    /store\.url.*sslrootcert has no place beside store\.ca/,
  ],
  'CAs that are not there': [
    'engine: redis, url: "rediss://:hidden@db", ca: [gone.pem]',
    /store\.ca.*gone\.pem/,
  ],
};

for (const [what, [members, expected]] of Object.entries(WRONG)) {
  test(`refuses ${what}, and shows no password`, async (t) => {
    const folder = await configurationFolder(t);
    const [problem = '', ...others] = await folder.problemsOf(`${CONFIG}store: {${members}}\n`);
    assert.match(problem, expected);
    assert.match(problem, /^config\.yaml:\d+:\d+ /);
    assert.deepEqual(others, []);
    assert.doesNotMatch(problem, /hidden/);
  });
}
