import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';

import { freePort } from '../support/free-port.ts';
import { httpsRequest } from '../support/https-client.ts';
import { smallDisk, withoutMount } from '../support/small-disk.ts';
import { DEMO_CONFIG, folderWith } from './run-certbound.ts';

const withoutFull = existsSync('/dev/full') ? false : 'there is no /dev/full';

const MAIN = join(import.meta.dirname, '../../src/main.ts');

test(
  'F09: a full disk of the log costs log lines, no request, and the log goes on when there is room',
  { skip: withoutMount },
  async (t) => {
    const disk = await smallDisk(t);
    const port = await freePort();
    const config = DEMO_CONFIG.replace('127.0.0.1:0', `127.0.0.1:${port}`);
    const folder = await folderWith(t, { 'config.yaml': config });
    const log = join(disk.folder, 'log');
    const output = openSync(log, 'a');
    const child = spawn(process.execPath, [MAIN, 'start'], {
      cwd: folder,
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', output, 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    closeSync(output);
    const lines = (): string => readFileSync(log, 'utf8');
    const until = async (pattern: RegExp, act = async (): Promise<unknown> => undefined) => {
      while (!pattern.test(lines())) {
        assert.equal(child.exitCode, null, 'it runs');
        await act();
        await delay(20);
      }
    };
    await until(/"msg":"listening"/);
    const ca = readFileSync(join(folder, 'pki', 'ca.pem'), 'utf8');
    const ask = async (path: string): Promise<void> =>
      assert.equal((await httpsRequest({ port, ca, path })).status, 404);

    disk.fill();
    // What the file has of its last block is used up, and then some.
    for (let count = 0; count < 50; count += 1) await ask(`/full-${count}`);
    assert.doesNotMatch(lines(), /full-49/);

    disk.free();
    await until(/later/, () => ask('/later'));
  },
);

test(
  'a command whose output can not be written says so and fails',
  { skip: withoutFull },
  async (t) => {
    const output = openSync('/dev/full', 'w');
    t.after(() => closeSync(output));
    const child = spawn(process.execPath, [MAIN, '--version'], {
      stdio: ['ignore', output, 'pipe'],
    });
    const [stderr, [code]] = await Promise.all([
      child.stderr === null ? '' : text(child.stderr),
      once(child, 'exit'),
    ]);
    assert.match(stderr, /^certbound: the output can't be written: ENOSPC[^\n]*\n$/);
    assert.equal(code, 1);
  },
);
