import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Writable } from 'node:stream';

import { ConfigError } from '../../src/errors.ts';
import { createReloader } from '../../src/server/reload.ts';
import type { ReloaderDeps } from '../../src/server/reload.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';

test('a reload that can not be tidied up behind is told, and keeps no other one waiting', async () => {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(chunk.toString('utf8'));
      done();
    },
  });
  const telemetry = createTelemetry({ level: 'info', stream, version: '0' });
  const reloader = createReloader({
    read: async () => {
      throw new ConfigError([]);
    },
    newParts: () => ({
      use: () => assert.fail('nothing is opened'),
      release: () => Promise.reject(new Error('no')),
    }),
    generations: { number: 1, current: { config: {} } },
    telemetry,
    tell: () => {},
  } as unknown as ReloaderDeps);
  assert.equal((await reloader.reload()).outcome, 'refused');
  assert.equal((await reloader.reload()).outcome, 'refused');
  await telemetry.close();
  assert.match(lines.join(''), /what a reload opened could not be closed/);
});
