import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readRow, writeRow } from '../../src/bindings/binding-row.ts';
import { StoreError } from '../../src/errors.ts';
import type { BindingRow } from '../../src/bindings/binding-row.ts';
import type { TokenKind } from '../../src/bindings/bindings.ts';

const THUMBPRINT = 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0';
const ISSUED = 1_900_000_000;

test('a row is read as it was written', () => {
  const kinds: TokenKind[] = ['access', 'refresh', 'device_code', 'request_uri', 'auth_req_id'];
  const clients = [
    'c',
    'with space',
    '\u{e9}\u{1f600}\u{2028}\u{7f}',
    'a"b',
    'a\\b',
    'a\tb',
    '\u{0}',
  ];
  for (const kind of kinds) {
    for (const clientId of clients) {
      for (const thumbprint of [THUMBPRINT, undefined]) {
        for (const issuedAt of [0, ISSUED, undefined]) {
          for (const isRevoked of [false, true]) {
            const row: BindingRow = {
              binding: { thumbprint, clientId, kind },
              issuedAt,
              isRevoked,
            };
            assert.deepEqual(readRow(writeRow(row)), row);
          }
        }
      }
    }
  }
});

test('a row says the same however its JSON is spelled', () => {
  const read: BindingRow = {
    binding: { thumbprint: THUMBPRINT, clientId: 'one', kind: 'access' },
    issuedAt: ISSUED,
    isRevoked: false,
  };
  const written = writeRow(read);
  const spelled = [
    written,
    ` ${written}\n`,
    written.replaceAll(',', ', '),
    written.replace('"one"', '"\\u006fne"'),
    written.replace(String(ISSUED), '1.9e9'),
    written.replace(String(ISSUED), `${ISSUED}.0`),
    written.replace('"clientId"', '"clientId":"other","clientId"'),
    written.replace('}', `,"issued":${ISSUED}}`),
    JSON.stringify({ issued: ISSUED, kind: 'access', clientId: 'one', thumbprint: THUMBPRINT }),
  ];
  for (const value of spelled) assert.deepEqual(readRow(value), read, value);
});

test('a row that differs by a letter from one that is JSON is a store error', () => {
  const written = writeRow({
    binding: { thumbprint: THUMBPRINT, clientId: 'one', kind: 'access' },
    issuedAt: ISSUED,
    isRevoked: false,
  });
  const broken = [
    `${written}}`,
    `${written} x`,
    `x${written}`,
    written.slice(0, -1),
    written.slice(1),
    written.replace('one', 'o\tne'),
    written.replace('one', 'o\nne'),
    written.replace('one', 'o"ne'),
    written.replace('one', 'o\\xe'),
    written.replace('one', ''),
    written.replace(String(ISSUED), `0${ISSUED}`),
    written.replace(String(ISSUED), `+${ISSUED}`),
    written.replace(String(ISSUED), ''),
    written.replace('access', 'accesses'),
    written.replace('access', 'access|refresh'),
    written.replace(THUMBPRINT, THUMBPRINT.slice(1)),
    written.replace(THUMBPRINT, `${THUMBPRINT}A`),
    written.replace('}', ',"issued":-1}'),
    written.replace('}', ',"thumbprint":""}'),
  ];
  for (const value of broken) {
    assert.throws(() => readRow(value), isStoreError, value);
  }
});

function isStoreError(error: unknown): boolean {
  return error instanceof StoreError && error.reason === 'store_unavailable';
}
