import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { KeptText, sample } from './records.ts';

const TELEMETRY = new URL('../../src/telemetry/telemetry.ts', import.meta.url).href;

/** Writes 4 000 lines to its standard output when told to, and says on stderr how many it lost. */
const WRITER = `
  import { once } from 'node:events';
  import { createTelemetry } from '${TELEMETRY}';
  const telemetry = createTelemetry({ level: 'info', stream: process.stdout, version: '0' });
  process.stderr.write('ready\\n');
  await once(process.stdin, 'data');
  process.stdin.destroy();
  for (let turn = 0; turn < 40; turn += 1) {
    for (let n = 0; n < 100; n += 1) {
      telemetry.log('info', 'line', { detail: 'x'.repeat(1000) });
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const { body } = await telemetry.metrics.render();
  process.stderr.write(/^certbound_log_lines_dropped_total (\\d+)$/m.exec(body)[1] + '\\n');
  await telemetry.close();
  process.stderr.write('closed\\n');
`;
const WRITTEN = 4_000;

async function startWriter(t: TestContext): Promise<ChildProcessWithoutNullStreams> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', WRITER]);
  t.after(() => child.kill('SIGKILL'));
  const [ready] = (await once(child.stderr, 'data')) as [Buffer];
  assert.equal(ready.toString(), 'ready\n');
  return child;
}

test('a reader that has gone costs log lines and nothing else', async (t) => {
  const child = await startWriter(t);
  child.stdout.destroy();
  await once(child.stdout, 'close');
  child.stdin.write('go');
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  const [dropped, closed, ...others] = said.split('\n');
  assert.ok(Number(dropped) > WRITTEN - 200, `${dropped} dropped`);
  assert.deepEqual([closed, others, code], ['closed', [''], 0]);
});

test('a reader that reads nothing costs log lines, each of which is counted', async (t) => {
  const child = await startWriter(t);
  const exited = once(child, 'exit');
  child.stdin.write('go');
  // Reading begins only when the writer has given up: until then the pipe is full.
  let said = '';
  for await (const chunk of child.stderr) {
    said += String(chunk);
    if (said.endsWith('closed\n')) break;
  }
  const lines = (await text(child.stdout)).trimEnd().split('\n');
  const [code] = await exited;
  const dropped = Number(said.split('\n')[0]);
  assert.ok(dropped > 0);
  assert.equal(lines.length + dropped, WRITTEN);
  for (const line of lines) assert.equal((JSON.parse(line) as { msg: string }).msg, 'line');
  assert.equal(code, 0);
});

test('a stream that fails is left alone for a while, and what it loses is counted', async (t) => {
  const full = new Writable({
    autoDestroy: false,
    write: (_chunk, _encoding, done) => done(new Error('ENOSPC')),
  });
  const telemetry = createTelemetry({ level: 'info', stream: full, version: '0.0.0' });
  t.after(() => telemetry.close());
  telemetry.log('info', 'one');
  telemetry.log('info', 'two');
  await once(full, 'error');
  telemetry.log('info', 'three');
  await telemetry.close();
  telemetry.log('info', 'after the end');
  const { body } = await telemetry.metrics.render(undefined);
  assert.equal(sample(body, 'certbound_log_lines_dropped_total'), 4);
});

test('a stream that fails on the last words does not bring the process down', async (t) => {
  const broken = new Writable({
    write: (_chunk, _encoding, done) => setImmediate(done, new Error('EPIPE')),
  });
  const telemetry = createTelemetry({ level: 'info', stream: broken, version: '0.0.0' });
  t.after(() => telemetry.close());
  telemetry.log('info', 'last words');
  await telemetry.close();
  if (!broken.closed) await new Promise((resolve) => broken.once('close', resolve));
  const { body } = await telemetry.metrics.render(undefined);
  assert.equal(sample(body, 'certbound_log_lines_dropped_total'), 1);
});

test('a stream that was ended by someone else costs lines and no error', async (t) => {
  const stream = new KeptText();
  const telemetry = createTelemetry({ level: 'info', stream, version: '0.0.0' });
  t.after(() => telemetry.close());
  stream.end();
  telemetry.log('info', 'one');
  await telemetry.close();
  const { body } = await telemetry.metrics.render(undefined);
  assert.equal(sample(body, 'certbound_log_lines_dropped_total'), 1);
});

test('closing writes what is pending and leaves no listener on the stream', async (t) => {
  const stream = new KeptText();
  const before = stream.listenerCount('error');
  const telemetry = createTelemetry({ level: 'info', stream, version: '0.0.0' });
  t.after(() => telemetry.close());
  telemetry.log('info', 'last words');
  await Promise.all([telemetry.close(), telemetry.close()]);
  assert.equal(stream.json()[0]?.['msg'], 'last words');
  assert.equal(stream.listenerCount('error'), before);
});
