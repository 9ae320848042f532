/** The key sets behind `jwks_uri`: the CAs of their servers, and ages that fit each other. */

import { readCaPems } from './check-trust-stores.ts';
import type { Report } from './report.ts';
import type { Config } from './schema.ts';

/** Returns the CAs as PEM, one text each; empty where the public roots count. */
export function checkJwks({ jwks }: Config, report: Report): Promise<readonly string[]> {
  if (jwks.max_stale < jwks.max_age) {
    report.add(['jwks', 'max_stale'], 'must be at least max_age');
  }
  return readCaPems(jwks.ca, ['jwks', 'ca'], report);
}
