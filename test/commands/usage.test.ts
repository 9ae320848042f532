import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { COMMAND_NAMES } from '../../src/commands/commands.ts';
import { runCertbound } from './run-certbound.ts';

test('prints its version', async () => {
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  assert.deepEqual(await runCertbound(['--version']), {
    code: 0,
    stdout: `certbound ${version}\n`,
    stderr: '',
  });
});

test('names every command in its help', async () => {
  const { code, stdout, stderr } = await runCertbound(['--help']);
  assert.equal(code, 0);
  assert.equal(stderr, '');
  for (const name of COMMAND_NAMES) assert.match(stdout, new RegExp(`^  ${name}\\b`, 'm'));
});

for (const name of COMMAND_NAMES) {
  test(`explains ${name} by "${name} --help" and by "help ${name}"`, async () => {
    const [asOption, asCommand] = await Promise.all([
      runCertbound([name, '--help']),
      runCertbound(['help', name]),
    ]);
    assert.equal(asOption.code, 0);
    assert.match(asOption.stdout, new RegExp(`^usage: certbound ${name}`));
    assert.deepEqual(asCommand, asOption);
  });
}

const misused: readonly (readonly [args: readonly string[], expected: RegExp])[] = [
  [[], /^certbound: expected a command\ntry: certbound help\n$/],
  [['strat'], /^certbound: unknown command "strat", expected one of start, .*\n/],
  [['--config', 'x'], /^certbound: unknown option "--config"/],
  [['help', 'strat'], /^certbound: unknown command "strat"/],
  [
    ['start', '--confg', 'x'],
    /^certbound: unknown option '--confg'.*\ntry: certbound help start\n$/,
  ],
  [['start', '--config'], /^certbound: option '-c, --config <value>' argument missing\n/],
  [['check', 'config.yaml'], /^certbound: unexpected argument 'config\.yaml'/],
  [['thumbprint'], /^certbound: expected one FILE\n/],
  [['thumbprint', 'a', 'b'], /^certbound: expected one FILE\n/],
];

for (const [args, expected] of misused) {
  test(`answers "certbound ${args.join(' ')}" with exit code 2 and a hint`, async () => {
    const { code, stdout, stderr } = await runCertbound(args);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, expected);
  });
}
