import { describe } from 'node:test';

import { testParser } from './fuzz-parser.ts';
import type { ParserName } from './parsers.ts';

/** Over thirty million in all: six minutes on two cores. */
const INPUTS = {
  DER: 4_000_000,
  certificate: 4_000_000,
  'subject DN': 4_000_000,
  SAN: 5_000_000,
  PEM: 2_000_000,
  JKS: 2_500_000,
  'PKCS#12': 2_000_000,
  CRL: 4_000_000,
  OCSP: 3_000_000,
  JWKS: 1_000_000,
  'PROXY header': 4_000_000,
} as const satisfies Record<ParserName, number>;

describe('parsers', { concurrency: 2 }, () => {
  for (const [index, [name, inputs]] of Object.entries(INPUTS).entries()) {
    testParser(name as ParserName, inputs, 5_000 + index);
  }
});
