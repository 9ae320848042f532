import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { parse } from 'yaml';

import { HEADER_FORMATS } from '../../src/certificate/header/header-codec.ts';

const FOLDER = join(import.meta.dirname, '../../deploy/load-balancers');
const text = readFileSync(join(FOLDER, 'other-balancers.md'), 'utf8');

test('the examples for other balancers are YAML, without a key twice', () => {
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = '']) => block);
  assert.ok(blocks.length >= 3);
  for (const block of blocks) assert.equal(typeof parse(block), 'object');
});

test('every format that they are given is one that is read', () => {
  const named = [...text.matchAll(/`(?:format: )?((?:aws|envoy|traefik)[a-z_]*)`/g)];
  const formats = new Set(named.map(([, format = '']) => format));
  assert.ok(formats.size >= 5, [...formats].join(' '));
  for (const format of formats) {
    assert.ok(
      HEADER_FORMATS.some((known) => known === format),
      format,
    );
  }
});
