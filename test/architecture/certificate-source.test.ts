import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const ENDPOINTS = join(import.meta.dirname, '../../src/oauth');

test('endpoints know the certificate of the call alone, since that of the connection may be a balancer', () => {
  const reading = readdirSync(ENDPOINTS, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .filter((name) => /\bconnection\b/.test(codeOf(join(ENDPOINTS, name))));
  assert.deepEqual(reading, []);
});

/** Without comments and texts. */
function codeOf(file: string): string {
  return readFileSync(file, 'utf8').replace(/\/\*.*?\*\/|\/\/[^\n]*|'[^'\n]*'|`[^`]*`/gs, '');
}
