import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';

import { UpstreamError } from '../../src/errors.ts';
import { decodeBody } from '../../src/oauth/content-coding.ts';

const TEXT = Buffer.from('{"active":true,"big":9007199254740993}');
const MAX = 1_048_576;

const decode = (body: Buffer, ...codings: readonly string[]) =>
  decodeBody(
    body,
    codings.map((coding) => ['Content-Encoding', coding] as const),
    MAX,
  );

test('a body comes out of each coding, and out of two, as it went in', async () => {
  for (const [coding, body] of [
    ['gzip', gzipSync(TEXT)],
    ['X-GZip', gzipSync(TEXT)],
    ['deflate', deflateSync(TEXT)],
    ['deflate', deflateRawSync(TEXT)],
    ['br', brotliCompressSync(TEXT)],
    ['zstd', zstdCompressSync(TEXT)],
    ['identity', TEXT],
    ['gzip, br', brotliCompressSync(gzipSync(TEXT))],
    ['identity, gzip , ,', gzipSync(TEXT)],
  ] as const) {
    assert.deepEqual(await decode(body, coding), TEXT, coding);
  }
  assert.deepEqual(await decode(zstdCompressSync(deflateSync(TEXT)), 'deflate', 'zstd'), TEXT);
});

test('T40: more than two codings, unknown ones, damage and bombs are refused', async () => {
  const bomb = Buffer.alloc(16 * MAX);
  const cases: readonly (readonly [string, Buffer, ...string[]])[] = [
    ['three', gzipSync(gzipSync(gzipSync(TEXT))), 'gzip, gzip, gzip'],
    ['thousands', TEXT, Array.from({ length: 5_000 }, () => 'gzip').join(',')],
    ['unknown', TEXT, 'compress'],
    ['not encoded', TEXT, 'gzip'],
    ['empty', Buffer.alloc(0), 'gzip'],
    ['cut', gzipSync(TEXT).subarray(0, -9), 'gzip'],
    ['longer', Buffer.concat([gzipSync(TEXT), Buffer.from('x')]), 'gzip'],
    ['just over', gzipSync(Buffer.alloc(MAX + 1)), 'gzip'],
    ['gzip', gzipSync(bomb), 'gzip'],
    ['br', brotliCompressSync(bomb), 'br'],
    ['zstd', zstdCompressSync(bomb), 'zstd'],
    ['a bomb in a bomb', gzipSync(gzipSync(bomb)), 'gzip, gzip'],
  ];
  for (const [title, body, ...codings] of cases) {
    await assert.rejects(decode(body, ...codings), UpstreamError, title);
  }
  assert.equal((await decode(gzipSync(Buffer.alloc(MAX)), 'gzip')).length, MAX);
});
