/** Makes texts of names, alternative names and key sets that nobody would write, and reads them. */

import assert from 'node:assert/strict';

import { CertificateError, KeySetError } from '../../src/errors.ts';
import { writeDer } from '../../src/certificate/der/der-writer.ts';
import {
  formatDistinguishedName,
  parseDistinguishedName,
  sameDistinguishedName,
} from '../../src/certificate/name/distinguished-name.ts';
import type { DistinguishedName } from '../../src/certificate/name/distinguished-name.ts';
import {
  readDistinguishedNameSpelling,
  spellDistinguishedName,
} from '../../src/certificate/name/distinguished-name-spelling.ts';
import { readGeneralNames } from '../../src/certificate/name/general-name.ts';
import { parseJwks } from '../../src/certificate/key-set/jwks.ts';
import { createRandom, mutate } from '../support/mutants.ts';

export interface Fuzz {
  readonly seed: number;
  readonly rounds: number;
}

type Random = (below: number) => number;

const PIECES =
  'CN|O|OU|C|DC|SN|emailAddress|1.2.3|subject=|=|=|=| = |,|,|, |+|/|/|;|"|\\|#|#0c0141|a|b| |  |\\2c|\\,|\\x41|\\/|\\+|\0|\n|<|Zoë|ß|\u202e|😀'.split(
    '|',
  );
const TYPES = ['2.5.4.3', '2.5.4.10', '2.5.4.11', '2.5.4.6', '0.9.2342.19200300.100.1.25', '1.2.3'];

/** Texts put together from pieces, and names put together from values. Returns how many were read. */
export function fuzzNames({ seed, rounds }: Fuzz): number {
  const random = createRandom(seed);
  let accepted = 0;
  for (let round = 0; round < rounds; round += 1) {
    const text = textOf(random, 14);
    for (const read of [parseDistinguishedName, readDistinguishedNameSpelling]) {
      const name = readOrRefuse(() => read(text), CertificateError, `${seed}/${round} ${text}`);
      if (name === undefined) continue;
      accepted += 1;
      expectReadBack(name);
    }
    expectReadBack(randomName(random));
  }
  return accepted;
}

/** Whatever a name is, its texts are of this name or of none. */
function expectReadBack(name: DistinguishedName): void {
  const text = formatDistinguishedName(name);
  assert.ok(sameDistinguishedName(parseDistinguishedName(text), name), text);
  for (const spelling of [text, spellDistinguishedName(name)]) {
    const read = () => readDistinguishedNameSpelling(spelling);
    const again = readOrRefuse(read, CertificateError, spelling);
    assert.ok(again === undefined || sameDistinguishedName(again, name), spelling);
  }
}

function randomName(random: Random): DistinguishedName {
  return Array.from({ length: 1 + random(4) }, () =>
    Array.from({ length: random(5) === 0 ? 2 : 1 }, () => ({
      type: TYPES[random(TYPES.length)] ?? '',
      value: textOf(random, 4),
      encoding: 'utf8String' as const,
    })),
  );
}

function textOf(random: Random, pieces: number): string {
  return Array.from({ length: random(pieces) + 1 }, () => PIECES[random(PIECES.length)]).join('');
}

const NAMES = writeDer(
  0x30,
  writeDer(0x82, Buffer.from('client.example.com')),
  writeDer(0x81, Buffer.from('client@example.com')),
  writeDer(0x86, Buffer.from('urn:example:client')),
  writeDer(0x87, Uint8Array.of(192, 0, 2, 1)),
  writeDer(0xa0, writeDer(0x06, Uint8Array.of(0x2a, 3)), writeDer(0xa0, writeDer(0x05))),
  writeDer(0xa4, writeDer(0x30)),
);

/** Mutants of an extension. Returns how many were read. */
export function fuzzAlternativeNames({ seed, rounds }: Fuzz): number {
  const random = createRandom(seed);
  let accepted = 0;
  for (let round = 0; round < rounds; round += 1) {
    const mutant = mutate(NAMES, random);
    const read = () => readGeneralNames(mutant, 'subjectAltName');
    const place = `${seed}/${round} ${Buffer.from(mutant).toString('hex')}`;
    if (readOrRefuse(read, CertificateError, place) !== undefined) accepted += 1;
  }
  return accepted;
}

/** Mutants of a key set. Returns how many were read. */
export async function fuzzKeySets(keySet: string, { seed, rounds }: Fuzz): Promise<number> {
  const random = createRandom(seed);
  const original = Buffer.from(keySet);
  let accepted = 0;
  for (let round = 0; round < rounds; round += 1) {
    const mutant = mutate(original, random);
    try {
      await parseJwks(mutant);
      accepted += 1;
    } catch (error) {
      const place = `${seed}/${round} ${Buffer.from(mutant).toString('base64')}`;
      assert.ok(error instanceof KeySetError, `${place}: ${String(error)}`);
    }
  }
  return accepted;
}

/** What is read, or undefined when it is refused; an error that is not of ours fails the test. */
function readOrRefuse<Value>(
  read: () => Value,
  refusal: typeof CertificateError,
  place: string,
): Value | undefined {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof refusal, `${place}: ${String(error)}`);
    return undefined;
  }
}
