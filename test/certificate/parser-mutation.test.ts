import { describe } from 'node:test';

import { testParser } from '../long/fuzz-parser.ts';
import { PARSERS } from '../long/parsers.ts';
import type { ParserName } from '../long/parsers.ts';

// The short form of test/long/parsers.long.ts.
describe('parsers', { concurrency: 2 }, () => {
  for (const [index, name] of Object.keys(PARSERS).entries()) {
    testParser(name as ParserName, 2_000, index);
  }
});
