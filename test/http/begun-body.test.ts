import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';

import { readBegun } from '../../src/http/begun-body.ts';

const PIECE = Buffer.alloc(16_384, 'a');

test('a body of 64 KiB is read whole, and so is an empty one', async () => {
  const body = await readBegun(Readable.from([PIECE, PIECE, PIECE, PIECE]));
  assert.deepEqual(body, Buffer.concat([PIECE, PIECE, PIECE, PIECE]));
  assert.deepEqual(await readBegun(Readable.from([])), Buffer.alloc(0));
});

test('of a larger body the rest is read as it comes', async () => {
  const coming = new PassThrough({ highWaterMark: 10 * PIECE.length });
  for (let index = 0; index < 5; index += 1) coming.write(PIECE);
  const body = await readBegun(coming);
  assert.ok(body instanceof Readable);
  coming.end('the end');
  const pieces: Buffer[] = [];
  for await (const piece of body) pieces.push(piece as Buffer);
  const text = Buffer.concat(pieces).toString();
  assert.equal(text.length, 5 * PIECE.length + 7);
  assert.match(text, /^a+the end$/);
});

test('a body that fails is told so, whole or not', async () => {
  const failing = new PassThrough();
  const whole = readBegun(failing);
  failing.destroy(new Error('it left'));
  await assert.rejects(whole, /it left/);

  const large = new PassThrough({ highWaterMark: 10 * PIECE.length });
  for (let index = 0; index < 5; index += 1) large.write(PIECE);
  const body = await readBegun(large);
  assert.ok(body instanceof Readable);
  large.destroy(new Error('it left later'));
  await assert.rejects(body.toArray(), /it left later/);
});
