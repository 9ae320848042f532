import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { laidOut } from '../support/deployment.ts';
import { parseDuration } from '../support/duration.ts';
import { isMissing } from '../support/workshop.ts';

const PROJECT = join(import.meta.dirname, '../..');
const UNIT = readFileSync(join(PROJECT, 'deploy/systemd/certbound.service'), 'utf8');

/** In tenths, as `systemd-analyze security --threshold` takes it; it calls up to 49 "OK". */
const MOST_EXPOSURE = 15;
/** The drain time of the example in docs/deploying.md. */
const DRAIN_TIMEOUT_MS = 30_000;

const skip = isMissing('systemd-analyze', '--version');
const skipUsers = isMissing('systemd-sysusers', '--version');

/** The unit with the program where it stands now. */
async function installed(t: TestContext): Promise<string> {
  const text = UNIT.replaceAll('/opt/certbound', PROJECT);
  return join(await laidOut(t, { 'certbound.service': text }), 'certbound.service');
}

function analyze(...args: readonly string[]) {
  return spawnSync('systemd-analyze', args, { encoding: 'utf8' });
}

function settings(name: string): readonly string[] {
  return [...UNIT.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);
}

test('systemd takes the unit without a word', { skip }, async (t) => {
  const { status, stdout, stderr } = analyze('verify', await installed(t));
  assert.equal(`${stdout}${stderr}`, '');
  assert.equal(status, 0);
});

test('systemd finds the service well shut in', { skip }, async (t) => {
  const { status, stdout } = analyze(
    'security',
    '--offline=true',
    `--threshold=${MOST_EXPOSURE}`,
    await installed(t),
  );
  assert.equal(status, 0, stdout);
});

test('the unit starts files of the project, and leaves time to end', () => {
  const [command = ''] = settings('ExecStart');
  const files = command.split(' ').filter((word) => word.startsWith('/opt/certbound/'));
  assert.equal(files.length, 2);
  for (const file of files) assert.ok(existsSync(file.replace('/opt/certbound', PROJECT)), file);
  assert.ok(parseDuration(settings('TimeoutStopSec')[0]) > DRAIN_TIMEOUT_MS);
  assert.deepEqual(settings('CapabilityBoundingSet'), ['CAP_NET_BIND_SERVICE']);
});

test('the user of the unit is one that sysusers makes', { skip: skipUsers }, () => {
  const path = join(PROJECT, 'deploy/systemd/certbound.sysusers');
  const { status, stderr } = spawnSync('systemd-sysusers', ['--dry-run', path], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.match(readFileSync(path, 'utf8'), new RegExp(`^u ${settings('User')[0]} `, 'm'));
});
